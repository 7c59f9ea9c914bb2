//! What a form or a query holds: names with values, of which a name may have several.

use url::form_urlencoded;

/// The field with the id of the session that a form was made for.
pub(crate) const SESSION: &str = "session";

/// The field with a form's idempotency key.
pub(crate) const KEY: &str = "key";

/// Fields in the order in which they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Any text is a form; what is not UTF-8 in it is replaced.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text);
        Self(fields.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect())
    }

    /// A field as it was typed, of which the last counts. Empty if it was not sent: to a form that is the same.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The same without white space around it. `None` if nothing else is there.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// Every value of a name, as check boxes of one name send them.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether a check box was checked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// What a person typed or chose: everything but what every form carries.
    pub(crate) fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fields.filter(|(name, _)| !matches!(*name, SESSION | KEY))
    }

    /// What was typed as one text: two forms with the same one are the same form.
    pub(crate) fn content(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.typed()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_by_the_names_of_its_fields() {
        let form = Form::parse(b"url=https%3A%2F%2Fa.example&event=a&event=b&name=+x+&all=on&empty=&text=a%0D%0Ab");
        assert_eq!(form.text("url"), "https://a.example");
        assert_eq!(form.all("event").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((form.filled("name"), form.filled("empty"), form.filled("none")), (Some("x"), None, None));
        assert_eq!((form.has("all"), form.has("none")), (true, false));
        assert_eq!(form.text("text"), "a\nb", "browsers write line ends in their own way");
    }

    #[test]
    fn what_was_typed_leaves_out_what_every_form_carries() {
        let form = Form::parse(b"session=pts_1&key=abc&name=a%26b&event=x");
        assert_eq!(form.typed().collect::<Vec<_>>(), [("name", "a&b"), ("event", "x")]);
        assert_eq!(form.content(), "name=a%26b&event=x");
    }

    #[test]
    fn bytes_that_are_no_text_are_still_a_form() {
        let form = Form::parse(b"a=%ff&b=%00&=&&c");
        assert_eq!((form.text("a"), form.text("b"), form.has("c")), ("\u{fffd}", "\0", true));
    }
}

//! A field of a form: what was typed, and what is wrong with it.

/// A field as it was typed. A refused form keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) value: String,
    /// A sentence.
    pub(crate) error: Option<String>,
}

impl Field {
    pub(crate) fn of(value: &str) -> Self {
        Self { value: value.to_owned(), error: None }
    }

    /// What the field holds; `None`, and the field says so, if it cannot be read.
    pub(crate) fn checked<T, E: ToString>(&mut self, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match read(&self.value) {
            Ok(held) => Some(held),
            Err(error) => {
                self.error = Some(error.to_string());
                None
            }
        }
    }

    /// The attributes that lead from the field to its hint and its error. `id` is the page's own.
    pub(crate) fn marks(&self, id: &str, has_hint: bool) -> String {
        let invalid = if self.error.is_some() { r#" aria-invalid="true""# } else { "" };
        let (hint, error) = (format!("{id}-hint"), format!("{id}-error"));
        let described: Vec<&str> = [(has_hint, &hint), (self.error.is_some(), &error)]
            .into_iter()
            .filter_map(|(is_there, name)| is_there.then_some(name.as_str()))
            .collect();
        match described.as_slice() {
            [] => invalid.to_owned(),
            names => format!(r#"{invalid} aria-describedby="{}""#, names.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_leads_to_its_hint_and_its_error() {
        let good = Field::of("x");
        let mut bad = Field::of("y");
        assert_eq!(bad.checked(|_| Err::<(), _>("Write a number.")), None);
        for (field, has_hint, marks) in [
            (&good, false, ""),
            (&good, true, r#" aria-describedby="since-hint""#),
            (&bad, false, r#" aria-invalid="true" aria-describedby="since-error""#),
            (&bad, true, r#" aria-invalid="true" aria-describedby="since-hint since-error""#),
        ] {
            assert_eq!(field.marks("since", has_hint), marks);
        }
        assert_eq!((bad.value.as_str(), bad.error.as_deref()), ("y", Some("Write a number.")));
    }
}

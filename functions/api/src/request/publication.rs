//! `POST /events`: one event, or a list of them.

use axum::http::HeaderMap;
use serde_json::value::RawValue;
use shared::domain::event::rejection::Rejection;

use super::body::{Fields, invalid};
use crate::{
    actions::events::{MAX_EVENTS, NewEvent, Place},
    error::ApiError,
};

/// The most bytes of a publication. Lambda accepts 6 MB, and base64 makes a third more of what a client sends.
pub(crate) const MAX_PUBLICATION: usize = 4_194_304;

/// The most characters of an idempotency key.
pub(crate) const MAX_IDEMPOTENCY_KEY: usize = 255;

const FIELDS: &str = "event, data, id, timestamp";
const TEXT: &str = "must be a string";

/// The events in their order. Each is read when its turn comes: the first wrong event is the one that is reported.
pub(crate) fn events(
    mut fields: Fields<'_>,
) -> Result<impl Iterator<Item = Result<NewEvent<'_>, ApiError>> + Send, ApiError> {
    let events = match fields.raw("events") {
        None => vec![(Place::Alone, fields)],
        Some(list) => {
            fields.finish("events, or one event's fields")?;
            listed(list)?
        }
    };
    Ok(events.into_iter().map(|(place, fields)| event(place, fields)))
}

fn listed(list: &RawValue) -> Result<Vec<(Place, Fields<'_>)>, ApiError> {
    let wrong = || invalid("events", &format!("must be an array of 1 to {MAX_EVENTS} events"));
    let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| wrong())?;
    if !(1..=MAX_EVENTS).contains(&list.len()) {
        return Err(wrong());
    }
    let numbered = list.into_iter().enumerate();
    numbered.map(|(index, event)| Ok((Place::InList(index), Fields::parse(event.get())?))).collect()
}

fn event(place: Place, mut fields: Fields<'_>) -> Result<NewEvent<'_>, ApiError> {
    let missing = |field| ApiError::Rejected { at: place.prefix(), rejection: Rejection::Missing { field } };
    let event = text(place, &mut fields, "event")?.ok_or_else(|| missing("event"))?;
    let data = fields.raw("data").ok_or_else(|| missing("data"))?;
    let id = text(place, &mut fields, "id")?;
    let timestamp = text(place, &mut fields, "timestamp")?;
    fields.finish(FIELDS)?;
    Ok(NewEvent { place, event, data, id, timestamp })
}

fn text(place: Place, fields: &mut Fields<'_>, name: &str) -> Result<Option<String>, ApiError> {
    fields.optional(name, TEXT).map_err(|_| invalid(&place.field(name), TEXT))
}

/// The header `Idempotency-Key`, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let fits = |key: &&str| (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len());
    let key = value.to_str().ok().filter(fits).filter(|_| values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| ApiError::InvalidParameter {
        parameter: "Idempotency-Key".to_owned(),
        problem: format!("must be one value of 1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters"),
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(body: &str) -> Result<Vec<Place>, String> {
        let events = events(Fields::parse(body).unwrap()).map_err(|error| error.to_string())?;
        events.map(|event| event.map(|event| event.place).map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn a_publication_is_one_event_or_a_list() {
        let event = r#"{"event":"click","data":null,"id":"x","timestamp":"now"}"#;
        assert_eq!(read(event), Ok(vec![Place::Alone]));
        let list = format!(r#"{{"events":[{event},{event}]}}"#);
        assert_eq!(read(&list), Ok(vec![Place::InList(0), Place::InList(1)]));
    }

    #[test]
    fn the_first_wrong_event_is_reported_by_place() {
        let size = "'events' must be an array of 1 to 100 events";
        let many = format!(r#"{{"events":[{}]}}"#, vec!["{}"; 101].join(","));
        for (body, error) in [
            ("{}", "'event' is missing"),
            (r#"{"event":"click"}"#, "'data' is missing"),
            (r#"{"event":1,"data":1}"#, "'event' must be a string"),
            (r#"{"event":"click","data":1,"id":null}"#, "'id' must be a string"),
            (r#"{"events":[]}"#, size),
            (r#"{"events":{}}"#, size),
            (&many, size),
            (r#"{"events":[{"event":"click","data":1},{"data":1}]}"#, "events[1]: 'event' is missing"),
            (r#"{"events":[{"event":1},{}]}"#, "'events[0].event' must be a string"),
            (r#"{"events":[1]}"#, "the body is not a JSON object"),
        ] {
            assert_eq!(read(body), Err(error.to_owned()), "{body}");
        }
        assert!(read(r#"{"events":[],"data":1}"#).unwrap_err().starts_with("'data' is not a field of this request"));
    }

    #[test]
    fn an_idempotency_key_is_one_printable_value() {
        let long = "x".repeat(256);
        for (values, good) in
            [(vec![], true), (vec!["a key"], true), (vec![""], false), (vec!["a", "a"], false), (vec![&long], false)]
        {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append("idempotency-key", HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(idempotency_key(&headers).is_ok(), good, "{values:?}");
        }
    }
}

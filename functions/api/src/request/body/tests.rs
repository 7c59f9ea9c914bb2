use super::*;

#[test]
fn a_body_is_an_object() {
    for (body, good) in [("{}", true), ("{\"a\":1}", true), ("[]", false), ("1", false), ("", false), ("{", false)] {
        assert_eq!(Fields::parse(body).is_ok(), good, "{body}");
    }
}

#[test]
fn a_field_given_twice_is_rejected_however_it_is_spelled() {
    for body in [r#"{"url":1,"url":2}"#, r#"{"url":1,"x":0,"\u0075rl":1}"#] {
        assert_eq!(Fields::parse(body).unwrap_err(), invalid("url", "is given twice; give it once"), "{body}");
    }
}

#[test]
fn a_field_that_was_not_taken_is_unknown() {
    let mut fields = Fields::parse(r#"{"name":"x","nmae":"y"}"#).unwrap();
    assert_eq!(fields.optional::<String>("name", "must be a string").unwrap().unwrap(), "x");
    let expected = ApiError::UnknownField { field: "nmae".to_owned(), valid: "name".to_owned() };
    assert_eq!(fields.finish("name"), Err(expected));
}

#[test]
fn a_wrong_type_and_null_are_rejected() {
    for value in ["1", "null", "[]", "{}", "true"] {
        let text = format!(r#"{{"name":{value}}}"#);
        let read = Fields::parse(&text).unwrap().optional::<String>("name", "must be a string");
        assert_eq!(read, Err(invalid("name", "must be a string")), "{value}");
    }
}

#[test]
fn a_whole_number_may_be_spelled_in_many_ways() {
    for (text, whole) in [
        ("3600", Some(3_600)),
        ("3600.0", Some(3_600)),
        ("36e2", Some(3_600)),
        ("-0.0", Some(0)),
        ("3600.5", None),
        ("-1", None),
        ("1e300", None),
        ("\"3600\"", None),
        ("null", None),
    ] {
        let body = format!(r#"{{"n":{text}}}"#);
        let read = Fields::parse(&body).unwrap().integer("n", "must be whole").ok().flatten();
        assert_eq!(read, whole, "{text}");
    }
}

#[test]
fn a_compressed_body_and_a_byte_order_mark_are_named() {
    assert!(is_encoded(Some(&HeaderValue::from_static("gzip")), b"{}"));
    assert!(is_encoded(None, b"\x1f\x8b\x08"));
    assert!(!is_encoded(Some(&HeaderValue::from_static("identity")), b"{}"));
    let body = JsonBody(Ok(Bytes::from_static(b"\xef\xbb\xbf{}")));
    assert!(body.fields().unwrap_err().to_string().contains("byte order mark"));
}

#[test]
fn json_may_name_its_charset() {
    for (content_type, good) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/x-www-form-urlencoded", false),
        ("text/plain", false),
        ("application/json-seq", false),
    ] {
        assert_eq!(is_json(content_type), good, "{content_type}");
    }
}

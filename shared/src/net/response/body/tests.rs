use proptest::prelude::*;

use super::*;

fn fields(length: Length, coding: Coding) -> Fields<'static> {
    Fields { length, coding, ..Fields::default() }
}

#[test]
fn a_framing_follows_from_status_length_and_coding() {
    let two = Length::Is(2);
    for (status, length, coding, framing, is_sound) in [
        (200, two, Coding::Absent, Framing::Length(2), true),
        (204, Length::Absent, Coding::Absent, Framing::Length(0), true),
        (204, Length::Is(0), Coding::Absent, Framing::Length(0), true),
        (204, two, Coding::Absent, Framing::Length(0), false),
        (304, Length::Absent, Coding::Chunked, Framing::Length(0), false),
        (200, Length::Absent, Coding::Chunked, Framing::Chunked, true),
        (200, two, Coding::Chunked, Framing::Chunked, false),
        (200, Length::Absent, Coding::Absent, Framing::UntilClose, false),
        (200, Length::Unclear, Coding::Absent, Framing::UntilClose, false),
        (200, two, Coding::Other, Framing::UntilClose, false),
        (101, Length::Absent, Coding::Absent, Framing::UntilClose, false),
    ] {
        let found = Framing::new(status, &fields(length, coding));
        assert_eq!(found, (framing, is_sound), "{status} {length:?} {coding:?}");
    }
}

#[test]
fn a_body_ends_where_its_framing_says() {
    for (framing, received, bytes, end) in [
        (Framing::Length(2), "ok", "ok", End::At(2)),
        (Framing::Length(2), "okHTTP", "ok", End::At(2)),
        (Framing::Length(2), "o", "o", End::NotYet),
        (Framing::Length(u64::MAX), "o", "o", End::NotYet),
        (Framing::UntilClose, "ok", "ok", End::NotYet),
        (Framing::Chunked, "2\r\nok\r\n0\r\n\r\n", "ok", End::At(12)),
        (Framing::Chunked, "1;a=b\r\no\r\n1 ; c\nk\n0;d\r\nx-trailer: y\r\n\r\nmore", "ok", End::At(39)),
        (Framing::Chunked, "2\r\nok\r\n0\r\n", "ok", End::NotYet),
        (Framing::Chunked, "2\r\nok", "ok", End::NotYet),
        (Framing::Chunked, "5\r\nok", "ok", End::NotYet),
        (Framing::Chunked, "2\r\nokay", "ok", End::NotYet),
        (Framing::Chunked, "2\r\nokay\r\n", "ok", End::Never),
        (Framing::Chunked, "", "", End::NotYet),
        (Framing::Chunked, "ok\r\n", "", End::Never),
        (Framing::Chunked, "-1\r\n", "", End::Never),
        (Framing::Chunked, "ffffffffffffffff\r\nok", "ok", End::NotYet),
        (Framing::Chunked, "10000000000000000\r\nok", "", End::Never),
    ] {
        let expected = Content { bytes: bytes.as_bytes().into(), end };
        assert_eq!(content(framing, received.as_bytes()), expected, "{framing:?} {received:?}");
    }
}

#[test]
fn chunks_are_collected_until_the_excerpt_is_full() {
    let received = "200\r\n".to_owned() + &"x".repeat(0x200) + "\r\n";
    let read = received.repeat(4);
    let content = content(Framing::Chunked, read.as_bytes());
    assert_eq!((content.bytes.len(), content.end), (MAX_EXCERPT + 1, End::NotYet));
}

proptest! {
    #[test]
    fn no_body_breaks_the_reader(received: Vec<u8>, length: u64) {
        for framing in [Framing::Length(length), Framing::Chunked, Framing::UntilClose] {
            if let End::At(end) = content(framing, &received).end {
                prop_assert!(end <= received.len());
            }
        }
    }
}

use proptest::prelude::*;

use super::*;

fn read(received: &[u8]) -> Result<Option<(Head, usize)>, ProtocolFault> {
    HeadReader::default().advance(received)
}

fn status(received: &str) -> Option<u16> {
    read(received.as_bytes()).unwrap().map(|(head, _)| head.status)
}

#[test]
fn an_odd_head_is_read_as_curl_reads_it() {
    for received in [
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx-folded: a\r\n b\r\n\tc\r\n \r\n\r\n",
        "HTTP/1.1 200 OK\r\nx-blank : a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx-caf\u{e9}: \u{1}\0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n: no name\r\n\r\n",
        "HTTP/1.1 200 OK\ncontent-length: 0\n\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 \r\n\r\n",
        "HTTP/1.1  \t 200  OK \r\n\r\n",
        "HTTP/1.1 200\tOK\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "http/1.1 200 ok\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "\r\n HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 102 Processing\n\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: two\r\ncontent-length: 3\r\ntransfer-encoding: snail\r\n\r\n",
    ] {
        assert_eq!(status(received), Some(200), "{received:?}");
        assert_eq!(read(received.as_bytes()).unwrap().unwrap().1, received.len(), "{received:?}");
    }
}

#[test]
fn what_is_no_http_is_rejected_at_its_first_odd_byte() {
    for received in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "<",
        "HTTPS",
        "HTTP/ 200",
        "HTTP/1.1200 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 OK",
        "HTTP/1.1\r\n",
        "HTTP/x",
        "HTTP/1.1 100 Continue\r\n\r\n<html>",
        &format!("HTTP/1.1{}", " ".repeat(MAX_STATUS)),
    ] {
        assert_eq!(read(received.as_bytes()), Err(ProtocolFault::NotHttp), "{received:?}");
    }
}

#[test]
fn a_head_is_not_whole_before_its_last_byte() {
    let received = b"HTTP/1.1 103 Early Hints\r\n\r\n\nHTTP/1.1 200 OK\r\nx-a: b\r\n c\r\nretry-after: 9\r\n\r\n";
    let mut reader = HeadReader::default();
    for length in 0..received.len() {
        assert_eq!(reader.advance(&received[..length]), Ok(None), "{length}");
    }
    let (head, end) = reader.advance(received).unwrap().unwrap();
    assert_eq!((head.status, head.retry_after.as_deref(), end), (200, Some("9"), received.len()));
}

#[test]
fn a_head_of_64_kib_is_read_and_a_longer_one_is_not() {
    let head = |length: usize| {
        let (line, end) = ("HTTP/1.1 200 OK\r\n", "\r\n\r\n");
        let padding = length - line.len() - end.len();
        let many = "a:b\n".repeat(padding / 4 - 1);
        format!("{line}{many}{}{end}", "c".repeat(padding % 4 + 4))
    };
    let (longest, longer) = (head(MAX_RESPONSE_HEAD), head(MAX_RESPONSE_HEAD + 1));
    assert_eq!(status(&longest), Some(200));
    assert_eq!(read(longer.as_bytes()), Err(ProtocolFault::HeadersTooLarge));
    assert_eq!(read(&longer.as_bytes()[..MAX_RESPONSE_HEAD]), Ok(None));
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3_000);
    assert_eq!(read(interim.as_bytes()), Err(ProtocolFault::HeadersTooLarge));
}

#[test]
fn only_a_response_whose_end_is_beyond_doubt_keeps_its_connection() {
    for (received, is_reusable) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", true),
        ("HTTP/1.1 204 OK\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n", false),
        ("HTTP/2 200 OK\r\ncontent-length: 2\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\n\r\n", false),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", false),
    ] {
        let (head, _) = read(received.as_bytes()).unwrap().unwrap();
        assert_eq!(head.is_reusable, is_reusable, "{received:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(received: Vec<u8>, cut: proptest::sample::Index) {
        let whole = [b"HTTP/1.1 200 OK\r\n".as_slice(), &received].concat();
        let mut reader = HeadReader::default();
        let in_two = reader.advance(&whole[..cut.index(whole.len())]).and_then(|found| match found {
            Some(found) => Ok(Some(found)),
            None => reader.advance(&whole),
        });
        prop_assert_eq!(in_two, read(&whole));
    }
}

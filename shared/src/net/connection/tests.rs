use tokio::net::TcpListener;

use super::*;

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn the_two_families_are_tried_in_turn() {
    for (found, tried) in [
        (&["::1", "::2", "::3", "1.0.0.1"][..], &["::1", "1.0.0.1", "::2", "::3"][..]),
        (&["1.0.0.1", "1.0.0.2", "::1"], &["1.0.0.1", "::1", "1.0.0.2"]),
        (&["1.0.0.1"], &["1.0.0.1"]),
        (&[], &[]),
    ] {
        assert_eq!(interleaved(&addresses(found)).collect::<Vec<_>>(), addresses(tried), "{found:?}");
    }
    assert_eq!(interleaved(&[IpAddr::from([1, 0, 0, 1]); 100]).count(), MAX_TRIED);
}

#[test]
fn a_refusal_tells_more_than_a_missing_route() {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, NetworkUnreachable};
    for (before, after, told) in [
        (None, NetworkUnreachable, NetworkUnreachable),
        (Some(NetworkUnreachable), ConnectionRefused, ConnectionRefused),
        (Some(ConnectionRefused), NetworkUnreachable, ConnectionRefused),
        (Some(ConnectionRefused), ConnectionReset, ConnectionRefused),
    ] {
        assert_eq!(more_telling(before.map(io::Error::from), after.into()).kind(), told, "{before:?} {after:?}");
    }
}

#[tokio::test]
async fn the_first_address_that_accepts_is_used() {
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let accepting = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let accepting = (accepting.local_addr().unwrap(), accepting);
    let connected = dial([refusing, accepting.0].into_iter()).await.unwrap();
    assert_eq!(connected.peer_addr().unwrap(), accepting.0);
    assert_eq!(dial([refusing, refusing].into_iter()).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

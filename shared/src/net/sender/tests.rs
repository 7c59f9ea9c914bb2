//! Receivers that behave oddly, at the level of bytes.

use std::{
    io,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use domain::{
    attempt::outcome::ProtocolFault,
    target::{TargetUrl, address::Allowance},
};
use futures::{FutureExt, future::BoxFuture};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// Closes the connection once the request has come.
const CLOSE: &str = "";
/// Keeps the connection open without a response.
const STALL: &str = "stall";

/// What the receiver says on each connection, request by request. It closes a connection when it has no more to say.
type Script<'s> = &'s [&'s [&'s str]];

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

struct Story {
    sender: Sender,
    target: TargetUrl,
    seen: Arc<Seen>,
}

impl Story {
    async fn of(script: Script<'_>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (sender, url) = (sender(None), format!("http://{}/", listener.local_addr().unwrap()));
        let (target, seen) = (sender.policy.check(&url).unwrap(), Arc::new(Seen::default()));
        let script = script.iter().map(|responses| responses.iter().map(|&response| response.to_owned()).collect());
        tokio::spawn(receive(listener, script.collect(), Arc::clone(&seen)));
        Self { sender, target, seen }
    }

    async fn send(&self) -> Result<Reply, TransportError> {
        self.send_within(Duration::from_secs(10)).await
    }

    async fn send_within(&self, limit: Duration) -> Result<Reply, TransportError> {
        let headers = vec![("webhook-id".to_owned(), "dlv_1".to_owned())];
        self.sender.send(&Request { url: &self.target, headers, custom: Vec::new(), body: "{}", limit }).await.result
    }

    fn connections_and_requests(&self) -> (usize, usize) {
        (self.seen.connections.load(SeqCst), self.seen.requests.load(SeqCst))
    }
}

fn sender(names: Option<Arc<dyn Names>>) -> Sender {
    let allowance = Allowance::parse("127.0.0.0/8").unwrap();
    let policy = TargetPolicy { allowance, ..TargetPolicy::default() };
    Sender::new(policy, &Outside { names, ..Outside::default() })
}

async fn receive(listener: TcpListener, script: Vec<Vec<String>>, seen: Arc<Seen>) {
    for responses in script {
        let (mut stream, _) = listener.accept().await.unwrap();
        seen.connections.fetch_add(1, SeqCst);
        for response in responses {
            if !takes_a_request(&mut stream).await {
                break;
            }
            seen.requests.fetch_add(1, SeqCst);
            match response.as_str() {
                STALL => std::future::pending().await,
                response => stream.write_all(response.as_bytes()).await.unwrap(),
            }
        }
    }
    // Whatever comes after the script is counted, and gets nothing.
    while let Ok((_stream, _)) = listener.accept().await {
        seen.connections.fetch_add(1, SeqCst);
    }
}

/// Reads one request; false at the connection's end.
async fn takes_a_request(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n{}") {
        if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn ten_deliveries_in_a_row_use_one_connection() {
    let chunked = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nx-trailer: c\r\n\r\n";
    let story = Story::of(&[&["HTTP/1.1 204 No Content\r\n\r\n", OK, OK, OK, OK, OK, OK, OK, OK, OK]]).await;
    for number in 0..10 {
        story.send().await.unwrap_or_else(|error| panic!("{number}: {error}"));
    }
    assert_eq!(story.connections_and_requests(), (1, 10));
    let story = Story::of(&[&[chunked, OK]]).await;
    let replies = [story.send().await.unwrap(), story.send().await.unwrap()];
    assert_eq!(replies.map(|reply| (reply.status, reply.excerpt)), [(201, "ok".to_owned()), (200, "ok".to_owned())]);
    assert_eq!(story.connections_and_requests(), (1, 2));
}

#[tokio::test]
async fn a_kept_connection_that_dies_is_replaced_once() {
    for (script, is_delivered, seen) in [
        (&[&[OK, CLOSE][..], &[OK]][..] as Script<'_>, true, (2, 3)),
        (&[&[OK, CLOSE], &[CLOSE], &[OK]], false, (2, 3)),
        (&[&[OK, "H"], &[OK]], false, (1, 2)),
        (&[&[OK, "HTTP/1.1 100 Continue\r\n\r\n"], &[OK]], false, (1, 2)),
    ] {
        let story = Story::of(script).await;
        story.send().await.unwrap();
        let second = story.send().await;
        let is_as_expected = if is_delivered { second.is_ok() } else { matches!(second, Err(TransportError::Closed)) };
        assert!(is_as_expected, "{script:?}: {second:?}");
        assert_eq!(story.connections_and_requests(), seen, "{script:?}");
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_costs_no_attempt() {
    let story = Story::of(&[&[OK], &[OK], &[OK], &[OK], &[OK]]).await;
    for number in 0..5 {
        assert!(story.send().await.is_ok(), "{number}");
    }
    assert_eq!(story.connections_and_requests(), (5, 5));
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_a_failed_attempt() {
    let story = Story::of(&[&[CLOSE], &[OK]]).await;
    assert!(matches!(story.send().await, Err(TransportError::Closed)));
    assert_eq!(story.connections_and_requests(), (1, 1));
}

#[tokio::test]
async fn a_kept_connection_that_stalls_is_not_replaced() {
    let story = Story::of(&[&[OK, STALL], &[OK]]).await;
    story.send().await.unwrap();
    let limit = Duration::from_millis(100);
    assert!(matches!(story.send_within(limit).await, Err(TransportError::TimedOut { .. })));
    assert_eq!(story.connections_and_requests(), (1, 2));
}

#[tokio::test]
async fn a_replaced_connection_has_what_is_left_of_the_time() {
    let story = Story::of(&[&[OK, CLOSE], &[STALL]]).await;
    story.send().await.unwrap();
    let (limit, since) = (Duration::from_millis(200), Instant::now());
    assert!(matches!(story.send_within(limit).await, Err(TransportError::TimedOut { .. })));
    assert!((limit..limit * 2).contains(&since.elapsed()), "{:?}", since.elapsed());
    assert_eq!(story.connections_and_requests(), (2, 3));
}

#[tokio::test]
async fn an_unreadable_response_leaves_its_first_bytes() {
    let story = Story::of(&[&["SSH-2.0-OpenSSH_9.2\x1b\r\n"]]).await;
    let failure = story.send().await.unwrap_err();
    let TransportError::Protocol { fault, excerpt } = failure else { panic!("{failure:?}") };
    assert_eq!((fault, excerpt.as_str()), (ProtocolFault::NotHttp, "SSH-2.0-OpenSSH_9.2\u{fffd}\r\n"));
}

fn with_headers(length: usize) -> String {
    let headers = "x-header: value\r\n".repeat(length / 17);
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\nok")
}

#[tokio::test]
async fn thousands_of_headers_are_read_up_to_64_kib() {
    for (length, is_read) in [(17 * 101, true), (65_000, true), (66_000, false), (1_000_000, false)] {
        let story = Story::of(&[&[&with_headers(length)]]).await;
        match story.send().await {
            Ok(reply) => assert!(is_read && reply.excerpt == "ok", "{length}: {reply:?}"),
            Err(TransportError::Protocol { fault: ProtocolFault::HeadersTooLarge, excerpt }) => {
                assert!(!is_read && excerpt.starts_with("HTTP/1.1 200 OK\r\nx-header"), "{length}: {excerpt}");
            }
            Err(error) => panic!("{length}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn bytes_behind_a_response_are_not_the_next_one() {
    let story = Story::of(&[&["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n"], &[OK]]).await;
    for _ in 0..2 {
        assert_eq!(story.send().await.unwrap().status, 200);
    }
    assert_eq!(story.connections_and_requests(), (2, 2));
}

#[tokio::test]
async fn a_response_may_come_before_the_request_is_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sender = sender(None);
    let url = sender.policy.check(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let body = "x".repeat(20_000_000);
    let request =
        Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: &body, limit: Duration::from_secs(10) };
    let early = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    };
    let (exchange, _stream) = tokio::join!(sender.send(&request), early);
    assert_eq!(exchange.result.unwrap().status, 413);
    assert!(sender.pool.take(&Url::parse(url.as_str()).unwrap()).is_none(), "half a request was sent");
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sender = sender(None);
    let url = sender.policy.check(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let body = format!("{}\r\n\r\n{{}}", "x".repeat(5_000_000));
    let request =
        Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: &body, limit: Duration::from_secs(10) };
    let receiving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(takes_a_request(&mut stream).await);
        stream.write_all(OK.as_bytes()).await.unwrap();
    };
    let (exchange, ()) = tokio::join!(sender.send(&request), receiving);
    assert_eq!(exchange.result.unwrap().status, 200);
}

/// Gives each name its addresses, and remembers what was asked.
#[derive(Debug, Default)]
struct Book {
    addresses: Vec<IpAddr>,
    asked: Mutex<Vec<String>>,
}

impl Names for Book {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(name);
        let addresses = self.addresses.clone();
        async move { Ok(addresses) }.boxed()
    }
}

#[tokio::test]
async fn nothing_is_dialled_unless_every_address_is_vetted() {
    let own = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = own.local_addr().unwrap().port();
    for (addresses, expected) in [
        (&["127.0.0.1", "10.0.0.1"][..], "the address was refused: 10.0.0.1 is not a public address (private)"),
        (&["::ffff:127.0.0.1"], "the address was refused: ::ffff:127.0.0.1 is not a public address (IPv4-mapped)"),
        (&[], "the host name could not be resolved"),
    ] {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let book = Arc::new(Book { addresses, ..Book::default() });
        let sender = sender(Some(book.clone()));
        let url = sender.policy.check(&format!("https://example.com:{port}/")).unwrap();
        let request =
            Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: "{}", limit: Duration::from_secs(10) };
        assert_eq!(sender.send(&request).await.result.unwrap_err().to_string(), expected);
        assert_eq!(*book.asked.lock().unwrap(), ["example.com."]);
    }
    assert!(own.accept().now_or_never().is_none(), "a refused name led to a connection");
}

#[tokio::test]
async fn a_refused_connection_is_reported_as_such() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sender = sender(None);
    for (url, expected) in [
        (format!("http://{closed}/"), "the connection could not be made: connection refused"),
        (format!("https://{closed}/"), "the connection could not be made: connection refused"),
    ] {
        let url = sender.policy.check(&url).unwrap();
        let request =
            Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: "{}", limit: Duration::from_secs(10) };
        assert_eq!(sender.send(&request).await.result.unwrap_err().to_string(), expected);
    }
}

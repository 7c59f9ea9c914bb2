//! Connections are reused while they can be trusted. One that dies before a byte of the response is replaced once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use shared::{
    domain::attempt::outcome::{Exchange, TransportError},
    net::sender::Outside,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
    time::timeout,
};

use crate::harness::{PATIENCE, Wire, authority::Authority};

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn an_idle_connection_is_closed_after_a_second() {
    let (client, listener) = Client::of_a_new_listener().await;
    let (report, mut closed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut requests = 0;
            while reads_request(&mut stream).await {
                requests += 1;
                stream.write_all(RESPONSE).await.unwrap();
            }
            report.send(requests).unwrap();
        }
    });
    for _ in 0..3 {
        assert_eq!(client.send().await.result.unwrap().status, 200);
    }
    #[expect(clippy::disallowed_methods, reason = "what is measured is how long the client keeps a connection")]
    let idle_since = Instant::now();
    assert_eq!(next(&mut closed).await, 3, "until then, one connection is reused for all requests");
    let kept = idle_since.elapsed();
    assert!((Duration::from_millis(700)..Duration::from_secs(5)).contains(&kept), "{kept:?}");
}

#[tokio::test]
async fn a_connection_closed_by_the_receiver_is_not_reused() {
    let (client, listener) = Client::of_a_new_listener().await;
    let (report, mut noticed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(reads_request(&mut stream).await);
            stream.write_all(RESPONSE).await.unwrap();
            stream.shutdown().await.unwrap();
            // The client closes its end as soon as it has seen ours closed.
            report.send(reads_request(&mut stream).await).unwrap();
        }
    });
    for _ in 0..50 {
        assert_eq!(client.send().await.result.unwrap().status, 200);
        assert!(!next(&mut noticed).await, "a request came on a closed connection");
    }
}

#[tokio::test]
async fn a_request_cut_off_on_a_reused_connection_is_resent_once() {
    let (client, listener) = Client::of_a_new_listener().await;
    let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (Arc::clone(&connections), Arc::clone(&requests));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counters.0.fetch_add(1, Ordering::SeqCst);
            // On its first connection it closes after the second request, without a response; on later ones after the first.
            let is_first = counters.0.load(Ordering::SeqCst) == 1;
            let responses: &[&[u8]] = if is_first { &[RESPONSE, b""] } else { &[b""] };
            for response in responses {
                assert!(reads_request(&mut stream).await);
                counters.1.fetch_add(1, Ordering::SeqCst);
                stream.write_all(response).await.unwrap();
            }
        }
    });
    assert_eq!(client.send().await.result.unwrap().status, 200);
    let cut_off = client.send().await.result;
    assert!(matches!(cut_off, Err(TransportError::Closed)), "{cut_off:?}");
    let counts = (connections.load(Ordering::SeqCst), requests.load(Ordering::SeqCst));
    assert_eq!(counts, (2, 3), "the fresh connection that dies is not replaced again");
}

#[tokio::test]
async fn a_receiver_that_closes_while_idle_costs_no_attempt() {
    let (client, listener) = Client::of_a_new_listener().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                assert!(reads_request(&mut stream).await);
                stream.write_all(RESPONSE).await.unwrap();
                // It reads the next request, and closes without a response: it had decided so before the request came.
                let _came = reads_request(&mut stream).await;
            });
        }
    });
    for number in 1..=50 {
        assert_eq!(client.send().await.result.unwrap().status, 200, "request {number}");
    }
}

#[tokio::test]
async fn over_tls_one_connection_is_reused_and_a_dead_one_replaced() {
    let authority = Authority::new();
    let acceptor = authority.identity(&["127.0.0.1"]).acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let (report, mut served) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            let mut requests = 0;
            // After ten responses it closes at the next request, without a byte.
            while requests < 10 && reads_request(&mut stream).await {
                requests += 1;
                stream.write_all(RESPONSE).await.unwrap();
            }
            let _eleventh = reads_request(&mut stream).await;
            report.send(requests).unwrap();
        }
    });
    let outside = Outside { authorities: vec![authority.root()], ..Outside::default() };
    let wire = Wire::new("127.0.0.1/32", &outside);
    for number in 1..=20 {
        assert_eq!(wire.send(&url).await.result.unwrap().status, 200, "request {number}");
    }
    assert_eq!(next(&mut served).await, 10, "ten requests came on one connection");
}

struct Client {
    wire: Wire,
    url: String,
}

impl Client {
    async fn of_a_new_listener() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        (Self { wire: Wire::new("127.0.0.1/32", &Outside::default()), url }, listener)
    }

    async fn send(&self) -> Exchange {
        self.wire.send(&self.url).await
    }
}

/// Reads one request; false at the connection's end.
async fn reads_request(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut seen = Vec::new();
    let mut buffer = [0; 4_096];
    while !seen.ends_with(b"\r\n\r\n{}") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(length) => seen.extend_from_slice(&buffer[..length]),
        }
    }
    true
}

/// Waits for the server's next report.
async fn next<T>(reports: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(PATIENCE, reports.recv()).await.unwrap().unwrap()
}

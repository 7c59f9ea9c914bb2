//! Connections: kept for the next request while they are trusted, never the reason for a request to be sent twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use shared::{
    domain::{
        address::Allowance,
        outcome::{Exchange, TransportError},
        target::{Ports, TargetPolicy, TargetUrl},
    },
    net::sender::{Outgoing, Outside, Sender},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use crate::harness::PATIENCE;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

struct Client {
    sender: Sender,
    url: TargetUrl,
}

impl Client {
    fn of(listener: &TcpListener) -> Self {
        let allowance = Allowance::parse("127.0.0.1/32").unwrap();
        let policy = TargetPolicy { allowance, ports: Ports::default() };
        let url = policy.check(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        Self { sender: Sender::new(policy, &Outside::default()), url }
    }

    async fn send(&self) -> Exchange {
        let (url, body) = (&self.url, Bytes::from_static(b"{}"));
        self.sender.send(Outgoing { url, headers: &[], body, limit: Duration::from_secs(10) }).await
    }
}

/// Reads one request; false at the connection's end.
async fn request(stream: &mut TcpStream) -> bool {
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

async fn told<T>(receiver: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(PATIENCE, receiver.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_for_four_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::of(&listener);
    let (tell, mut closed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut requests = 0;
            while request(&mut stream).await {
                requests += 1;
                stream.write_all(ANSWER).await.unwrap();
            }
            tell.send(requests).unwrap();
        }
    });
    for _ in 0..3 {
        assert_eq!(client.send().await.result.unwrap().status, 200);
    }
    #[expect(clippy::disallowed_methods, reason = "what is measured is how long the client keeps a connection")]
    let idle_since = Instant::now();
    assert_eq!(told(&mut closed).await, 3, "one connection for all three");
    let kept = idle_since.elapsed();
    assert!((Duration::from_secs(3)..Duration::from_secs(9)).contains(&kept), "{kept:?}");
}

#[tokio::test]
async fn a_connection_that_the_receiver_closed_without_a_word_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::of(&listener);
    let (tell, mut noticed) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(request(&mut stream).await);
            stream.write_all(ANSWER).await.unwrap();
            stream.shutdown().await.unwrap();
            // The client closes its end as soon as it has seen ours closed.
            tell.send(request(&mut stream).await).unwrap();
        }
    });
    for _ in 0..50 {
        assert_eq!(client.send().await.result.unwrap().status, 200);
        assert!(!told(&mut noticed).await, "a request on a closed connection");
    }
}

#[tokio::test]
async fn a_request_cut_off_on_a_kept_connection_is_a_failed_attempt_and_not_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::of(&listener);
    let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (Arc::clone(&connections), Arc::clone(&requests));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counters.0.fetch_add(1, Ordering::SeqCst);
            // Takes two requests, answers the first: it may have acted on the second.
            for answer in [ANSWER, b""] {
                assert!(request(&mut stream).await);
                counters.1.fetch_add(1, Ordering::SeqCst);
                stream.write_all(answer).await.unwrap();
            }
        }
    });
    assert_eq!(client.send().await.result.unwrap().status, 200);
    let cut_off = client.send().await.result;
    assert!(matches!(cut_off, Err(TransportError::Closed)), "{cut_off:?}");
    assert_eq!((connections.load(Ordering::SeqCst), requests.load(Ordering::SeqCst)), (1, 2));
}

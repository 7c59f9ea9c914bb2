//! What a receiver sends without end is not kept: a batch of such receivers leaves a function's memory as it was.
//!
//! This is a test binary with a single test, because the memory of the whole process is measured.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use bytes::Bytes;
use shared::{
    domain::{
        attempt::request::Request,
        target::{TargetPolicy, address::Allowance},
    },
    net::sender::{Outside, Sender},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The most bytes the process may grow by. The smallest Lambda has 128 MiB, and the function itself needs about 30.
const MAX_GROWTH: u64 = 32 * 1_024 * 1_024;

/// How many requests to send at once, which is a batch.
const AT_ONCE: usize = 10;

/// A name, what is sent once, and what is then repeated until the connection ends.
const ENDLESS: [(&str, &[u8], &[u8]); 7] = [
    ("body", b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65_536]),
    ("gzip", b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10000000000\r\n\r\n", &[0; 65_536]),
    ("chunk", b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n", &[b'x'; 65_536]),
    ("chunk extension", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=", &[b'x'; 65_536]),
    ("header", b"HTTP/1.1 200 OK\r\nx-header: ", &[b'x'; 65_536]),
    ("headers", b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
    ("early hints", b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
];

/// Starts a server and returns its URL.
async fn serve(beginning: &'static [u8], repeated: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let chunk = Bytes::from(repeated.repeat(65_536 / repeated.len()));
        while let Ok((mut stream, _)) = listener.accept().await {
            let chunk = chunk.clone();
            tokio::spawn(async move {
                let _request = stream.read(&mut [0; 4_096]).await?;
                stream.write_all(beginning).await?;
                loop {
                    stream.write_all(&chunk).await?;
                }
                #[expect(unreachable_code, reason = "gives the block its type")]
                std::io::Result::Ok(())
            });
        }
    });
    url
}

/// The most memory that the process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1_024
}

#[tokio::test]
async fn responses_without_end_are_not_kept_in_memory() {
    let policy = TargetPolicy { allowance: Allowance::parse("127.0.0.1/32").unwrap(), ..TargetPolicy::default() };
    let sender = Sender::new(policy.clone(), &Outside::default());
    let before = peak();
    for (name, beginning, repeated) in ENDLESS {
        let url = policy.check(&serve(beginning, repeated).await).unwrap();
        let limit = Duration::from_secs(3);
        let request = Request { url: &url, headers: Vec::new(), custom: Vec::new(), body: "{}", limit };
        for exchange in futures::future::join_all((0..AT_ONCE).map(|_| sender.send(&request))).await {
            assert!(exchange.elapsed < limit + Duration::from_secs(2), "{name}: {exchange:?}");
        }
        let growth = peak() - before;
        assert!(growth < MAX_GROWTH, "{name}: {} KiB more", growth / 1_024);
    }
}

//! Idle sockets, kept for the next request to the same host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    io::AsyncReadExt,
    time::{Instant, sleep_until},
};
use url::{Position, Url};

use super::connection::Socket;

/// How long an idle socket is kept. Receivers close theirs after as little as 2 s (gunicorn), and a request that crosses the closing
/// on its way has to be repeated.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// The most idle sockets that are kept for a host. A batch has ten records, so a Lambda function never needs more; `cargo local` runs
/// many batches in one process.
const MAX_IDLE_PER_HOST: usize = 32;

/// The idle sockets of a process, by scheme, host and port.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// The last one of a host is the freshest.
    sockets: HashMap<Box<str>, Vec<Idle>>,
    is_swept: bool,
}

struct Idle {
    until: Instant,
    socket: Socket,
}

impl Pool {
    /// The socket to this URL's host that was used last, unless it is known to be closed.
    pub fn take(&self, url: &Url) -> Option<Socket> {
        let mut kept = self.kept();
        let sockets = kept.sockets.get_mut(key(url))?;
        let now = Instant::now();
        while let Some(mut idle) = sockets.pop() {
            if now < idle.until && is_open(&mut idle.socket) {
                return Some(idle.socket);
            }
        }
        None
    }

    /// Keeps a socket on which the last response has ended.
    pub fn give(&self, url: &Url, socket: Socket) {
        let now = Instant::now();
        let idle = Idle { until: now.checked_add(IDLE_TIMEOUT).unwrap_or(now), socket };
        let mut kept = self.kept();
        match kept.sockets.get_mut(key(url)) {
            Some(sockets) if sockets.len() >= MAX_IDLE_PER_HOST => {}
            Some(sockets) => sockets.push(idle),
            None => drop(kept.sockets.insert(key(url).into(), vec![idle])),
        }
        if !kept.is_swept {
            kept.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.0)
    }
}

/// A socket belongs to a scheme, a host and a port.
fn key(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing may come from an idle socket. Its end, an error or bytes that nobody asked for make it useless.
fn is_open(socket: &mut Socket) -> bool {
    socket.read(&mut [0]).now_or_never().is_none()
}

/// Closes sockets as their time ends, until none is left.
async fn sweep(kept: Weak<Mutex<Kept>>) {
    while let Some(next) = kept.upgrade().and_then(|kept| lock(&kept).close_old(Instant::now())) {
        sleep_until(next).await;
    }
}

impl Kept {
    /// Closes what is too old. Returns when the next socket will be.
    fn close_old(&mut self, now: Instant) -> Option<Instant> {
        self.sockets.retain(|_, sockets| {
            sockets.retain(|idle| now < idle.until);
            !sockets.is_empty()
        });
        let next = self.sockets.values().filter_map(|sockets| sockets.first()).map(|idle| idle.until).min();
        self.is_swept = next.is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn receiver(pool: &Pool, url: &Url) -> DuplexStream {
        let (ours, theirs) = duplex(64);
        pool.give(url, Box::new(ours));
        theirs
    }

    #[tokio::test]
    async fn a_socket_is_kept_for_its_scheme_host_and_port() {
        let (pool, here) = (Pool::default(), url("https://example.com/a?b"));
        let _receiver = receiver(&pool, &here);
        for other in ["http://example.com:443/", "https://example.com:8443/", "https://example.org/"] {
            assert!(pool.take(&url(other)).is_none(), "{other}");
        }
        assert!(pool.take(&url("https://EXAMPLE.com:443/c")).is_some());
        assert!(pool.take(&here).is_none());
    }

    #[tokio::test]
    async fn a_socket_is_kept_for_a_second_and_then_closed() {
        let (pool, url) = (Pool::default(), url("https://example.com/"));
        let mut receiver = receiver(&pool, &url);
        let since = Instant::now();
        assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0, "closed without another request");
        let kept = since.elapsed();
        assert!((IDLE_TIMEOUT..IDLE_TIMEOUT * 2).contains(&kept), "{kept:?}");
        assert!(pool.take(&url).is_none());
    }

    #[tokio::test]
    async fn a_socket_that_has_ended_or_says_something_is_not_used() {
        let (pool, url) = (Pool::default(), url("https://example.com/"));
        drop(receiver(&pool, &url));
        let mut receiver = receiver(&pool, &url);
        receiver.write_all(b"HTTP/1.1 408 Request Timeout\r\n").await.unwrap();
        assert!(pool.take(&url).is_none());
    }

    #[tokio::test]
    async fn a_host_has_32_idle_sockets_at_most() {
        let (pool, url) = (Pool::default(), url("https://example.com/"));
        let _receivers: Vec<_> = (0..40).map(|_| receiver(&pool, &url)).collect();
        assert_eq!(std::iter::from_fn(|| pool.take(&url)).count(), MAX_IDLE_PER_HOST);
    }
}

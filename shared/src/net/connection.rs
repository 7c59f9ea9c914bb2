//! A new connection: name, TCP, TLS. It leads to a vetted address, or there is none.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::attempt::outcome::TransportError;
use futures::{StreamExt, stream::FuturesUnordered};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::{
    failure::{connect_failure, is_unreachable, too_slow},
    resolver::VettingResolver,
};

/// How long to wait for a connection, with name and TLS handshake. It is always less than an attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);

/// How long to wait for one address before the next is tried as well (RFC 8305 recommends 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// The most addresses of a name that are tried: a name with hundreds must not make this a port scanner.
const MAX_TRIED: usize = 8;

/// What requests and responses go through: TCP, or TLS on top of it.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(super) type Socket = Box<dyn Duplex>;

/// Connects to vetted addresses only.
#[derive(Clone)]
pub(super) struct Connector {
    resolver: VettingResolver,
    tls: TlsConnector,
}

impl Connector {
    pub fn new(resolver: VettingResolver, tls: ClientConfig) -> Self {
        Self { resolver, tls: TlsConnector::from(Arc::new(tls)) }
    }

    /// A fresh connection to the URL's host.
    pub async fn connect(&self, url: &Url) -> Result<Socket, TransportError> {
        let connected = timeout(CONNECT_TIMEOUT, self.open(url)).await;
        connected.unwrap_or_else(|_| Err(too_slow(CONNECT_TIMEOUT)))
    }

    async fn open(&self, url: &Url) -> Result<Socket, TransportError> {
        let failed = |error: io::Error| connect_failure(&error, CONNECT_TIMEOUT);
        let missing = || failed(io::ErrorKind::InvalidInput.into());
        let (host, port) = url.host().zip(url.port_or_known_default()).ok_or_else(missing)?;
        let addresses = self.resolver.addresses(&host).await?;
        let tcp = dial(interleaved(&addresses).map(|address| SocketAddr::new(address, port))).await.map_err(failed)?;
        // A request is one write, and nothing follows for which it could wait.
        tcp.set_nodelay(true).map_err(failed)?;
        if url.scheme() != "https" {
            return Ok(Box::new(tcp));
        }
        let name = server_name(&host).ok_or_else(missing)?;
        Ok(Box::new(self.tls.connect(name, tcp).await.map_err(failed)?))
    }
}

fn server_name(host: &Host<&str>) -> Option<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()).ok(),
        Host::Ipv4(address) => Some(ServerName::from(IpAddr::from(*address))),
        Host::Ipv6(address) => Some(ServerName::from(IpAddr::from(*address))),
    }
}

/// The addresses in their order, with the two families in turn, so that one without a route costs one head start only.
fn interleaved(addresses: &[IpAddr]) -> impl Iterator<Item = IpAddr> {
    let prefers_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses.iter().partition(|address| address.is_ipv6() == prefers_v6);
    let places = 0..preferred.len().max(other.len());
    let turns = places.flat_map(move |place| [preferred.get(place).copied(), other.get(place).copied()]);
    turns.flatten().take(MAX_TRIED)
}

/// Tries the addresses in turn, each after a head start of the one before or its failure. The first connection wins.
async fn dial(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.peekable();
    let mut under_way = FuturesUnordered::new();
    let mut failure: Option<io::Error> = None;
    loop {
        if let Some(address) = waiting.next() {
            under_way.push(TcpStream::connect(address));
        }
        tokio::select! {
            connected = under_way.next() => match connected {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => failure = Some(more_telling(failure, error)),
                None => return Err(failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())),
            },
            () = sleep(HEAD_START), if waiting.peek().is_some() => {}
        }
    }
}

/// A refusal tells more than an address family without a route.
fn more_telling(before: Option<io::Error>, error: io::Error) -> io::Error {
    match before {
        Some(before) if !is_unreachable(&before) => before,
        _ => error,
    }
}

#[cfg(test)]
mod tests;

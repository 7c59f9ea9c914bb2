//! Certificates made for a story: an authority that a platform is configured to trust, and what the authority signs.

use std::{io, net::SocketAddr, sync::Arc};

use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Signs through an intermediate, as public authorities do.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows to prove who it is: its certificate with the chain, and the key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub enum Valid {
    Now,
    LongAgo,
    NotYet,
}

impl Authority {
    pub fn new() -> Self {
        let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        // Each authority has its own names. If two shared one, the wrong one would be a bad signature instead of an unknown issuer.
        let number = Sha256::digest(root_key.serialized_der());
        let (root, intermediate) = (format!("Test root {number:x?}"), format!("Test intermediate {number:x?}"));
        let root = CertifiedIssuer::self_signed(ca(&root), root_key).unwrap();
        let intermediate = CertifiedIssuer::signed_by(ca(&intermediate), key, &root).unwrap();
        Self { root, intermediate }
    }

    /// What a client must trust.
    pub fn root(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// A good identity for these names and addresses.
    pub fn identity(&self, hosts: &[&str]) -> Identity {
        self.identity_valid(hosts, Valid::Now)
    }

    pub fn identity_valid(&self, hosts: &[&str], valid: Valid) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = server(hosts);
        let (from, to) = match valid {
            Valid::Now => (2020, 2100),
            Valid::LongAgo => (2020, 2021),
            Valid::NotYet => (2099, 2100),
        };
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let certificate = params.signed_by(&key, &self.intermediate).unwrap();
        Identity { chain: vec![certificate.der().clone(), self.intermediate.der().clone()], key }
    }
}

impl Identity {
    /// Signed by itself, as an authority (the way `openssl req -x509` does it) or not (the way other tools do).
    pub fn self_signed(hosts: &[&str], is_ca: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = server(hosts);
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        Self { chain: vec![params.self_signed(&key).unwrap().der().clone()], key }
    }

    /// As a server shows it whose owner forgot to install the intermediate certificate.
    pub fn without_intermediate(mut self) -> Self {
        self.chain.truncate(1);
        self
    }

    pub fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        TlsAcceptor::from(Arc::new(builder.with_no_client_auth().with_single_cert(self.chain, key.into()).unwrap()))
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

fn server(hosts: &[&str]) -> CertificateParams {
    CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Hands out connections whose handshake is done, and drops those that break it off.
pub struct TlsListener {
    pub listener: TcpListener,
    pub acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, peer) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

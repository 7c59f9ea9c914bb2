//! The TLS configuration of every connection: rustls with ring, Mozilla's roots embedded, nothing read from disk.

use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};

/// A client configuration that trusts the embedded roots and these authorities.
pub(crate) fn config(authorities: &[CertificateDer<'static>]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(authorities.iter().cloned());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(rustls::ALL_VERSIONS);
    #[expect(clippy::expect_used, reason = "ring supports both protocol versions: this cannot fail at run time")]
    let builder = builder.expect("ring supports TLS 1.2 and 1.3");
    builder.with_root_certificates(roots).with_no_client_auth()
}

//! An HTTP client for this machine.

/// Loopback over plain http only, so no certificate is trusted.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = reqwest::Client::builder().no_proxy();
    match rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions() {
        Ok(tls) => {
            let roots = rustls::RootCertStore::empty();
            builder.tls_backend_preconfigured(tls.with_root_certificates(roots).with_no_client_auth()).build()
        }
        Err(_) => builder.build(),
    }
}

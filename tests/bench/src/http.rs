//! The one HTTP client, for plain requests to this machine: the same library that sends webhooks.

use anyhow::Result;

/// A client that asks no proxy and follows nothing.
pub fn client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    Ok(builder.tls_backend_preconfigured(tls()?).build()?)
}

/// Never used, as everything is on loopback, but the library wants one.
fn tls() -> Result<rustls::ClientConfig> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

//! Where browsers find this installation.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use lambda_http::request::RequestContext;
use shared::{
    domain::account::{portal_path::PORTAL, session::SessionSecret},
    portal::PublicUrl,
};

/// The origin of the installation, as the browser of this request knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) origin: String,
    pub(crate) is_https: bool,
}

/// API Gateway's own name for the host that was asked. Where there is no API Gateway, there is none.
pub(crate) fn domain_name(request: &Request) -> Option<String> {
    request.extensions().get::<RequestContext>().and_then(|context| match context {
        RequestContext::ApiGatewayV2(context) => context.domain_name.clone(),
        _ => None,
    })
}

impl Site {
    /// The link that opens a session. What follows `#` reaches no server.
    pub(crate) fn link(&self, code: &SessionSecret) -> String {
        format!("{}{PORTAL}/enter#{}", self.origin, code.reveal())
    }

    /// The origin that the operator named, else API Gateway's, else that of the host that was asked, which is then this machine.
    pub(crate) fn of(public_url: Option<&PublicUrl>, domain_name: Option<&str>, headers: &HeaderMap) -> Self {
        match (public_url, domain_name) {
            (Some(url), _) => Self { origin: url.as_str().to_owned(), is_https: url.is_https() },
            (None, Some(name)) => Self { origin: format!("https://{name}"), is_https: true },
            (None, None) => {
                let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
                Self { origin: format!("http://{host}"), is_https: false }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_origin_comes_before_api_gateways_and_the_host() {
        let public = PublicUrl::parse("https://hooks.example.com").unwrap();
        let headers = HeaderMap::from_iter([(header::HOST, "127.0.0.1:8080".parse().unwrap())]);
        for (url, name, origin, is_https) in [
            (Some(&public), Some("id.execute-api.example"), "https://hooks.example.com", true),
            (None, Some("id.execute-api.example"), "https://id.execute-api.example", true),
            (None, None, "http://127.0.0.1:8080", false),
        ] {
            let expected = Site { origin: origin.to_owned(), is_https };
            assert_eq!(Site::of(url, name, &headers), expected, "{origin}");
        }
    }
}

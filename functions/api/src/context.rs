//! What every handler knows of its request: the profile it came to, and who is calling.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Uri, header, request::Parts},
};
use shared::domain::{
    api_key::{self, Scope},
    id::AccountId,
    profile::Profile,
};

use crate::{Api, cursor::Parameters, error::ApiError};

/// The profile's name, put on the request by the outer router.
#[derive(Debug, Clone)]
pub(crate) struct ProfileName(pub(crate) String);

/// A request's context.
#[derive(Debug, Clone)]
pub struct Context {
    pub(crate) api: Arc<Api>,
    profile: String,
    headers: HeaderMap,
    uri: Uri,
}

impl FromRequestParts<Arc<Api>> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Infallible> {
        let profile = parts.extensions.get::<ProfileName>().map(|name| name.0.clone()).unwrap_or_default();
        Ok(Self { api: Arc::clone(api), profile, headers: parts.headers.clone(), uri: parts.uri.clone() })
    }
}

impl Context {
    /// The profile of the base path.
    pub(crate) fn profile(&self) -> Result<&Profile, ApiError> {
        self.api.profiles.by_name(&self.profile).ok_or(ApiError::UnknownPath)
    }

    /// The request's query parameters.
    pub(crate) fn parameters(&self) -> Result<Parameters, ApiError> {
        Parameters::parse(self.uri.query().unwrap_or_default())
    }

    /// Every value of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &HeaderValue> {
        self.headers.get_all(name).iter()
    }

    /// The account of the presented key, if the key may do what needs `scope` here.
    pub(crate) async fn authorise(&self, scope: Scope) -> Result<AccountId, ApiError> {
        self.authorise_any(&[scope]).await
    }

    /// As [`Context::authorise`], for what any of several scopes allows.
    pub(crate) async fn authorise_any(&self, scopes: &[Scope]) -> Result<AccountId, ApiError> {
        let presented = bearer(self.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()))?;
        let key = self.api.store.api_key(&api_key::hash(presented)).await?.ok_or(ApiError::UnknownKey)?;
        if key.profile != self.profile {
            let right = self.api.profiles.by_name(&key.profile).map(|profile| profile.base_path().to_owned());
            return Err(ApiError::WrongProfile { right_path: right.unwrap_or_default() });
        }
        let Some(first) = scopes.first() else { return Ok(key.account) };
        if scopes.iter().any(|scope| scope.is_granted_by(&key.scopes)) {
            Ok(key.account)
        } else {
            Err(ApiError::MissingScope { scope: first.as_str() })
        }
    }
}

fn bearer(header: Option<&str>) -> Result<&str, ApiError> {
    let (scheme, key) = header.and_then(|value| value.split_once(' ')).ok_or(ApiError::Unauthorized)?;
    let key = key.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() { Ok(key) } else { Err(ApiError::Unauthorized) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_key_is_a_key() {
        for (header, key) in [
            (Some("Bearer abc"), Ok("abc")),
            (Some("bearer abc"), Ok("abc")),
            (Some("Bearer  abc "), Ok("abc")),
            (Some("Basic abc"), Err(ApiError::Unauthorized)),
            (Some("Bearer "), Err(ApiError::Unauthorized)),
            (Some("Bearer"), Err(ApiError::Unauthorized)),
            (Some("abc"), Err(ApiError::Unauthorized)),
            (None, Err(ApiError::Unauthorized)),
        ] {
            assert_eq!(bearer(header), key, "{header:?}");
        }
    }
}

//! The HTTP API as the command line calls it: with an operator's key for any account, or with an account's own.

use std::{fs, io, path::PathBuf, time::Duration};

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use shared::{
    ambient,
    domain::{
        account::key::claims_to_be_operators,
        ids::{AccountId, ProfileName},
        profile::registry::Profiles,
    },
};

use crate::options::ApiOptions;

/// How long a request may take: longer than the API itself may.
const TIMEOUT: Duration = Duration::from_secs(40);

const OPERATOR_BASE: &str = "/operator/v1";

/// With it an operator names the account to act for.
const ACCOUNT_HEADER: &str = "posthorn-account";

/// Why the API gave no usable response.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no API is named: set POSTHORN_URL, or use --api-url or --local")]
    NoUrl,
    #[error("no key is given: set POSTHORN_KEY, or use --key-file or --local")]
    NoKey,
    #[error("{} could not be read: check the path", path.display())]
    NotRead { path: PathBuf, source: io::Error },
    #[error("{} is not what `cargo local` writes with --ready-file", path.display())]
    NotReady { path: PathBuf, source: serde_json::Error },
    #[error("{url} could not be reached: check POSTHORN_URL or --api-url")]
    NotReached { url: String, source: reqwest::Error },
    #[error("{url} answered {status}, which is not from Posthorn's API: check POSTHORN_URL or --api-url")]
    NotPosthorn { url: String, status: StatusCode },
    #[error("{code}: {message}")]
    Rejected { code: String, message: String },
    #[error("no account is named: an operator's key needs --account")]
    NoAccount,
    #[error("this key belongs to one account: leave --account out, or use an operator's key")]
    OwnAccount,
    #[error("the API has the profile '{0}', which this command does not know: use the command of the same version")]
    UnknownProfile(String),
}

impl ClientError {
    /// Whether the same request may succeed if it is sent again at once.
    pub(crate) fn may_be_repeated(&self) -> bool {
        match self {
            Self::NotReached { .. } => true,
            Self::Rejected { code, .. } => code == "UNAVAILABLE",
            _ => false,
        }
    }
}

/// What `cargo local` writes, as far as it is needed here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    api: String,
    operator_key: String,
}

/// The API with one key.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

/// The API of one account, below its profile's base path.
pub(crate) struct AccountClient {
    client: Client,
    base: String,
    account: Option<AccountId>,
}

impl Client {
    pub(crate) fn connect(options: ApiOptions) -> Result<Self, ClientError> {
        let (url, key) = match options.local {
            Some(path) => {
                let text = read(&path)?;
                let ready: Ready =
                    serde_json::from_str(&text).map_err(|source| ClientError::NotReady { path, source })?;
                (Some(ready.api), Some(ready.operator_key))
            }
            None => (None, None),
        };
        let own_key = options.key_file.map(|path| read(&path)).transpose()?;
        let url = options.api_url.or(url).or_else(|| ambient::variable("POSTHORN_URL")).ok_or(ClientError::NoUrl)?;
        let key = own_key.or(key).or_else(|| ambient::variable("POSTHORN_KEY")).ok_or(ClientError::NoKey)?;
        let url = url.trim_end_matches('/').to_owned();
        let http = http().map_err(|source| ClientError::NotReached { url: url.clone(), source })?;
        Ok(Self { http, url, key: key.trim().to_owned() })
    }

    /// Calls an operators' path.
    pub(crate) async fn operator(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        self.call(method, &format!("{OPERATOR_BASE}{path}"), None, None, body).await
    }

    /// The API of an account. An operator's key needs to name it; any other key belongs to one.
    pub(crate) async fn of_account(self, account: Option<AccountId>) -> Result<AccountClient, ClientError> {
        match (claims_to_be_operators(&self.key), account) {
            (true, None) => Err(ClientError::NoAccount),
            (false, Some(_)) => Err(ClientError::OwnAccount),
            (true, Some(account)) => {
                let found = self.operator(Method::GET, &format!("/accounts/{account}"), None).await?;
                let profile = found["profile"].as_str().unwrap_or_default();
                let unknown = || ClientError::UnknownProfile(profile.to_owned());
                let profile = ProfileName::parse(profile).map_err(|_| unknown())?;
                let base = Profiles::built_in().get(&profile).map(|profile| profile.base_path.clone());
                Ok(AccountClient { base: base.ok_or_else(unknown)?, client: self, account: Some(account) })
            }
            (false, None) => {
                let base = self.own_base().await?;
                Ok(AccountClient { client: self, base, account: None })
            }
        }
    }

    /// The base path under which an account's own key is accepted: every key may read the event types.
    async fn own_base(&self) -> Result<String, ClientError> {
        let profiles = Profiles::built_in();
        let mut last = ClientError::NoKey;
        for profile in profiles.all() {
            match self.call(Method::GET, &format!("{}/event-types", profile.base_path), None, None, None).await {
                Ok(_) => return Ok(profile.base_path.clone()),
                Err(ClientError::Rejected { code, message }) if code == "WRONG_PROFILE" => {
                    last = ClientError::Rejected { code, message };
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        account: Option<&AccountId>,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        let not_reached = |source| ClientError::NotReached { url: self.url.clone(), source };
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key);
        if let Some(account) = account {
            request = request.header(ACCOUNT_HEADER, account.as_str());
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(not_reached)?;
        let status = response.status();
        let text = response.text().await.map_err(not_reached)?;
        let not_posthorn = || ClientError::NotPosthorn { url: self.url.clone(), status };
        let value: Value = serde_json::from_str(&text).map_err(|_| not_posthorn())?;
        if status.is_success() {
            return Ok(unwrapped(value));
        }
        let of = |bare: &str, wrapped: &str| {
            let text = value.pointer(wrapped).or(value.get(bare)).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        match (of("code", "/error/code"), of("detail", "/error/message")) {
            (Some(code), Some(message)) => Err(ClientError::Rejected { code, message }),
            _ => Err(not_posthorn()),
        }
    }
}

impl AccountClient {
    pub(crate) async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.call(Method::GET, path, None, None).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ClientError> {
        self.call(method, path, None, body).await
    }

    /// Sends a body under an idempotency key.
    pub(crate) async fn post_once(
        &self,
        path: &str,
        idempotency_key: Option<&str>,
        body: &Value,
    ) -> Result<Value, ClientError> {
        self.call(Method::POST, path, idempotency_key, Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, ClientError> {
        let path = format!("{}{path}", self.base);
        self.client.call(method, &path, self.account.as_ref(), idempotency_key, body).await
    }
}

fn http() -> Result<reqwest::Client, reqwest::Error> {
    // A second installation in one process finds the first.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()
}

fn read(path: &PathBuf) -> Result<String, ClientError> {
    fs::read_to_string(path).map_err(|source| ClientError::NotRead { path: path.clone(), source })
}

/// What a response holds, whatever its profile's envelope is. A page keeps its cursor.
fn unwrapped(mut value: Value) -> Value {
    let is_wrapped = value.get("success").is_some() && value.get("nextCursor").is_none();
    if is_wrapped && let Some(data) = value.get_mut("data") { data.take() } else { value }
}

/// The query of a request, with the parameters that have a value.
pub(crate) fn query(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { query } else { format!("?{query}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_envelope_is_taken_off_and_a_page_keeps_its_cursor() {
        let page = json!({"success": true, "data": [1], "nextCursor": null});
        for (value, expected) in [
            (json!({"success": true, "data": {"id": "wh_1"}}), json!({"id": "wh_1"})),
            (json!({"id": "wh_1"}), json!({"id": "wh_1"})),
            (page.clone(), page),
        ] {
            assert_eq!(unwrapped(value), expected);
        }
    }

    #[test]
    fn a_query_is_percent_encoded() {
        let parameters = [("id", Some("a b/c&d")), ("limit", None), ("cursor", Some("ff"))];
        assert_eq!(query(&parameters), "?id=a+b%2Fc%26d&cursor=ff");
        assert_eq!(query(&[]), "");
    }
}

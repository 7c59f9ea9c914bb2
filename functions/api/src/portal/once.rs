//! Forms that act once, however often they are sent: a reload and a double click lead to where the first one led.
//!
//! A form holds its key while it is under way. One that was cut off holds it for 40 s, and can then be sent again.

use std::{sync::Arc, time::Duration};

use shared::{
    ambient,
    domain::{
        account::{bucket::Bucket, portal_path::PORTAL},
        ids::AccountId,
    },
    logging::chain,
    store::{
        StoreError,
        idempotency::{IdempotencyKey, Remembered, Route},
    },
};

use super::{
    reply::Reply,
    table::{Method, ROWS, Row},
    visit::Visit,
};
use crate::{Api, error::ApiError};

/// How many times to ask what came of the first one, which may be under way still: for two and a half seconds, after which people click
/// again.
const LOOKS: u32 = 12;

/// The same for a form that waits for the customer's endpoint, which may take 15 s: for 17 s.
const LOOKS_AT_TESTS: u32 = 85;

/// How long to wait before each of them.
const PAUSE: Duration = Duration::from_millis(200);

/// Calls the handler, unless this form was sent before.
pub(super) async fn act(row: &Row, api: &Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let Some(key) = visit.idempotency(Route::Portal) else { return call(row, api, visit).await };
    for _ in 0..looks(row.quota) {
        match next(api.store.hold(&visit.caller.account, &key, ambient::now()).await?) {
            Next::Act => return first(row, api, visit, &key).await,
            Next::Lead(location) => return Ok(Reply::see(&location)),
            Next::Wait => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(Reply::see(page_of(row.path, &visit.asked.path)))
}

/// Calls the handler, which uses a unit of the row's bucket.
pub(super) async fn call(row: &Row, api: &Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    if let Some(bucket) = row.quota {
        visit.caller.draw(api, bucket, 1).await?;
    }
    (row.handler)(Arc::clone(api), visit).await
}

/// Calls the handler, and notes under the key what came of it. What it did stays done if that fails.
async fn first(row: &Row, api: &Arc<Api>, visit: Visit, key: &IdempotencyKey) -> Result<Reply, ApiError> {
    let account = visit.caller.account.clone();
    let answered = call(row, api, visit).await;
    let noted = note(api, &account, key, came_of(&answered)).await;
    if let Err(error) = noted {
        tracing::warn!(account.id = %account, "what came of a form was not noted: {}", chain(&error));
    }
    answered
}

async fn note(api: &Api, account: &AccountId, key: &IdempotencyKey, came: Came<'_>) -> Result<(), StoreError> {
    match came {
        Came::To(location) => api.store.remember_location(account, key, location, ambient::now()).await,
        Came::Nothing => api.store.forget(account, key).await,
        Came::Unknown => Ok(()),
    }
}

/// What to do about a form.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is the first one, or the ones before it did nothing.
    Act,
    /// It was sent before, and led there.
    Lead(String),
    /// The first one is under way still.
    Wait,
}

fn next(remembered: Remembered) -> Next {
    match remembered {
        Remembered::New => Next::Act,
        Remembered::Same(made) => made.location.map_or(Next::Wait, Next::Lead),
        // What was typed is part of the key, so no other form has it.
        Remembered::Reused => Next::Wait,
    }
}

/// What a form did.
#[derive(Debug, PartialEq, Eq)]
enum Came<'a> {
    To(&'a str),
    /// It was refused, and may be sent again.
    Nothing,
    /// It may have done what it should before it failed.
    Unknown,
}

fn came_of(answered: &Result<Reply, ApiError>) -> Came<'_> {
    let (location, status) = match answered {
        Ok(reply) => (reply.location(), reply.status()),
        Err(error) => (None, error.status()),
    };
    match location {
        Some(location) => Came::To(location),
        None if status.is_server_error() => Came::Unknown,
        None => Came::Nothing,
    }
}

fn looks(quota: Option<Bucket>) -> u32 {
    if quota == Some(Bucket::Tests) { LOOKS_AT_TESTS } else { LOOKS }
}

/// The page that a form is part of: the one at its own address, or the one above.
fn page_of<'a>(row: &str, path: &'a str) -> &'a str {
    let is_page = ROWS.iter().any(|other| other.method == Method::Get && other.path == row);
    if is_page { path } else { above(path) }
}

fn above(path: &str) -> &str {
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    if above.len() > PORTAL.len() && !above.ends_with("/webhooks") { above } else { "/portal/" }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use bytes::Bytes;
    use shared::store::idempotency::Made;

    use super::*;

    #[test]
    fn a_form_is_part_of_its_own_page_or_the_one_above() {
        for (row, path, page) in [
            ("/webhooks/{id}/enable", "/portal/webhooks/wh_1/enable", "/portal/webhooks/wh_1"),
            (
                "/webhooks/{id}/deliveries/{deliveryId}/resend",
                "/portal/webhooks/wh_1/deliveries/dlv_1/resend",
                "/portal/webhooks/wh_1/deliveries/dlv_1",
            ),
            ("/webhooks/{id}/test", "/portal/webhooks/wh_1/test", "/portal/webhooks/wh_1/test"),
            ("/webhooks/{id}/settings", "/portal/webhooks/wh_1/settings", "/portal/webhooks/wh_1/settings"),
            (
                "/webhooks/{id}/settings/delete",
                "/portal/webhooks/wh_1/settings/delete",
                "/portal/webhooks/wh_1/settings",
            ),
            ("", "/portal/webhooks/wh_1", "/portal/"),
            ("", "/portal/webhooks", "/portal/"),
            ("/sign-out", "/portal/sign-out", "/portal/"),
        ] {
            assert_eq!(page_of(row, path), page, "{path}");
        }
    }

    #[test]
    fn only_a_form_that_is_new_or_was_refused_acts() {
        let mut made = Made::default();
        assert_eq!(next(Remembered::New), Next::Act);
        assert_eq!(next(Remembered::Same(made.clone())), Next::Wait);
        made.location = Some("/portal/".to_owned());
        assert_eq!(next(Remembered::Same(made)), Next::Lead("/portal/".to_owned()));
    }

    #[test]
    fn a_form_that_may_have_acted_is_not_forgotten() {
        let page = |status| Ok(Reply::download("page", Bytes::new()).with_status(status));
        for (answered, came) in [
            (Ok(Reply::see("/portal/x")), Came::To("/portal/x")),
            (page(StatusCode::OK), Came::Nothing),
            (page(StatusCode::BAD_REQUEST), Came::Nothing),
            (page(StatusCode::SERVICE_UNAVAILABLE), Came::Unknown),
            (Err(ApiError::RateLimited { retry_after: 1 }), Came::Nothing),
            (Err(ApiError::Conflict), Came::Nothing),
            (Err(ApiError::Unavailable), Came::Unknown),
        ] {
            assert_eq!(came_of(&answered), came, "{answered:?}");
        }
    }

    #[test]
    fn a_test_is_waited_for_longer_than_its_endpoint_may_take() {
        assert!(PAUSE * looks(Some(Bucket::Tests)) > Duration::from_secs(15));
        assert!(PAUSE * looks(None) < Duration::from_secs(3));
    }
}

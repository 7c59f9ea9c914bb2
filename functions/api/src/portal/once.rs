//! Forms that act once, however often they are sent: a reload and a double click lead to where the first one led.

use std::{sync::Arc, time::Duration};

use shared::{
    ambient,
    domain::account::portal_path::PORTAL,
    store::idempotency::{IdempotencyKey, Remembered, Route},
};

use super::{reply::Reply, table::Handler, visit::Visit};
use crate::{Api, caller::Caller, error::ApiError};

/// How many times to ask what came of the first one, which may be under way still.
const LOOKS: u32 = 12;

/// How long to wait before each of them: two and a half seconds in all, after which people click again.
const PAUSE: Duration = Duration::from_millis(200);

/// Calls the handler, unless this form was sent before.
pub(super) async fn act(handler: Handler, api: &Arc<Api>, visit: Visit) -> Result<Reply, ApiError> {
    let Some(key) = visit.idempotency(Route::Portal) else { return handler(Arc::clone(api), visit).await };
    let (caller, path) = (visit.caller.clone(), visit.asked.path.clone());
    if api.store.remember(&caller.account, &key, ambient::now()).await? != Remembered::New {
        return Ok(Reply::see(&led_to(api, &caller, &key).await?.unwrap_or_else(|| above(&path).to_owned())));
    }
    let answered = handler(Arc::clone(api), visit).await;
    let now = ambient::now();
    match answered.as_ref().ok().and_then(Reply::location) {
        Some(location) => api.store.remember_location(&caller.account, &key, location, now).await?,
        // It did nothing, and may be sent again.
        None => api.store.forget(&caller.account, &key).await?,
    }
    answered
}

/// Where the first one led. `None`: it is under way still, or did nothing.
async fn led_to(api: &Api, caller: &Caller, key: &IdempotencyKey) -> Result<Option<String>, ApiError> {
    for _ in 0..LOOKS {
        match api.store.remembered(&caller.account, key, ambient::now()).await? {
            Remembered::Same(made) if made.location.is_some() => return Ok(made.location),
            Remembered::Same(_) => tokio::time::sleep(PAUSE).await,
            Remembered::New | Remembered::Reused => return Ok(None),
        }
    }
    Ok(None)
}

/// The page that a form is part of, by its path.
fn above(path: &str) -> &str {
    let above = path.rsplit_once('/').map_or("", |(above, _)| above);
    if above.len() > PORTAL.len() && !above.ends_with("/webhooks") { above } else { "/portal/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_part_of_the_page_above_it() {
        for (path, page) in [
            ("/portal/webhooks/wh_1/enable", "/portal/webhooks/wh_1"),
            ("/portal/webhooks/wh_1/deliveries/dlv_1/resend", "/portal/webhooks/wh_1/deliveries/dlv_1"),
            ("/portal/webhooks/wh_1", "/portal/"),
            ("/portal/webhooks", "/portal/"),
            ("/portal/sign-out", "/portal/"),
        ] {
            assert_eq!(above(path), page, "{path}");
        }
    }
}

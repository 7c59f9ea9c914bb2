//! Links to the portal, one for each account.

use std::time::Duration;

use shared::ambient;
use shared::domain::account::{
    key::ApiKey,
    portal_path::PortalPath,
    session::{Maker, Rights, SESSION_SECONDS, Session, SessionSecret, SessionTerms},
};
use shared::domain::ids::SessionId;
use shared::store::{Store, StoreError};

use crate::ready::PortalLink;

/// A link that opens the account's portal once. Whoever tries things out may take longer than five minutes to click it, so the link works
/// for as long as its session lasts, a week.
pub(crate) async fn link(store: &Store, api_url: &str, key: &ApiKey) -> Result<PortalLink, StoreError> {
    let (now, code) = (ambient::now(), SessionSecret::generate(ambient::random()));
    let terms = SessionTerms {
        lasts: Duration::from_secs(*SESSION_SECONDS.end()),
        rights: Rights::Manage,
        user: Some("cargo local".to_owned()),
        path: PortalPath::default(),
    };
    let (id, maker) = (SessionId::new(now, ambient::random()), Maker::Key(key.hash.clone()));
    let session = Session::new(id, key.account.clone(), key.profile.clone(), maker, terms, now);
    // The account took the key a moment ago, so that it is there.
    store.create_session(&session, &code.hash(), session.expires_at).await?;
    Ok(PortalLink(format!("{api_url}/portal/enter#{}", code.reveal())))
}

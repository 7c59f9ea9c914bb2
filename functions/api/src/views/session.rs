use serde::Serialize;
use shared::domain::{
    account::session::{Rights, Session},
    ids::SessionId,
    time,
};

use crate::{actions::sessions::CreatedSession, site::Site};

/// A session of the portal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView<'a> {
    id: &'a SessionId,
    user: Option<&'a str>,
    read_only: bool,
    created_at: String,
    expires_at: String,
}

impl<'a> SessionView<'a> {
    pub(crate) fn of(session: &'a Session) -> Self {
        Self {
            id: &session.id,
            user: session.user.as_deref(),
            read_only: session.rights == Rights::ReadOnly,
            created_at: time::whole_seconds(session.created_at),
            expires_at: time::whole_seconds(session.expires_at),
        }
    }
}

/// A new session, with the link that opens it once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedSessionView<'a> {
    id: &'a SessionId,
    url: String,
    expires_at: String,
    read_only: bool,
}

impl<'a> CreatedSessionView<'a> {
    pub(crate) fn of(created: &'a CreatedSession, site: &Site) -> Self {
        let CreatedSession { session, code } = created;
        Self {
            id: &session.id,
            url: site.link(code),
            expires_at: time::whole_seconds(session.expires_at),
            read_only: session.rights == Rights::ReadOnly,
        }
    }
}

/// What is left of a session after it was ended.
#[derive(Debug, Serialize)]
pub(crate) struct DeletedSessionView<'a> {
    id: &'a SessionId,
    deleted: bool,
}

impl<'a> DeletedSessionView<'a> {
    pub(crate) fn of(id: &'a SessionId) -> Self {
        Self { id, deleted: true }
    }
}

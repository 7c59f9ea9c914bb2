//! Sessions as they stand in the table: an entry of the account, and what leads there from a code or a token.

use domain::{
    account::{
        key::KeyHash,
        portal_path::PortalPath,
        session::{Maker, Rights, Session},
    },
    ids::{AccountId, ProfileName, SessionId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::{
    StoreError,
    api_keys::removed_from,
    keys,
    values::{Item, ms, to_item},
};

/// A session in its account's list. The session is open while this is there, whatever leads to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct SessionItem {
    pub pk: String,
    pub sk: String,
    id: SessionId,
    account: AccountId,
    profile: ProfileName,
    /// The hash of the key that made it.
    maker: KeyHash,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_operator: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
    path: String,
    #[serde(with = "ms")]
    created_at: Timestamp,
    #[serde(with = "ms")]
    valid_until: Timestamp,
    /// When `DynamoDB` may remove it.
    expires_at: i64,
    pub code: KeyHash,
    /// Absent until the code was exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<KeyHash>,
}

impl SessionItem {
    pub(super) fn of(session: &Session, code: &KeyHash) -> Self {
        let keys::Key { pk, sk } = keys::session(&session.account, &session.id);
        let (maker, by_operator) = maker_of(session);
        Self {
            pk,
            sk,
            id: session.id.clone(),
            account: session.account.clone(),
            profile: session.profile.clone(),
            maker,
            by_operator,
            user: session.user.clone(),
            read_only: session.rights == Rights::ReadOnly,
            path: session.path.as_str().to_owned(),
            created_at: session.created_at,
            valid_until: session.expires_at,
            expires_at: removed_from(session.expires_at),
            code: code.clone(),
            token: None,
        }
    }

    /// A page that a newer version had is not there any more: the session then begins with the first one.
    pub(super) fn into_session(self) -> Session {
        Session {
            id: self.id,
            account: self.account,
            profile: self.profile,
            maker: if self.by_operator { Maker::Operator(self.maker) } else { Maker::Key(self.maker) },
            user: self.user,
            rights: if self.read_only { Rights::ReadOnly } else { Rights::Manage },
            path: PortalPath::parse(&self.path).unwrap_or_default(),
            created_at: self.created_at,
            expires_at: self.valid_until,
        }
    }
}

/// What a code or a token leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PointerItem {
    pk: String,
    sk: String,
    pub account: AccountId,
    pub session: SessionId,
    /// As in the session, so that the key is read together with it.
    maker: KeyHash,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_operator: bool,
    #[serde(with = "ms")]
    pub valid_until: Timestamp,
    /// When `DynamoDB` may remove it.
    expires_at: i64,
}

impl PointerItem {
    pub(super) fn item(place: keys::Key, session: &Session, until: Timestamp) -> Result<Item, StoreError> {
        let (maker, by_operator) = maker_of(session);
        to_item(Self {
            pk: place.pk,
            sk: place.sk,
            account: session.account.clone(),
            session: session.id.clone(),
            maker,
            by_operator,
            valid_until: until,
            expires_at: removed_from(until),
        })
    }
}

impl PointerItem {
    /// Where the key is that made the session.
    pub(super) fn maker(&self) -> keys::Key {
        if self.by_operator { keys::operator_key(&self.maker) } else { keys::api_key(&self.maker) }
    }
}

/// The same of a maker.
pub(super) fn place_of(maker: &Maker) -> keys::Key {
    match maker {
        Maker::Key(hash) => keys::api_key(hash),
        Maker::Operator(hash) => keys::operator_key(hash),
    }
}

fn maker_of(session: &Session) -> (KeyHash, bool) {
    match &session.maker {
        Maker::Key(hash) => (hash.clone(), false),
        Maker::Operator(hash) => (hash.clone(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_as_it_was_written() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let hash = KeyHash::of("phk_1");
        for (maker, rights, user) in [
            (Maker::Key(hash.clone()), Rights::Manage, None),
            (Maker::Operator(hash.clone()), Rights::ReadOnly, Some("ann@example.com".to_owned())),
        ] {
            let session = Session {
                id: SessionId::new(at(5), [1; 8]),
                account: AccountId::parse("acme").unwrap(),
                profile: ProfileName::parse("go2").unwrap(),
                maker,
                user,
                rights,
                path: PortalPath::parse("/portal/events").unwrap(),
                created_at: at(5),
                expires_at: at(900_005),
            };
            let item = to_item(SessionItem::of(&session, &hash)).unwrap();
            let read: SessionItem = serde_dynamo::from_item(item).unwrap();
            assert_eq!((read.token.clone(), read.into_session()), (None, session));
        }
    }
}

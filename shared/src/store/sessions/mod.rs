//! Sessions of the portal. Each is an entry of its account, and the session is open while that entry is there. A code, and later a token,
//! leads to it by its hash.

mod item;

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};
use domain::{
    account::{
        key::KeyHash,
        session::{Maker, Session},
        standing::AccountStanding,
    },
    ids::{AccountId, SessionId},
};
use jiff::Timestamp;

pub(super) use self::item::SessionItem;
use self::item::{PointerItem, place_of};
use super::{
    Store, StoreError,
    error::failed,
    keys::{self, Key},
    standings::standing,
    transact::Transacted,
    values::{Item, optional_ms, text, time, to_item},
};

/// What storing a session found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStored {
    Yes,
    /// The account is not there, or is being deleted.
    NoAccount,
}

/// What exchanging a code found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchanged {
    Yes,
    /// The code was exchanged before, or its session is over.
    Gone,
}

/// A session that a browser's token or code leads to, with what says whether it still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSession {
    pub session: Session,
    /// `None`: there is no such account any more.
    pub standing: Option<AccountStanding>,
    pub maker: MakerState,
}

/// What became of the key that made a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakerState {
    Counts,
    /// It was revoked, or has expired.
    Over,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct MakerItem {
    #[serde(default, with = "optional_ms")]
    valid_until: Option<Timestamp>,
}

/// A key that is not there was revoked.
fn state(maker: Option<&MakerItem>, now: Timestamp) -> MakerState {
    match maker {
        Some(maker) if maker.valid_until.is_none_or(|until| until > now) => MakerState::Counts,
        _ => MakerState::Over,
    }
}

impl Store {
    /// Stores a session and its code, unless the account is being deleted. The code works until `code_until`.
    pub async fn create_session(
        &self,
        session: &Session,
        code: &KeyHash,
        code_until: Timestamp,
    ) -> Result<SessionStored, StoreError> {
        let in_use = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(keys::standing(&session.account).into_item()))
            .condition_expression("attribute_exists(pk) AND #status <> :deleting")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":deleting", text("deleting"))
            .build()?;
        let entry = to_item(SessionItem::of(session, code))?;
        let pointer = PointerItem::item(keys::session_code(code), session, code_until)?;
        let items = [
            TransactWriteItem::builder().condition_check(in_use).build(),
            self.session_put(entry)?,
            self.session_put(pointer)?,
        ];
        Ok(match self.transact(items).await? {
            Transacted::Yes => SessionStored::Yes,
            Transacted::ConditionFailed => SessionStored::NoAccount,
        })
    }

    fn session_put(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// When the key expires that makes a session. `None`: not of itself.
    pub async fn maker_until(&self, maker: &Maker) -> Result<Option<Timestamp>, StoreError> {
        let item: Option<MakerItem> = self.item(place_of(maker)).await?;
        Ok(item.and_then(|maker| maker.valid_until))
    }

    /// What became of the key that made a session.
    pub async fn maker_state(&self, maker: &Maker, now: Timestamp) -> Result<MakerState, StoreError> {
        let item: Option<MakerItem> = self.item(place_of(maker)).await?;
        Ok(state(item.as_ref(), now))
    }

    /// Those of the sessions whose key still counts. Many have one key, which is read once.
    async fn with_their_keys(&self, sessions: Vec<Session>, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let mut places: Vec<Key> = Vec::new();
        for place in sessions.iter().map(|session| place_of(&session.maker)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let mut counting: Vec<Key> = Vec::new();
        for (place, item) in places.clone().into_iter().zip(self.raw_items(places).await) {
            let maker: Option<MakerItem> = item?.map(serde_dynamo::from_item).transpose()?;
            if state(maker.as_ref(), now) == MakerState::Counts {
                counting.push(place);
            }
        }
        Ok(sessions.into_iter().filter(|session| counting.contains(&place_of(&session.maker))).collect())
    }

    /// An account's sessions that are open, by id.
    pub async fn sessions(&self, account: &AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let request = self.client.query().table_name(&self.table);
        let request = request
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .filter_expression("validUntil > :now")
            .expression_attribute_values(":pk", text(keys::account(account).pk))
            .expression_attribute_values(":prefix", text(keys::ACCOUNT_SESSION))
            .expression_attribute_values(":now", time(now))
            .consistent_read(true);
        let items = request.into_paginator().items().send().try_collect().await.map_err(failed)?;
        let items: Vec<SessionItem> = serde_dynamo::from_items(items)?;
        self.with_their_keys(items.into_iter().map(SessionItem::into_session).collect(), now).await
    }

    /// Ends a session at once. `None`: there is none with this id.
    ///
    /// What leads to it goes with it. If a code is exchanged at this moment, its token is left over, and leads nowhere.
    pub async fn end_session(&self, account: &AccountId, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let item: Option<SessionItem> = self.item(keys::session(account, id)).await?;
        let Some(item) = item else { return Ok(None) };
        let deletions = session_places(&item).into_iter().map(|place| self.deletion(place));
        // Without a condition, none can fail.
        self.transact(deletions.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(Some(item.into_session()))
    }

    /// Whether a session began with this code.
    pub async fn is_code_of(&self, account: &AccountId, id: &SessionId, code: &KeyHash) -> Result<bool, StoreError> {
        let item: Option<SessionItem> = self.item(keys::session(account, id)).await?;
        Ok(item.is_some_and(|item| item.code == *code))
    }

    /// The session that a token leads to, read consistently.
    pub async fn session_of_token(&self, token: &KeyHash, now: Timestamp) -> Result<Option<FoundSession>, StoreError> {
        self.session_at(keys::session_token(token), now).await
    }

    /// The session that a code leads to, which does not use up the code.
    pub async fn session_of_code(&self, code: &KeyHash, now: Timestamp) -> Result<Option<FoundSession>, StoreError> {
        self.session_at(keys::session_code(code), now).await
    }

    async fn session_at(&self, place: Key, now: Timestamp) -> Result<Option<FoundSession>, StoreError> {
        let pointer: Option<PointerItem> = self.item(place).await?;
        let Some(pointer) = pointer.filter(|pointer| pointer.valid_until > now) else { return Ok(None) };
        let places =
            vec![keys::session(&pointer.account, &pointer.session), keys::standing(&pointer.account), pointer.maker()];
        let mut items = self.raw_items(places).await.into_iter();
        let mut next = || items.next().transpose().map(Option::flatten);
        let (item, found, maker) = (next()?, next()?, next()?);
        let item: Option<SessionItem> = item.map(serde_dynamo::from_item).transpose()?;
        let Some(session) = item.map(SessionItem::into_session).filter(|session| !session.has_expired(now)) else {
            return Ok(None);
        };
        let maker: Option<MakerItem> = maker.map(serde_dynamo::from_item).transpose()?;
        let maker = state(maker.as_ref(), now);
        Ok(Some(FoundSession { session, standing: found.map(standing).transpose()?, maker }))
    }

    /// Exchanges a code for a token, once: the code goes as the token comes.
    pub async fn exchange_code(
        &self,
        code: &KeyHash,
        session: &Session,
        token: &KeyHash,
        now: Timestamp,
    ) -> Result<Exchanged, StoreError> {
        let used = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(keys::session_code(code).into_item()))
            .condition_expression("validUntil > :now")
            .expression_attribute_values(":now", time(now))
            .build()?;
        let entry = Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::session(&session.account, &session.id).into_item()))
            .update_expression("SET #token = :token")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(#token)")
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":token", text(token.as_str()))
            .build()?;
        let pointer = PointerItem::item(keys::session_token(token), session, session.expires_at)?;
        let items = [
            TransactWriteItem::builder().delete(used).build(),
            TransactWriteItem::builder().update(entry).build(),
            self.session_put(pointer)?,
        ];
        Ok(match self.transact(items).await? {
            Transacted::Yes => Exchanged::Yes,
            Transacted::ConditionFailed => Exchanged::Gone,
        })
    }
}

/// Every place where something of a session is.
pub(super) fn session_places(item: &SessionItem) -> Vec<Key> {
    let entry = Key { pk: item.pk.clone(), sk: item.sk.clone() };
    let token = item.token.as_ref().map(keys::session_token);
    [entry, keys::session_code(&item.code)].into_iter().chain(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_until_it_is_revoked_or_expires() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (maker, expected) in [
            (Some(MakerItem { valid_until: None }), MakerState::Counts),
            (Some(MakerItem { valid_until: Some(at(11)) }), MakerState::Counts),
            (Some(MakerItem { valid_until: Some(at(10)) }), MakerState::Over),
            (None, MakerState::Over),
        ] {
            assert_eq!(state(maker.as_ref(), at(10)), expected, "{maker:?}");
        }
    }
}

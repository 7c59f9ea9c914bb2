//! The table as an operator sees it, and what stories put into it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use shared::{
    ambient,
    domain::{
        attempt::{Attempt, ErrorClass, Reason, kept::KeptHeaders},
        delivery::{
            Delivery, Status,
            admission::Stopped,
            job::Job,
            transition::{Write, stopped},
        },
        event::{Arrival, Event, message::Message},
        ids::{AccountId, MessageId, RecoveryId, WebhookId},
        profile::registry::Profiles,
        webhook::Webhook,
    },
};

use super::{customer::Customer, platform::Platform};

/// What is in the table.
impl Platform {
    /// Every item under a partition key.
    pub async fn items(&self, pk: &str) -> Vec<HashMap<String, AttributeValue>> {
        let request = self.clients.dynamodb.query().table_name(&self.stack.endpoints().table);
        let request = request.key_condition_expression("pk = :pk").consistent_read(true);
        let request = request.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        request.send().await.unwrap().items.unwrap()
    }

    /// Every item of the table, as text.
    pub async fn all_items(&self) -> Vec<String> {
        let request = self.clients.dynamodb.scan().table_name(&self.stack.endpoints().table).consistent_read(true);
        let items = request.into_paginator().items().send().try_collect().await.unwrap();
        items.iter().map(|item| format!("{item:?}")).collect()
    }

    /// The webhook as it is stored, with its health and secrets.
    pub async fn stored(&self, customer: &Customer, webhook: &Value) -> Webhook {
        let account = AccountId::parse(&customer.account).unwrap();
        let id = WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap();
        self.store().webhook(&account, &id).await.unwrap().unwrap()
    }
}

/// What is put into the table.
impl Platform {
    /// Has a recovery whose tick got lost be as late as it would be half a minute later.
    pub async fn make_overdue(&self, webhook: &Value, recovery: &Value) {
        let store = self.store();
        let webhook = WebhookId::parse(webhook["id"].as_str().unwrap()).unwrap();
        let id = RecoveryId::parse(recovery["id"].as_str().unwrap()).unwrap();
        let Some(mut recovery) = store.recovery(&webhook, &id, ambient::now()).await.unwrap() else { return };
        let read = recovery.version;
        recovery.version += 1;
        recovery.next_tick_at = jiff::Timestamp::UNIX_EPOCH;
        // Lost if it goes on by itself.
        store.save_recovery(&recovery, read, &[]).await.unwrap();
    }

    /// An item of text attributes.
    pub async fn put_item(&self, attributes: &[(&str, &str)]) {
        let mut request = self.clients.dynamodb.put_item().table_name(&self.stack.endpoints().table);
        for (name, value) in attributes {
            request = request.item(*name, AttributeValue::S((*value).to_owned()));
        }
        request.send().await.unwrap();
    }

    /// The event of a job, as intake stores it.
    pub async fn put_event_of(&self, job: &Job) {
        let (account, event) = (&job.account, &job.event_type);
        let text = format!(r#"{{"account":"{account}","event":"{event}","id":"{}","data":1}}"#, job.event_id);
        let profiles = Profiles::built_in();
        let rules = &profiles.get(&job.profile).unwrap().events;
        let arrival = Arrival { id: job.event_id.clone(), at: job.accepted_at };
        let event = Event::admit(Message::parse(&text).unwrap(), rules, arrival).unwrap();
        self.store().put_event(&event, "a-message", ambient::now()).await.unwrap();
    }

    /// Records that a delivery failed once and waits for its second attempt, which this message owns, if any.
    pub async fn put_retrying(&self, job: &Job, due: jiff::Timestamp, owner: Option<&str>) {
        let record = Delivery {
            status: Status::Retrying,
            status_reason: None,
            attempts: vec![failed_attempt(job, String::new())],
            next_attempt_at: Some(due),
            owner: owner.map(|id| MessageId::parse(id).unwrap()),
            ..stopped(job, None, Stopped::Expired).record
        };
        self.store().record(record, Write::IfAbsent, None, ambient::now()).await.unwrap();
    }
}

/// A delivery that was given up, with the receiver's response.
pub fn failed(job: &Job, response: String) -> Delivery {
    Delivery { attempts: vec![failed_attempt(job, response)], ..stopped(job, None, Stopped::Expired).record }
}

fn failed_attempt(job: &Job, response: String) -> Attempt {
    Attempt {
        number: 1,
        reason: Reason::Event,
        at: job.accepted_at,
        status_code: Some(500),
        response_time_ms: 1,
        error: Some("the endpoint answered 500 instead of 2xx".to_owned()),
        error_class: Some(ErrorClass::Status),
        response: Some(response),
        response_headers: KeptHeaders::default(),
    }
}

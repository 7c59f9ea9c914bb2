//! What it costs to tell of a change: a note, the event that is made of it, and its delivery.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{
    replays::request,
    scenario::{ANSWERS_AFTER, PLAIN},
    stage::{Stage, Told, Used},
};
use crate::receiver::{Manner, Receiver};

/// How many changes are made, one after the other.
const CHANGES: usize = 10;

/// A customer changes a webhook through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No operations account is named.
    Untold,
    /// The operations account has a webhook that is told.
    Told,
}

impl Change {
    pub const ALL: [Self; 2] = [Self::Untold, Self::Told];

    pub fn name(self) -> &'static str {
        match self {
            Self::Untold => "a webhook is changed",
            Self::Told => "a webhook is changed; operational events are on",
        }
    }
}

impl Stage {
    /// Changes a webhook several times. Each change and what follows from it count.
    pub async fn change(&mut self, change: Change) -> Result<Used> {
        let receiver = Receiver::start(Manner::Answers(ANSWERS_AFTER)).await?;
        let account = self.account(&PLAIN).await?;
        let webhook = self.stack.webhook_with(&account, &PLAIN.webhook(0, &receiver.url)).await?;
        let path = format!("/webhooks/{webhook}");
        if change == Change::Told {
            let wants = json!({ "url": receiver.url, "events": ["posthorn.webhook.updated"] });
            self.stack.webhook_with(&self.told.account, &wants).await?;
        }
        let before = self.begin(Some(&receiver)).await?;
        let mut used = Used { events: CHANGES, ..Used::default() };
        for number in 0..CHANGES {
            let changes = json!({ "name": format!("change {number}") });
            let api = match change {
                Change::Untold => &self.api,
                Change::Told => &self.told.api,
            };
            let webhook = request(api, &account, ("PATCH", &path), &changes, &mut used).await?;
            webhook["id"].as_str().context("a changed webhook has no id")?;
            self.tell(change, &mut used).await?;
        }
        self.finish(&mut used, before, Some(&receiver)).await?;
        let told = if change == Change::Told { CHANGES } else { 0 };
        ensure!(receiver.requests() == told, "{} requests came", receiver.requests());
        Ok(used)
    }

    /// The change's message becomes an event of the operations account, which is delivered.
    async fn tell(&self, change: Change, used: &mut Used) -> Result<()> {
        let (Told { intake, delivery, .. }, queues) = (&self.told, &self.pipeline.queues);
        if change == Change::Told {
            self.batch(intake, &queues.event, 1, used).await?;
            self.batch(delivery, &queues.delivery, 1, used).await?;
        }
        Ok(())
    }
}

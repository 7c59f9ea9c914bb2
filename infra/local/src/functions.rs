//! The only file that knows the functions: builds them against the endpoints, seeds one account for each profile,
//! and connects the API to its listener, the handlers to their queues and the schedule.

use std::sync::Arc;
use std::time::Duration;

use api::Api;
use aws_lambda_events::event::sqs::SqsEvent;
use delivery::Task;
use shared::ambient;
use shared::clients::Clients;
use shared::config::{Config, ConfigError};
use shared::domain::account::key::{ApiKey, ApiKeySecret, OperatorKey, Scope, Scopes};
use shared::domain::account::limits::{Limit, Limits};
use shared::domain::account::standing::AccountStanding;
use shared::domain::ids::{AccountId, IdError, ProfileName};
use shared::store::accounts::AccountCreated;
use shared::store::api_keys::KeyStored;
use shared::store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::event_source::EventSource;
use crate::portal;
use crate::queues;
use crate::ready::{AccountKey, Keys, PortalLink, PortalLinks};
use crate::schedule::{self, Schedule};
use crate::sqs::Sqs;
use crate::wiring::{Endpoints, Reach, Wiring};

/// What may be dialled unless `ALLOWED_TARGETS` says otherwise.
const LOOPBACK: &str = "127.0.0.0/8,::1/128";

/// Why the functions did not start.
#[derive(Debug, thiserror::Error)]
pub enum FunctionsError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the accounts could not be written")]
    Store(#[from] StoreError),
    #[error("an account's name is not valid")]
    Account(#[from] IdError),
    #[error("account '{account}' in the data directory is being deleted: wait a minute, or use another --data-dir")]
    Deleting { account: AccountId },
    #[error("account '{account}' in the data directory has profile '{profile}': use another --data-dir")]
    OtherProfile { account: AccountId, profile: ProfileName },
}

/// The API and the two queue functions, running. Dropping it is a crash of all of them.
#[derive(Debug)]
pub struct Functions {
    api: JoinHandle<()>,
    sources: Vec<EventSource>,
    schedules: Vec<Schedule>,
    keys: Keys,
    operator_key: String,
    portal: PortalLinks,
}

impl Functions {
    /// Builds and starts everything.
    ///
    /// # Errors
    /// When the configuration is rejected or the accounts cannot be written.
    pub(crate) async fn start(
        endpoints: &Endpoints,
        wiring: &Wiring,
        sqs: &Sqs,
        listener: TcpListener,
    ) -> Result<Self, FunctionsError> {
        let mut config = Config::read(|name| variable(endpoints, wiring, name))?;
        if let Some(Reach { targets, outside }) = wiring.reach.clone() {
            (config.targets, config.outside) = (targets, outside);
        }
        let untapped = Clients::local(&endpoints.dynamodb, &endpoints.sqs);
        let store = Store::new(untapped.dynamodb, config.table.clone(), config.retention);
        let (keys, portal) = seed(&store, &endpoints.api).await?;
        let operator_key = operator_key(&store).await?;
        let clients = Clients::local(&wiring.dynamodb, &wiring.sqs);
        let intake = Arc::new(intake::Handler::new(&config, &clients));
        let delivery = delivery::Handler::new(&config, &clients);
        let deliver = |delivery: delivery::Handler| {
            move |event: SqsEvent| {
                let delivery = delivery.clone();
                async move { delivery.handle_queue(event.records).await }
            }
        };
        let sources = vec![
            EventSource::start(sqs.clone(), queues::intake(), move |event| {
                let intake = Arc::clone(&intake);
                async move { intake.handle(event).await }
            }),
            EventSource::start(sqs.clone(), queues::delivery(), deliver(delivery.clone())),
            EventSource::start(sqs.clone(), queues::slow(), deliver(delivery.clone())),
            EventSource::start(sqs.clone(), queues::retry(), deliver(delivery.clone())),
        ];
        let schedules = [Task::Minute, Task::Erasure].map(|task| {
            let delivery = delivery.clone();
            Schedule::start(schedule::interval(wiring.retry_scale), move || {
                let delivery = delivery.clone();
                async move { delivery.handle_task(task).await }
            })
        });
        let router = api::router::router(Arc::new(Api::new(&config, &clients)));
        let api = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the API ended");
            }
        });
        Ok(Self { api, sources, schedules: schedules.into(), keys, operator_key, portal })
    }

    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    #[must_use]
    pub fn portal(&self) -> &PortalLinks {
        &self.portal
    }

    #[must_use]
    pub fn operator_key(&self) -> &str {
        &self.operator_key
    }

    /// Ends everything where it is; when this returns, nothing of it runs any more.
    pub async fn kill(mut self) {
        self.api.abort();
        let sources = std::mem::take(&mut self.sources);
        futures::future::join_all(sources.into_iter().map(EventSource::kill)).await;
        for schedule in &mut self.schedules {
            schedule.kill().await;
        }
        // Its only news is that it was cut off.
        let _ = (&mut self.api).await;
    }

    /// Takes no further batch and waits for those running.
    pub async fn stop(mut self, grace: Duration) {
        let sources = std::mem::take(&mut self.sources);
        futures::future::join_all(sources.into_iter().map(|source| source.stop(grace))).await;
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.api.abort();
    }
}

/// The environment of the functions: where things are from the endpoints, the rest from this process's own.
fn variable(endpoints: &Endpoints, wiring: &Wiring, name: &str) -> Option<String> {
    Some(match name {
        "TABLE_NAME" => endpoints.table.clone(),
        "EVENT_QUEUE_URL" => endpoints.event_queue_url.clone(),
        "DELIVERY_QUEUE_URL" => endpoints.delivery_queue_url.clone(),
        "RETRY_QUEUE_URL" => endpoints.retry_queue_url.clone(),
        "REJECTED_QUEUE_URL" => endpoints.rejected_queue_url.clone(),
        "SLOW_QUEUE_URL" => endpoints.slow_queue_url.clone(),
        "RETRY_SCALE" => wiring.retry_scale.to_string(),
        "RETRY_IN_FLIGHT" => return wiring.retry_in_flight.map(|most| most.to_string()),
        "OPERATIONS_ACCOUNT" => return wiring.operations_account.clone(),
        "ALLOWED_TARGETS" => ambient::variable(name).unwrap_or_else(|| LOOPBACK.to_owned()),
        // Standard output is the stack's own: no metrics there.
        "STACK_NAME" => return None,
        other => return ambient::variable(other),
    })
}

async fn seed(store: &Store, api_url: &str) -> Result<(Keys, PortalLinks), FunctionsError> {
    let (awsys, to_awsys) = account_with_key(store, "awsys", api_url).await?;
    let (go2, to_go2) = account_with_key(store, "go2", api_url).await?;
    let (standard, to_standard) = account_with_key(store, "standard", api_url).await?;
    Ok((Keys { awsys, go2, standard }, PortalLinks { awsys: to_awsys, go2: to_go2, standard: to_standard }))
}

/// A new operator's key, for the same reason.
async fn operator_key(store: &Store) -> Result<String, FunctionsError> {
    let secret = ApiKeySecret::of_operator(ambient::random());
    let (name, created_at) = (Some("cargo local".to_owned()), ambient::now());
    store.put_operator_key(&OperatorKey { hash: secret.hash(), name, created_at, expires_at: None }).await?;
    Ok(secret.reveal().to_owned())
}

/// The highest limits: whoever tries things out, or tests a client, should not meet the limits of one customer among many.
fn generous() -> AccountStanding {
    let limits = Limit::ALL.into_iter().fold(Limits::default(), |limits, limit| limits.with(limit, Some(limit.max())));
    AccountStanding { limits, ..AccountStanding::default() }
}

/// An account named after its profile, and a new key and link for it: they are not stored, so old ones cannot be shown again.
async fn account_with_key(
    store: &Store,
    profile: &str,
    api_url: &str,
) -> Result<(AccountKey, PortalLink), FunctionsError> {
    let (now, account) = (ambient::now(), AccountId::parse(&format!("{profile}-demo"))?);
    let profile = ProfileName::parse(profile)?;
    match store.create_account(&account, &profile, generous(), now).await? {
        AccountCreated::Exists { profile: found } if found != profile => {
            return Err(FunctionsError::OtherProfile { account, profile: found });
        }
        AccountCreated::Exists { .. } | AccountCreated::Yes => {}
    }
    let secret = ApiKeySecret::generate(ambient::random());
    let key = ApiKey {
        hash: secret.hash(),
        account: account.clone(),
        profile,
        scopes: Scopes::new(Scope::ALL),
        name: None,
        created_at: now,
        expires_at: None,
    };
    if store.put_api_key(&key).await? == KeyStored::NoAccount {
        return Err(FunctionsError::Deleting { account });
    }
    let link = portal::link(store, api_url, &key).await?;
    Ok((AccountKey { account: account.to_string(), key: secret.reveal().to_owned() }, link))
}

//! The whole stack as a value: started, asked where things are, stopped.
//!
//! ```no_run
//! # async fn example() -> Result<(), local::stack::StartError> {
//! use local::stack::{Run, Stack, StackOptions};
//!
//! let stack = Stack::start(StackOptions { run: Run::ServersOnly, ..StackOptions::default() }).await?;
//! println!("events go to {}", stack.endpoints().event_queue_url);
//! stack.stop().await;
//! # Ok(())
//! # }
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dynamodb::{self, DynamoDbError};
use crate::functions::{Functions, FunctionsError};
use crate::queues;
use crate::ready::{Keys, OperatorKeyText, PortalLinks, Ready};
use crate::sqs::{Counts, Sqs, SqsError};
use crate::tap::{self, Hook};
use crate::wiring::Wiring;
pub use crate::wiring::{Endpoints, Reach, TABLE};

/// How long a stopping stack waits for batches and requests that run.
const GRACE: Duration = Duration::from_secs(5);

/// How much of the stack to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Run {
    /// Servers, API and functions.
    #[default]
    Everything,
    /// DynamoDB and SQS, with their table and queues. Nothing polls, and nothing responds at the API's address.
    ServersOnly,
}

/// What the functions' calls pass through on their way to each service; nothing unless a hook is given.
#[derive(Clone, Default)]
pub struct Taps {
    pub dynamodb: Option<Hook>,
    pub sqs: Option<Hook>,
}

impl std::fmt::Debug for Taps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { dynamodb, sqs } = self;
        f.debug_struct("Taps").field("dynamodb", &dynamodb.is_some()).field("sqs", &sqs.is_some()).finish()
    }
}

/// How to start. The default takes free ports and keeps everything in memory, so several can run side by side.
#[derive(Debug, Clone)]
pub struct StackOptions {
    pub api_addr: SocketAddr,
    pub sqs_addr: SocketAddr,
    pub dynamodb_addr: SocketAddr,
    pub data_dir: Option<PathBuf>,
    pub retry_scale: f64,
    /// The retry queue's quota of messages in flight, instead of SQS's own.
    pub retry_in_flight: Option<usize>,
    /// The account that gets operational events.
    pub operations_account: Option<String>,
    pub run: Run,
    pub taps: Taps,
    /// What webhooks may point at and how they are reached, instead of `ALLOWED_TARGETS` and the system's ways.
    pub reach: Option<Reach>,
}

impl Default for StackOptions {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            api_addr: any_port,
            sqs_addr: any_port,
            dynamodb_addr: any_port,
            data_dir: None,
            retry_scale: 1.0,
            retry_in_flight: None,
            operations_account: None,
            run: Run::Everything,
            taps: Taps::default(),
            reach: None,
        }
    }
}

/// Why the stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{address} is in use by another process: choose another address with {flag}")]
    AddressInUse { flag: &'static str, address: SocketAddr },
    #[error("{address} cannot be listened on: choose another address with {flag}")]
    Listen { flag: &'static str, address: SocketAddr, source: std::io::Error },
    #[error("DynamoDB did not start")]
    DynamoDb(#[from] DynamoDbError),
    #[error("a queue was not created")]
    Queue(#[from] SqsError),
    #[error("the functions did not start")]
    Functions(#[from] FunctionsError),
}

/// A running stack. Dropping it is a crash; [`Stack::stop`] ends it cleanly.
#[derive(Debug)]
pub struct Stack {
    endpoints: Endpoints,
    sqs: Sqs,
    wiring: Wiring,
    functions: Option<Functions>,
    servers: Servers,
}

#[derive(Debug)]
struct Servers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Stack {
    /// Starts what the options say; when it returns, every endpoint responds.
    ///
    /// # Errors
    /// When an address is taken, the data directory is unusable, or the functions reject their configuration.
    pub async fn start(options: StackOptions) -> Result<Self, StartError> {
        let api = listen("--api-addr", options.api_addr).await?;
        let sqs_listener = listen("--sqs-addr", options.sqs_addr).await?;
        let dynamodb_listener = listen("--dynamodb-addr", options.dynamodb_addr).await?;
        let database = dynamodb::open(options.data_dir.as_deref())?;
        dynamodb::create_table(&database, TABLE)?;
        let sqs = Sqs::new(base_url(&sqs_listener));
        queues::create(&sqs).await?;
        if let Some(most) = options.retry_in_flight {
            sqs.limit_in_flight(queues::RETRY, most)?;
        }
        let endpoints = Endpoints::new(&sqs, base_url(&api), base_url(&sqs_listener), base_url(&dynamodb_listener));

        let mut servers = Servers { stop: watch::Sender::new(false), tasks: Vec::new() };
        servers.run(dynamodb::serve(dynamodb_listener, database, servers.stopped())?);
        servers.run(serve_sqs(sqs.clone(), sqs_listener, servers.stopped()));
        let wiring = Wiring {
            dynamodb: servers.tap(&endpoints.dynamodb, options.taps.dynamodb).await?,
            sqs: servers.tap(&endpoints.sqs, options.taps.sqs).await?,
            retry_scale: options.retry_scale,
            retry_in_flight: options.retry_in_flight,
            operations_account: options.operations_account,
            reach: options.reach,
        };
        let functions = match options.run {
            Run::Everything => Some(Functions::start(&endpoints, &wiring, &sqs, api).await?),
            Run::ServersOnly => None,
        };
        Ok(Self { endpoints, sqs, wiring, functions, servers })
    }

    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The queues, for plain calls: counts, and [`crate::event_source::EventSource`]s of one's own.
    #[must_use]
    pub fn sqs(&self) -> &Sqs {
        &self.sqs
    }

    /// How many messages wait in the queue of this name or URL.
    #[must_use]
    pub fn counts(&self, queue: &str) -> Counts {
        self.sqs.counts(queue)
    }

    /// Links to the portal; none when only servers run.
    fn portal(&self) -> Option<&PortalLinks> {
        self.functions.as_ref().map(Functions::portal)
    }

    /// The API keys; none when only servers run.
    #[must_use]
    pub fn keys(&self) -> Option<&Keys> {
        self.functions.as_ref().map(Functions::keys)
    }

    /// What to report to the program that waits for the stack; none when only servers run.
    #[must_use]
    pub fn ready(&self) -> Option<Ready> {
        let at = self.endpoints.clone();
        Some(Ready {
            api: at.api,
            sqs: at.sqs,
            dynamodb: at.dynamodb,
            table: at.table,
            event_queue_url: at.event_queue_url,
            delivery_queue_url: at.delivery_queue_url,
            slow_queue_url: at.slow_queue_url,
            retry_queue_url: at.retry_queue_url,
            rejected_queue_url: at.rejected_queue_url,
            dlq_urls: at.dlq_urls,
            keys: self.keys()?.clone(),
            operator_key: OperatorKeyText(self.functions.as_ref()?.operator_key().to_owned()),
            portal: self.portal()?.clone(),
        })
    }

    /// Stops the functions as a crash would: batches stop where they are, their records stay hidden until their
    /// visibility timeout ends. Servers go on.
    pub async fn kill_functions(&mut self) {
        if let Some(functions) = self.functions.take() {
            functions.kill().await;
        }
    }

    /// Starts the functions again after [`Stack::kill_functions`], with new API keys next to the old ones.
    ///
    /// # Errors
    /// When the API's address was taken meanwhile.
    pub async fn start_functions(&mut self) -> Result<(), StartError> {
        let address =
            self.endpoints.api.trim_start_matches("http://").parse().unwrap_or(StackOptions::default().api_addr);
        let api = listen("--api-addr", address).await?;
        self.functions = Some(Functions::start(&self.endpoints, &self.wiring, &self.sqs, api).await?);
        Ok(())
    }

    /// Ends cleanly: no new batches, those running may finish for five seconds, then the servers end.
    pub async fn stop(self) {
        if let Some(functions) = self.functions {
            functions.stop(GRACE).await;
        }
        self.servers.stop(GRACE).await;
    }
}

impl Servers {
    fn run(&mut self, server: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(tokio::spawn(server));
    }

    /// Where the functions find the service at `url`.
    async fn tap(&mut self, url: &str, hook: Option<Hook>) -> Result<String, StartError> {
        let Some(hook) = hook else { return Ok(url.to_owned()) };
        let listener = listen("a tap's", SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let (tapped, url, stopped) = (base_url(&listener), url.to_owned(), self.stopped());
        self.run(async move {
            tokio::select! {
                Err(error) = tap::serve(listener, &url, hook) => tracing::error!(%error, "a tap ended"),
                () = stopped => {}
            }
        });
        Ok(tapped)
    }

    fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stop = self.stop.subscribe();
        async move {
            // An error means that the stack is gone, which stops the server as well.
            let _ = stop.wait_for(|stopped| *stopped).await;
        }
    }

    async fn stop(mut self, grace: Duration) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(grace, futures::future::join_all(&mut self.tasks)).await;
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(flag: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::AddressInUse { flag, address },
        _ => StartError::Listen { flag, address, source },
    })
}

/// A listener always knows its address; the fallback only avoids a panic.
fn base_url(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|_| String::new(), |address| format!("http://{address}"))
}

async fn serve_sqs(sqs: Sqs, listener: TcpListener, stopped: impl Future<Output = ()> + Send + 'static) {
    if let Err(error) = sqs.serve(listener, stopped).await {
        tracing::error!(%error, "the SQS endpoint ended");
    }
}

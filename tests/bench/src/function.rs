//! One concurrent execution of a function: its program, started and driven by a Lambda Runtime API on loopback.

use std::{
    collections::HashMap,
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path as Segment, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{lock::lock, process::Usage};

/// Longer than any function's own timeout.
const PATIENCE: Duration = Duration::from_secs(90);

/// What CloudWatch counts for each line in addition to its text.
const LINE_BYTES: usize = 26;

/// A running function. Dropping it ends the process.
#[derive(Debug)]
pub struct Function {
    name: String,
    child: Child,
    work: mpsc::Sender<Invocation>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    /// From just before exec to the first request for work.
    pub started_in: Duration,
}

/// What came of one invocation.
#[derive(Debug)]
pub struct Answer {
    pub body: Bytes,
    /// From handing out the work to the response.
    pub took: Duration,
}

/// A response, or the error that the function reported instead.
type Settled = Result<Answer, Bytes>;

#[derive(Debug)]
struct Invocation {
    payload: Bytes,
    answer: oneshot::Sender<Settled>,
}

/// Since when, and who waits for it.
type UnderWay = (Instant, oneshot::Sender<Settled>);

#[derive(Debug)]
struct Shared {
    work: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    under_way: Mutex<HashMap<String, UnderWay>>,
    first_asked: Mutex<Option<oneshot::Sender<Instant>>>,
    number: AtomicU64,
    written: AtomicU64,
}

impl Function {
    /// Starts a function's program and waits until it asks for work.
    pub async fn start(program: &Path, variables: &[(String, String)]) -> Result<Self> {
        let name = program.display().to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (work, receiver) = mpsc::channel(1);
        let (first_asked, asked) = oneshot::channel();
        let shared = Arc::new(Shared {
            work: tokio::sync::Mutex::new(receiver),
            under_way: Mutex::default(),
            first_asked: Mutex::new(Some(first_asked)),
            number: AtomicU64::default(),
            written: AtomicU64::default(),
        });
        let mut command = command(program, &listener.local_addr()?.to_string(), variables);
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        let before = Instant::now();
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let asked = tokio::select! {
            asked = timeout(PATIENCE, asked) => asked.with_context(|| format!("{name} never asked for work"))??,
            ended = child.wait() => bail!("{name} ended at once ({})", ended?),
        };
        shared.count_output(child.stdout.take());
        shared.count_output(child.stderr.take());
        Ok(Self { name, child, work, shared, server, started_in: asked - before })
    }

    /// Hands the function one event and waits for the response.
    pub async fn invoke(&self, payload: Bytes) -> Result<Answer> {
        let (answer, answered) = oneshot::channel();
        self.work.send(Invocation { payload, answer }).await.ok().context("the function has ended")?;
        let answered =
            timeout(PATIENCE, answered).await.with_context(|| format!("{} does not answer", self.name))??;
        answered.map_err(|error| anyhow::anyhow!("{} failed: {}", self.name, String::from_utf8_lossy(&error)))
    }

    /// What its process has used so far.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id().context("the function has ended")?)
    }

    /// Bytes of log lines and metrics so far, as CloudWatch counts them.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Relaxed)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn command(program: &Path, runtime_api: &str, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
    ]);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .layer(DefaultBodyLimit::disable())
        .with_state(shared);
    // It ends with the function, which then reports that the API does not respond.
    let _ = axum::serve(listener, router).await;
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let asked = Instant::now();
    if let Some(first) = lock(&shared.first_asked).take() {
        let _ = first.send(asked);
    }
    let Some(Invocation { payload, answer }) = shared.work.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let id = format!("00000000-0000-4000-8000-{:012x}", shared.number.fetch_add(1, Ordering::Relaxed));
    let headers = headers(&id);
    lock(&shared.under_way).insert(id, (Instant::now(), answer));
    (headers, payload).into_response()
}

fn headers(id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let values = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
        // Far away: nothing here is measured against it.
        ("lambda-runtime-deadline-ms", "9999999999999"),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}

async fn response(State(shared): State<Arc<Shared>>, Segment(id): Segment<String>, body: Bytes) -> StatusCode {
    shared.settle(&id, |took| Ok(Answer { body, took }))
}

async fn error(State(shared): State<Arc<Shared>>, Segment(id): Segment<String>, body: Bytes) -> StatusCode {
    shared.settle(&id, |_| Err(body))
}

impl Shared {
    fn settle(&self, id: &str, result: impl FnOnce(Duration) -> Settled) -> StatusCode {
        let Some((begun, answer)) = lock(&self.under_way).remove(id) else { return StatusCode::BAD_REQUEST };
        // The caller may have stopped waiting.
        let _ = answer.send(result(begun.elapsed()));
        StatusCode::ACCEPTED
    }

    fn count_output(self: &Arc<Self>, output: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let Some(output) = output else { return };
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
                let bytes = line.len() + LINE_BYTES;
                shared.written.fetch_add(bytes.try_into().unwrap_or_default(), Ordering::Relaxed);
                line.clear();
            }
        });
    }
}

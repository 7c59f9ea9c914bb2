//! What can go wrong with a call to AWS, at random: it is throttled, fails, breaks before or after its effect, or is done in part.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use fastrand::Rng;
use local::{
    stack::Taps,
    tap::{Answer, Call, Hook, Upstream},
};
use serde_json::{Value, json};

/// Decides for each call to AWS what goes wrong with it.
#[derive(Clone)]
pub(super) struct Weather {
    rng: Arc<Mutex<Rng>>,
    is_stormy: Arc<AtomicBool>,
}

pub(super) enum Misfortune {
    Throttled,
    Failing,
    /// The connection breaks before the call has an effect.
    BrokenBefore,
    /// The call has its effect, and its response is lost.
    BrokenAfter,
    /// Half of a batch is done.
    DoneInPart,
}

impl Weather {
    pub fn new(seed: u64) -> Self {
        Self { rng: Arc::new(Mutex::new(Rng::with_seed(seed))), is_stormy: Arc::default() }
    }

    /// Begins or ends a storm; without one, nothing goes wrong.
    pub fn storm(&self, is_stormy: bool) {
        self.is_stormy.store(is_stormy, Ordering::Relaxed);
    }

    pub fn taps(&self) -> Taps {
        Taps { dynamodb: Some(self.hook()), sqs: Some(self.hook()) }
    }

    fn hook(&self) -> Hook {
        let weather = self.clone();
        Arc::new(move |call, upstream| {
            let misfortune = weather.misfortune();
            Box::pin(async move { befall(misfortune, call, upstream).await })
        })
    }

    fn misfortune(&self) -> Option<Misfortune> {
        if !self.is_stormy.load(Ordering::Relaxed) {
            return None;
        }
        match self.rng.lock().unwrap().u32(..100) {
            0..3 => Some(Misfortune::Throttled),
            3..5 => Some(Misfortune::Failing),
            5..7 => Some(Misfortune::BrokenBefore),
            7..9 => Some(Misfortune::BrokenAfter),
            9..30 => Some(Misfortune::DoneInPart),
            _ => None,
        }
    }
}

/// Makes a call, with what goes wrong with it.
pub(super) async fn befall(misfortune: Option<Misfortune>, call: Call, upstream: Upstream) -> Option<Answer> {
    let error = |status, code: &str| Answer { status, body: json!({"__type": code}).to_string().into() };
    match misfortune {
        None => upstream.forward(&call).await,
        Some(Misfortune::Throttled) => Some(error(400, "ThrottlingException")),
        Some(Misfortune::Failing) => Some(error(500, "InternalServerError")),
        Some(Misfortune::BrokenBefore) => None,
        Some(Misfortune::BrokenAfter) => {
            upstream.forward(&call).await;
            None
        }
        Some(Misfortune::DoneInPart) => match call.operation.as_str() {
            "SendMessageBatch" => half_sent(call, upstream).await,
            "BatchWriteItem" => half_written(call, upstream).await,
            _ => upstream.forward(&call).await,
        },
    }
}

/// SQS accepts the first half and names the others as failed, with 200.
async fn half_sent(call: Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).ok()?;
    let entries = body["Entries"].as_array_mut()?;
    let failed = entries.split_off(entries.len().div_ceil(2));
    let mut response = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut json: Value = serde_json::from_slice(&response.body).ok()?;
    let failure = |entry: &Value| json!({"Id": entry["Id"], "Code": "InternalFailure", "SenderFault": false});
    json["Failed"] = failed.iter().map(failure).collect();
    response.body = json.to_string().into();
    Some(response)
}

/// DynamoDB writes the first half and gives the others back, with 200.
async fn half_written(call: Call, upstream: Upstream) -> Option<Answer> {
    let mut body: Value = serde_json::from_slice(&call.body).ok()?;
    let tables = body["RequestItems"].as_object_mut()?;
    let (table, requests) = tables.iter_mut().next()?;
    let requests = requests.as_array_mut()?;
    let left = requests.split_off(requests.len().div_ceil(2));
    let unprocessed = if left.is_empty() { json!({}) } else { json!({table.as_str(): left}) };
    let mut response = upstream.forward(&call.with_body(body.to_string())).await?;
    let mut json: Value = serde_json::from_slice(&response.body).ok()?;
    json["UnprocessedItems"] = unprocessed;
    response.body = json.to_string().into();
    Some(response)
}

//! Kills a process where a story wants it: on the functions' way to DynamoDB and SQS, or during the request to the receiver.

use std::sync::{Arc, Mutex};

use local::{
    stack::{TABLE, Taps},
    tap::{Call, Hook},
};
use serde_json::Value;
use tokio::sync::watch;

use super::waiting::PATIENCE;

/// One call of the functions: what it does to what, and which of several equal calls it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub call: String,
    /// 1 for the first.
    pub occurrence: usize,
}

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The call is never made.
    Before,
    /// The call has its effect, and its response is never seen.
    After,
}

/// How the request to the receiver is listed among the steps.
const REQUEST: &str = "POST endpoint";

/// Sees every call, and holds one forever where the process is to be killed.
#[derive(Clone, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    reached: Arc<watch::Sender<bool>>,
}

#[derive(Default)]
struct State {
    is_armed: bool,
    seen: Vec<Step>,
    fault: Option<(Step, Moment)>,
}

impl Faults {
    /// For the stack's options.
    pub fn taps(&self) -> Taps {
        Taps { dynamodb: Some(self.hook()), sqs: Some(self.hook()) }
    }

    fn hook(&self) -> Hook {
        let faults = self.clone();
        Arc::new(move |call, upstream| {
            let faults = faults.clone();
            Box::pin(async move {
                match faults.pass(&name(&call)) {
                    None => return upstream.forward(&call).await,
                    Some(Moment::Before) => {}
                    Some(Moment::After) => drop(upstream.forward(&call).await),
                }
                faults.reached.send_replace(true);
                std::future::pending().await
            })
        })
    }

    /// From now on calls are recorded, and one of them is held.
    pub fn arm(&self, fault: Option<(Step, Moment)>) {
        *self.state.lock().unwrap() = State { is_armed: true, seen: Vec::new(), fault };
    }

    pub fn disarm(&self) {
        self.state.lock().unwrap().is_armed = false;
    }

    /// The calls recorded.
    pub fn seen(&self) -> Vec<Step> {
        self.state.lock().unwrap().seen.clone()
    }

    /// Records a request to the receiver, and returns whether it must be held.
    pub fn hold_request(&self) -> bool {
        let held = self.pass(REQUEST).is_some();
        if held {
            self.reached.send_replace(true);
        }
        held
    }

    /// Waits until the fault holds its call.
    pub async fn reached(&self, what: &str) {
        let mut reached = self.reached.subscribe();
        let waiting = reached.wait_for(|reached| *reached);
        drop(
            tokio::time::timeout(PATIENCE, waiting)
                .await
                .unwrap_or_else(|_| panic!("this step was not reached within {PATIENCE:?}: {what}")),
        );
    }

    fn pass(&self, call: &str) -> Option<Moment> {
        let mut state = self.state.lock().unwrap();
        if !state.is_armed {
            return None;
        }
        let occurrence = state.seen.iter().filter(|step| step.call == call).count() + 1;
        let step = Step { call: call.to_owned(), occurrence };
        let moment = state.fault.as_ref().filter(|(fault, _)| *fault == step).map(|(_, moment)| *moment);
        state.seen.push(step);
        moment
    }
}

/// `PutItem event`, `SendMessageBatch retry`: the operation, and the kind of item or the queue. Of several items, the first counts.
fn name(call: &Call) -> String {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let object = match call.operation.as_str() {
        "TransactWriteItems" => "webhook",
        "BatchGetItem" => text(&body, &[&format!("/RequestItems/{TABLE}/Keys/0/pk/S")]),
        "BatchExecuteStatement" => inserted(&body).unwrap_or_default(),
        "BatchWriteItem" => {
            let first = body.pointer(&format!("/RequestItems/{TABLE}/0")).unwrap_or(&Value::Null);
            text(first, &["/PutRequest/Item/pk/S", "/DeleteRequest/Key/pk/S"])
        }
        _ => text(&body, &["/IndexName", "/Key/pk/S", "/Item/pk/S", "/ExpressionAttributeValues/:pk/S", "/QueueUrl"]),
    };
    let object = object.rsplit('/').next().and_then(|name| name.split('#').next()).unwrap_or_default();
    format!("{} {}", call.operation, object.to_lowercase())
}

fn text<'v>(value: &'v Value, pointers: &[&str]) -> &'v str {
    pointers.iter().find_map(|pointer| value.pointer(pointer)?.as_str()).unwrap_or_default()
}

/// The partition key that the first statement inserts, among its parameters.
fn inserted(body: &Value) -> Option<&str> {
    let parameters = body.pointer("/Statements/0/Parameters")?.as_array()?;
    let texts = parameters.iter().filter_map(|parameter| parameter["S"].as_str());
    texts.into_iter().find(|text| text.starts_with("EVENT#") || text.starts_with("DELIVERY#"))
}

//! Events published at a steady rate, and how long each took to arrive.

use std::{ops::Range, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{receiver::Receiver, stack::Stack, stats::Spread};

/// When each numbered event was about to be published.
#[derive(Debug)]
pub struct Published {
    first: usize,
    begun: Vec<Instant>,
}

/// Publishes `messages(number)` through the queue with one call at each tick.
pub async fn publish(
    stack: &Stack,
    per_second: u32,
    numbers: Range<usize>,
    messages: impl Fn(usize) -> Vec<String>,
) -> Result<Published> {
    let send = |number| {
        let (sqs, queue, bodies) = (stack.sqs.clone(), stack.ready.event_queue_url.clone(), messages(number));
        async move { sqs.send(&queue, &bodies, 0).await }
    };
    at_a_rate(per_second, numbers, send).await
}

/// Begins `send(number)` at each tick, and never waits for the one before.
pub async fn at_a_rate<F>(per_second: u32, numbers: Range<usize>, send: impl Fn(usize) -> F) -> Result<Published>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (first, mut begun, mut sending) = (numbers.start, Vec::with_capacity(numbers.len()), JoinSet::new());
    for number in numbers {
        ticks.tick().await;
        let call = send(number);
        begun.push(Instant::now());
        sending.spawn(call);
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok(Published { first, begun })
}

impl Published {
    /// From the beginning of each publisher's call until the receiver had the request.
    pub fn until_received_by(&self, receiver: &Receiver) -> Result<Spread> {
        let delays = receiver.arrivals().into_iter().filter_map(|(number, arrived)| {
            let begun = self.begun.get(number.checked_sub(self.first)?)?;
            Some(arrived - *begun)
        });
        Spread::of(delays.collect()).context("nothing was received")
    }
}

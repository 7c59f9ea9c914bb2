//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::message::Kind;

const AFTER_HELP: &str =
    "Region and credentials come from where the AWS CLI finds them: AWS_REGION, AWS_PROFILE, single sign-on \
    and so on.
Needs sqs:ReceiveMessage and sqs:DeleteMessage on the dead-letter queue, sqs:SendMessage and sqs:GetQueueAttributes on the queue, \
    and sqs:GetQueueUrl.
Each line of the output is one JSON object: a message that was moved or left where it was, and at the end how many. Payloads are \
    not shown. It can be stopped and started again at any time.";

/// What to send again, and where.
#[derive(Debug, Parser)]
#[command(
    name = "redrive",
    version,
    about = "Moves messages from a queue's dead-letter queue back to the queue",
    after_long_help = AFTER_HELP
)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    /// SQS's URL, for `cargo local`. Default: AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Move events back to the event queue, each keeping the identity it had
    Events(Moving),
    /// Move first attempts back to the delivery queue
    Deliveries(Moving),
    /// Move retries back to the retry queue. Only those that are more than an hour overdue go on: wait for that
    Retries(Moving),
}

#[derive(Debug, Args)]
pub struct Moving {
    /// The queue to move to (the stack's output `EventQueueUrl`, `DeliveryQueueUrl` or `RetryQueueUrl`). Messages come from the
    /// dead-letter queue that its redrive policy names
    #[arg(long, value_name = "URL")]
    pub queue: String,
    /// Move at most so many. Default: all
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
}

impl Command {
    /// What kind of messages to move, and how.
    #[must_use]
    pub fn parts(self) -> (Kind, Moving) {
        match self {
            Self::Events(moving) => (Kind::Event, moving),
            Self::Deliveries(moving) | Self::Retries(moving) => (Kind::Delivery, moving),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn deliveries_and_retries_are_moved_alike() {
        for (command, expected) in
            [("events", Kind::Event), ("deliveries", Kind::Delivery), ("retries", Kind::Delivery)]
        {
            let options = Options::try_parse_from(["redrive", command, "--queue", "q", "--limit", "3"]).unwrap();
            let (kind, moving) = options.command.parts();
            assert_eq!((kind, moving.queue.as_str(), moving.limit), (expected, "q", Some(3)));
        }
    }
}

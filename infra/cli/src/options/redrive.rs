//! `posthorn redrive`.

use clap::{Args, Subcommand};

use crate::commands::redrive::message::Kind;

const AFTER_HELP: &str =
    "Find and fix the cause first: a message that fails again comes back. The command sends before it deletes, so it can be \
    stopped and started again at any time. Payloads are not shown. The command exits with 1 if it left messages where they are, and says why.
Do not use SQS's own redrive: it gives a message another id, by which Posthorn no longer recognises it.
The command needs sqs:ReceiveMessage and sqs:DeleteMessage on the dead-letter queue, sqs:SendMessage and sqs:GetQueueAttributes \
    on the queue, and sqs:GetQueueUrl.
Region and credentials come from where the AWS CLI finds them: AWS_REGION, AWS_PROFILE, single sign-on and so on.";

#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    /// The URL of SQS, for `cargo local`. Default: AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Move events back to the event queue. Each is delivered once, whatever happened to it before
    Events(Moving),
    /// Move first attempts back to the delivery queue or the slow queue. What was delivered already is not sent again
    Deliveries(Moving),
    /// Move retries back to the retry queue. Each goes on where it stopped
    Retries(Moving),
}

#[derive(Debug, Args)]
pub struct Moving {
    /// The queue to move to, which is the stack's output `EventQueueUrl`, `DeliveryQueueUrl`, `SlowQueueUrl` or `RetryQueueUrl`.
    /// Messages come from the dead-letter queue that its redrive policy names
    #[arg(long, value_name = "URL")]
    pub queue: String,
    /// The most messages to move. Default: all
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
}

impl Command {
    /// What kind of messages to move, and how.
    pub fn parts(self) -> (Kind, Moving) {
        match self {
            Self::Events(moving) => (Kind::Event, moving),
            Self::Deliveries(moving) => (Kind::FirstAttempt, moving),
            Self::Retries(moving) => (Kind::Retry, moving),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{self, tests::parsed};

    #[test]
    fn each_command_moves_its_kind() {
        for (command, expected) in
            [("events", Kind::Event), ("deliveries", Kind::FirstAttempt), ("retries", Kind::Retry)]
        {
            let options = parsed(&format!("posthorn redrive {command} --queue q --limit 3"));
            let options::Command::Redrive(options) = options.command else { panic!("another command") };
            let (kind, moving) = options.command.parts();
            assert_eq!((kind, moving.queue.as_str(), moving.limit), (expected, "q", Some(3)));
        }
    }
}

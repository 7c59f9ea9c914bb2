//! `posthorn deliveries`.

use clap::{Args, Subcommand};

use shared::domain::ids::{DeliveryId, WebhookId};

use super::{API_HELP, ApiOptions, ForAccount, delivery, webhook};

#[derive(Debug, Args)]
#[command(after_long_help = API_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    /// The webhook's id
    #[arg(long, global = true, value_name = "ID", value_parser = webhook)]
    pub webhook: Option<WebhookId>,
    #[command(flatten)]
    pub account: ForAccount,
    #[command(flatten)]
    pub api: ApiOptions,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a webhook's deliveries, newest first
    List {
        /// Only deliveries with these statuses, separated by commas: delivered, retrying, failed, skipped
        #[arg(long)]
        status: Option<String>,
        /// Only deliveries created at this time or later, in RFC 3339
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only deliveries created before this time
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only deliveries of events of these types, separated by commas
        #[arg(long)]
        event: Option<String>,
        /// Only the delivery of this event
        #[arg(long)]
        event_id: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Show a delivery, with its attempts and the body
    Show {
        /// The delivery's id
        #[arg(long, value_parser = delivery)]
        id: DeliveryId,
    },
    /// Attempt a delivery once more, now
    Resend {
        /// The delivery's id
        #[arg(long, value_parser = delivery)]
        id: DeliveryId,
    },
}

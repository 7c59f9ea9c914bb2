//! `posthorn webhooks`.

use clap::{Args, Subcommand};

use shared::domain::ids::WebhookId;

use super::{API_HELP, ApiOptions, ForAccount, webhook};

#[derive(Debug, Args)]
#[command(after_long_help = API_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub account: ForAccount,
    #[command(flatten)]
    pub api: ApiOptions,
}

/// Which webhook.
#[derive(Debug, Args)]
pub struct WebhookOptions {
    /// The webhook's id, which `posthorn webhooks list` shows
    #[arg(long, value_name = "ID", value_parser = webhook)]
    pub id: WebhookId,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the account's webhooks
    List,
    /// Show a webhook
    Show(WebhookOptions),
    /// Create a webhook. Its secret is printed once
    Create {
        #[arg(long)]
        url: String,
        /// Event types, separated by commas
        #[arg(long, required = true, value_delimiter = ',')]
        events: Vec<String>,
        #[arg(long)]
        name: Option<String>,
    },
    /// Change a webhook's URL, event types or name
    Change {
        #[command(flatten)]
        webhook: WebhookOptions,
        #[arg(long)]
        url: Option<String>,
        /// Event types, separated by commas
        #[arg(long, value_delimiter = ',')]
        events: Option<Vec<String>>,
        #[arg(long)]
        name: Option<String>,
    },
    /// Enable a webhook
    Enable(WebhookOptions),
    /// Disable a webhook
    Disable(WebhookOptions),
    /// Delete a webhook
    Delete(WebhookOptions),
    /// Send a test event now and show what came back
    Test {
        #[command(flatten)]
        webhook: WebhookOptions,
        /// The event type. Default: the webhook's first
        #[arg(long)]
        event: Option<String>,
    },
    /// Make a new secret, which is printed once
    RotateSecret {
        #[command(flatten)]
        webhook: WebhookOptions,
        /// How many seconds the old secret goes on signing, next to the new one. Default: a day
        #[arg(long, value_name = "SECONDS")]
        grace: Option<u64>,
    },
}

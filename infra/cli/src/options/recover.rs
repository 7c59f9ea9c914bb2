//! `posthorn recover`.

use clap::Args;

use shared::domain::ids::WebhookId;

use super::{API_HELP, ApiOptions, ForAccount, webhook};

#[derive(Debug, Args)]
#[command(after_long_help = API_HELP)]
pub struct Options {
    /// The webhook's id
    #[arg(long, value_name = "ID", value_parser = webhook)]
    pub webhook: WebhookId,
    /// What was created at this time or later, in RFC 3339
    #[arg(long, value_name = "TIME")]
    pub since: String,
    /// Only what was created before this time. Default: now
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// What to send again, separated by commas: failed, skipped, missing, delivered. Default: failed,skipped
    #[arg(long, value_delimiter = ',')]
    pub include: Option<Vec<String>>,
    /// Only these event types or patterns, separated by commas. Default: all that the webhook wants
    #[arg(long, value_delimiter = ',')]
    pub events: Option<Vec<String>>,
    /// The most deliveries a second, 1 to 100. Default: 10
    #[arg(long)]
    pub rate: Option<u32>,
    /// Only say how much it would be, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub account: ForAccount,
    #[command(flatten)]
    pub api: ApiOptions,
}

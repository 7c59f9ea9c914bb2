//! `posthorn portal`.

use clap::{Args, Subcommand};
use shared::domain::ids::SessionId;

use super::{API_HELP, ApiOptions, ForAccount, session};

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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a link to the account's portal. It works once, within five minutes
    Create {
        /// How many seconds the session lasts, 900 to 604800. Default: 28800
        #[arg(long, value_name = "SECONDS")]
        expires_in: Option<u64>,
        /// Let the session look, but not change anything
        #[arg(long)]
        read_only: bool,
        /// Who it is for; the audit trail names them
        #[arg(long)]
        user: Option<String>,
        /// The page that the link leads to, such as /portal/webhooks/new
        #[arg(long)]
        path: Option<String>,
    },
    /// List the account's open sessions
    List,
    /// End a session
    End {
        /// The session's id, which `create` and `list` show
        #[arg(long, value_name = "ID", value_parser = session)]
        id: SessionId,
    },
}

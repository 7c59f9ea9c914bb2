//! `posthorn accounts`.

use clap::{Args, Subcommand};
use shared::domain::ids::ProfileName;

use super::{AWS_HELP, AccountOptions, TableOptions, profile};

#[derive(Debug, Args)]
#[command(after_long_help = AWS_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub table: TableOptions,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an account. Making it again with the same profile changes nothing
    Create {
        #[command(flatten)]
        of: AccountOptions,
        /// The account's profile, which decides its base path, signature and response format. It cannot be changed later
        #[arg(long, value_name = "NAME", value_parser = profile)]
        profile: ProfileName,
    },
    /// Show an account's profile and how many webhooks it has
    Show {
        #[command(flatten)]
        of: AccountOptions,
    },
}

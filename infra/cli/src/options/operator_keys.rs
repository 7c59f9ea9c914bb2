//! `posthorn operator-keys`.

use clap::{Args, Subcommand};

use super::{AWS_HELP, TableOptions, key_id};

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
    /// Make an operator's key. The key is printed once and cannot be shown again
    Create {
        /// What the key is for
        #[arg(long)]
        name: Option<String>,
        /// How many seconds the key is valid. Without this option it is valid until it is revoked
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS))]
        expires_in: Option<u64>,
    },
    /// List the operators' keys, without the keys themselves
    List,
    /// Revoke a key. The API rejects it from the next request
    Revoke {
        /// The key's id, which `create` and `list` show
        #[arg(long, value_parser = key_id)]
        id: String,
    },
}

/// A year, as for the keys of accounts.
const MAX_SECONDS: u64 = 31_536_000;

//! `posthorn keys`.

use clap::{Args, Subcommand};
use shared::domain::account::key::Scope;

use super::{API_HELP, AccountOptions, ApiOptions, key_id};

#[derive(Debug, Args)]
#[command(after_long_help = API_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub api: ApiOptions,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key. The key is printed once and cannot be shown again
    Create {
        #[command(flatten)]
        of: AccountOptions,
        /// What the key may do, separated by commas: manage (which includes read), publish, read
        #[arg(long, value_name = "SCOPES", required = true, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// What the key is for
        #[arg(long)]
        name: Option<String>,
        /// How many seconds the key is valid. Without this option it is valid until it is revoked
        #[arg(long, value_name = "SECONDS")]
        expires_in: Option<u64>,
    },
    /// List an account's keys, without the keys themselves
    List {
        #[command(flatten)]
        of: AccountOptions,
    },
    /// Revoke a key. The API rejects it from the next request
    Revoke {
        #[command(flatten)]
        of: AccountOptions,
        /// The key's id, which `create` and `list` show
        #[arg(long, value_parser = key_id)]
        id: String,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| format!("valid are: {}", Scope::ALL.map(Scope::as_str).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{self, tests::parsed};

    #[test]
    fn scopes_are_a_list() {
        let options = parsed("posthorn keys create --account acme --scopes manage,publish");
        let options::Command::Keys(Options { command, .. }) = options.command else { panic!("another command") };
        assert!(matches!(command, Command::Create { scopes, .. } if scopes == [Scope::Manage, Scope::Publish]));
    }
}

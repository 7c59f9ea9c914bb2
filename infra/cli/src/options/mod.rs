//! The command line. Each subcommand has a file; what several share is here.

pub mod accounts;
pub mod deliveries;
pub mod events;
pub mod keys;
pub mod operator_keys;
pub mod portal;
pub mod recover;
pub mod redrive;
pub mod verify;
pub mod webhooks;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use shared::domain::{
    ids::{AccountId, DeliveryId, IdError, ProfileName, SessionId, WebhookId},
    profile::registry::Profiles,
};

use crate::output::Format;

const AFTER_HELP: &str =
    "Exit codes: 0 if the command did what it was asked to do, 1 if it failed, 2 if the command line cannot be used.
`posthorn verify` uses them in its own way; see `posthorn verify --help`.
Results go to standard output, errors to standard error.";

/// What every subcommand that asks AWS says at the end of its help.
pub(crate) const AWS_HELP: &str =
    "Region and credentials come from where the AWS CLI finds them: AWS_REGION, AWS_PROFILE, single sign-on and so on.";

/// What every subcommand that calls the API says at the end of its help.
pub(crate) const API_HELP: &str = "The API is called with POSTHORN_URL and POSTHORN_KEY, unless the options say otherwise. An operator's key, which \
`posthorn operator-keys create` makes, may do everything for every account; an account's own key may do what its scopes allow.";

/// What to do, and how to print what comes of it.
#[derive(Debug, Parser)]
#[command(
    name = "posthorn",
    version,
    about = "Operates a Posthorn installation and checks webhook signatures",
    after_long_help = AFTER_HELP
)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,

    /// Print one JSON object a line, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

impl Options {
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, list or revoke operators' keys, directly in the table
    OperatorKeys(operator_keys::Options),
    /// Make, list, change, suspend or delete accounts
    Accounts(accounts::Options),
    /// Make, list or revoke an account's API keys
    Keys(keys::Options),
    /// Manage an account's webhooks
    Webhooks(webhooks::Options),
    /// Publish an event, or look events up
    Events(events::Options),
    /// Look deliveries up, or send one again
    Deliveries(deliveries::Options),
    /// Make links to an account's portal, list its sessions or end them
    Portal(portal::Options),
    /// Send again everything that a webhook missed
    Recover(recover::Options),
    /// Move messages from a dead-letter queue back to its queue
    Redrive(redrive::Options),
    /// Check a webhook's signature, and find the mistake if it does not match
    #[command(long_about = verify::ABOUT)]
    Verify(verify::Options),
}

/// Which table.
#[derive(Debug, Args)]
pub struct TableOptions {
    /// The table's name, which is the stack's output `TableName`. Default: the environment variable `TABLE_NAME`
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,

    /// The URL of `DynamoDB`, for `cargo local`. Default: AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

/// Which API, and with which key.
#[derive(Debug, Clone, Args)]
pub struct ApiOptions {
    /// The API's URL, which is the stack's output `ApiUrl`. Default: the environment variable `POSTHORN_URL`
    #[arg(long, global = true, value_name = "URL")]
    pub api_url: Option<String>,

    /// The file with the API key. Default: the environment variable `POSTHORN_KEY`
    #[arg(long, global = true, value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    /// What `cargo local --ready-file` wrote: its API, with the operator's key
    #[arg(long, global = true, value_name = "FILE")]
    pub local: Option<PathBuf>,
}

/// The account to act for.
#[derive(Debug, Clone, Args)]
pub struct ForAccount {
    /// The account's id, which an operator's key needs. Any other key belongs to one account
    #[arg(long, global = true, value_name = "ID", value_parser = account)]
    pub account: Option<AccountId>,
}

/// Which account.
#[derive(Debug, Args)]
pub struct AccountOptions {
    /// The account's id: letters, digits, '.', '_' and '-'
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: AccountId,
}

fn account(text: &str) -> Result<AccountId, IdError> {
    AccountId::parse(text)
}

fn webhook(text: &str) -> Result<WebhookId, IdError> {
    WebhookId::parse(text)
}

fn delivery(text: &str) -> Result<DeliveryId, IdError> {
    DeliveryId::parse(text)
}

fn session(text: &str) -> Result<SessionId, IdError> {
    SessionId::parse(text)
}

/// An id becomes part of a path, so nothing else may.
fn key_id(text: &str) -> Result<String, &'static str> {
    let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Ok(text.to_owned()) } else { Err("must have 16 hexadecimal digits") }
}

fn profile(text: &str) -> Result<ProfileName, String> {
    let profiles = Profiles::built_in();
    if let Some(profile) = profiles.by_name(text) {
        return Ok(profile.name.clone());
    }
    let names: Vec<&str> = profiles.all().iter().map(|profile| profile.name.as_str()).collect();
    Err(format!("valid are: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// What clap says to arguments that it rejects.
    pub(super) fn rejection(arguments: &str) -> String {
        Options::try_parse_from(arguments.split(' ')).unwrap_err().to_string()
    }

    /// The options in these arguments.
    pub(super) fn parsed(arguments: &str) -> Options {
        Options::try_parse_from(arguments.split(' ')).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn json_is_understood_before_and_after_a_subcommand() {
        for arguments in ["posthorn --json keys list --account acme", "posthorn keys list --account acme --json"] {
            assert_eq!(parsed(arguments).format(), Format::Json, "{arguments}");
        }
        assert_eq!(parsed("posthorn keys list --account acme").format(), Format::Text);
    }

    #[test]
    fn the_help_of_verify_explains_what_it_does() {
        let help = rejection("posthorn verify --help");
        assert!(
            help.contains("tries the usual mistakes") && help.contains("Exit codes: 0 if every signature"),
            "{help}"
        );
    }

    #[test]
    fn a_rejected_value_is_followed_by_what_is_valid() {
        for (arguments, expected) in [
            ("posthorn accounts create --account acme --profile go3", "valid are: awsys, go2, standard"),
            ("posthorn keys create --account acme --scopes read,write", "valid are: manage, publish, read"),
            ("posthorn keys create --account acme", "--scopes"),
            ("posthorn keys list --account a/b", "letters, digits, '.', '_' and '-'"),
            ("posthorn keys revoke --account acme", "--id"),
            ("posthorn keys revoke --account acme --id ..", "16 hexadecimal digits"),
            ("posthorn webhooks delete --id ..", "letters, digits"),
            ("posthorn portal end --id ..", "letters, digits"),
            ("posthorn deliveries show --webhook wh_1 --id ../x", "letters, digits"),
            ("posthorn verify --header webhook-id", "write it as 'name: value'"),
        ] {
            assert!(rejection(arguments).contains(expected), "{arguments}: {}", rejection(arguments));
        }
    }
}

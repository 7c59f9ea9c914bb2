//! The command line.

use clap::{Args, Parser, Subcommand};
use shared::domain::{
    api_key::Scope,
    id::{AccountId, IdError},
    profile::Profiles,
};

const AFTER_HELP: &str =
    "Region and credentials come from where the AWS CLI finds them: AWS_REGION, AWS_PROFILE, single sign-on \
    and so on.
Each line of the output is one JSON object. A key is printed once, by `create`, and cannot be shown again.";

/// What to do, and where.
#[derive(Debug, Parser)]
#[command(name = "keys", version, about = "API keys of a Posthorn installation", after_long_help = AFTER_HELP)]
pub struct Options {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub place: Place,
}

/// Which table.
#[derive(Debug, Args)]
pub struct Place {
    /// The table's name (the stack's output `TableName`). Default: the environment variable `TABLE_NAME`
    #[arg(long, global = true, value_name = "NAME")]
    pub table: Option<String>,

    /// `DynamoDB`'s URL, for `cargo local`. Default: AWS, or what `AWS_ENDPOINT_URL` says
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key, and its account if there is none yet
    Create {
        #[command(flatten)]
        of: OfAccount,
        /// The account's profile: which base path, signature and envelope it has
        #[arg(long, value_parser = profile)]
        profile: String,
        /// What the key may do, separated by commas: manage, publish, read
        #[arg(long, required = true, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
    },
    /// List an account's keys, without the keys themselves
    List {
        #[command(flatten)]
        of: OfAccount,
    },
    /// Revoke a key: it stops at once
    Revoke {
        #[command(flatten)]
        of: OfAccount,
        /// The key's id, as `create` and `list` show it
        #[arg(long)]
        id: String,
    },
}

/// Whose keys.
#[derive(Debug, Args)]
pub struct OfAccount {
    /// The account: letters, digits, '_' and '-'
    #[arg(long, value_parser = account)]
    pub account: AccountId,
}

fn account(text: &str) -> Result<AccountId, IdError> {
    AccountId::parse(text)
}

fn profile(text: &str) -> Result<String, String> {
    let profiles = Profiles::built_in();
    if let Some(profile) = profiles.by_name(text) {
        return Ok(profile.name().to_owned());
    }
    let names: Vec<&str> = profiles.all().iter().map(|profile| profile.name()).collect();
    Err(format!("valid are: {}", names.join(", ")))
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| format!("valid are: {}", Scope::ALL.map(Scope::as_str).join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn refusal(arguments: &str) -> String {
        Options::try_parse_from(arguments.split(' ')).unwrap_err().to_string()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn scopes_are_a_list() {
        let read = "keys create --account acme --profile go2 --scopes manage,publish --table t";
        let options = Options::try_parse_from(read.split(' ')).unwrap();
        assert_eq!(options.place.table.as_deref(), Some("t"));
        assert!(matches!(options.command, Command::Create { scopes, .. } if scopes == [Scope::Manage, Scope::Publish]));
    }

    #[test]
    fn a_bad_value_is_told_what_is_valid() {
        let create = "keys create --account acme";
        for (arguments, told) in [
            (format!("{create} --profile go3 --scopes read"), "valid are: awsys, go2, standard"),
            (format!("{create} --profile go2 --scopes read,write"), "valid are: manage, publish, read"),
            (format!("{create} --profile go2"), "--scopes"),
            ("keys list --account a.b".to_owned(), "letters, digits, '_' and '-'"),
            ("keys revoke --account acme".to_owned(), "--id"),
        ] {
            assert!(refusal(&arguments).contains(told), "{arguments}: {}", refusal(&arguments));
        }
    }
}

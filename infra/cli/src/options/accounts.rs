//! `posthorn accounts`.

use clap::{Args, Subcommand};
use shared::domain::{account::limits::Limit, ids::ProfileName};

use super::{API_HELP, AccountOptions, ApiOptions, profile};

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
    /// Make an account. If it exists with the same profile, its name and limits are changed
    Create {
        #[command(flatten)]
        of: AccountOptions,
        /// The account's profile, which decides its base path, signature and response format. It cannot be changed later
        #[arg(long, value_name = "NAME", value_parser = profile)]
        profile: ProfileName,
        #[command(flatten)]
        standing: StandingOptions,
    },
    /// List all accounts
    List,
    /// Show an account
    Show {
        #[command(flatten)]
        of: AccountOptions,
    },
    /// Change an account's name or limits
    Change {
        #[command(flatten)]
        of: AccountOptions,
        #[command(flatten)]
        standing: StandingOptions,
    },
    /// Reject an account's keys and send nothing for it, until it is activated. Nothing of it is lost
    Suspend {
        #[command(flatten)]
        of: AccountOptions,
    },
    /// End the suspension of an account
    Activate {
        #[command(flatten)]
        of: AccountOptions,
    },
    /// Delete an account and erase everything it has. This cannot be undone
    Delete {
        #[command(flatten)]
        of: AccountOptions,
    },
}

/// What is said of an account.
#[derive(Debug, Args)]
pub struct StandingOptions {
    /// A name for people
    #[arg(long)]
    pub name: Option<String>,
    /// A limit, such as `requestsPerSecond=100`, or `requestsPerSecond=default`. Repeat it for each limit
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    pub limits: Vec<(Limit, Option<u32>)>,
}

fn limit(text: &str) -> Result<(Limit, Option<u32>), String> {
    let names = Limit::ALL.map(Limit::as_str).join(", ");
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    let limit = Limit::parse(name).ok_or_else(|| format!("'{name}' is not a limit; valid are: {names}"))?;
    if value == "default" {
        return Ok((limit, None));
    }
    let value = value.parse().ok().filter(|value| limit.allows(*value));
    let value = value.ok_or_else(|| format!("{name} must be a whole number from 1 to {}, or default", limit.max()))?;
    Ok((limit, Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_name_and_a_value_within_its_range() {
        for (text, expected) in [
            ("webhooks=5", Ok((Limit::Webhooks, Some(5)))),
            ("webhooks=default", Ok((Limit::Webhooks, None))),
            ("webhooks=101", Err("webhooks must be a whole number from 1 to 100, or default")),
            ("webhooks", Err("write it as NAME=VALUE")),
            (
                "emails=1",
                Err("'emails' is not a limit; valid are: webhooks, eventsPerSecond, requestsPerSecond, testsPerMinute"),
            ),
        ] {
            assert_eq!(limit(text), expected.map_err(str::to_owned), "{text}");
        }
    }
}

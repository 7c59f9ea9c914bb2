//! The command line.

use std::net::{AddrParseError, SocketAddr};
use std::path::PathBuf;

use clap::Parser;
use shared::domain::ids::AccountId;

use crate::sqs::MAX_IN_FLIGHT;

const ABOUT: &str = "Posthorn on this machine, without AWS.

Starts DynamoDB, SQS, the management API and the three functions in one process, on loopback only, and shows the main \
job: a receiver of its own, a webhook for each profile, one event each through the event queue, the signed requests \
as received and verified, the delivery log. Then it keeps running until Ctrl-C.

When ready it prints one line of JSON on standard output: the addresses, the queue URLs, the table's name and an API \
key for each profile. Everything else goes to standard error.";

const AFTER_HELP: &str =
    "The SQS and DynamoDB endpoints work with any AWS SDK or CLI of 2024 or later: region us-east-1, any credentials.
Webhooks may point at 127.0.0.0/8 and ::1, over http too, unless ALLOWED_TARGETS is set in the environment.";

/// What the process was asked to do.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo local", version, about = "Posthorn on this machine, without AWS", long_about = ABOUT, after_long_help = AFTER_HELP)]
pub struct Options {
    /// Where the management API listens. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787", value_parser = loopback)]
    pub api_addr: SocketAddr,

    /// Where the SQS endpoint listens. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8788", value_parser = loopback)]
    pub sqs_addr: SocketAddr,

    /// Where the DynamoDB endpoint listens. Port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8789", value_parser = loopback)]
    pub dynamodb_addr: SocketAddr,

    /// Keep the table in this directory, which is created if needed. Default: in memory, gone at the end.
    /// The queues are always in memory, and every start makes new API keys
    #[arg(long, value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,

    /// Multiply every retry delay by this, to see retries sooner: 0.01 turns 5 minutes into 3 seconds. A delay is at
    /// least 1 s, and what a receiver asks for with Retry-After is not scaled
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = scale)]
    pub retry_scale: f64,

    /// Let no more than this number of messages be in flight in the retry queue, to see whom a full quota delays.
    /// SQS's own quota, and the default, is 120000
    #[arg(long, value_name = "MESSAGES", value_parser = in_flight)]
    pub retry_in_flight: Option<usize>,

    /// Send operational events (a webhook was disabled, an event was rejected and so on) to this account, for instance
    /// `standard-demo`. Its profile must be `standard`
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub operations_account: Option<String>,

    /// Only start; show nothing
    #[arg(long)]
    pub no_demo: bool,

    /// Also write the line of JSON to this file, once everything is ready. The file appears complete or not at all
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .replace("localhost:", "127.0.0.1:")
        .parse()
        .map_err(|error: AddrParseError| format!("{error}: write an address and a port, such as 127.0.0.1:8787"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("only loopback is served (127.0.0.0/8 or [::1]): the endpoints for SQS and DynamoDB check no credentials"
        .into())
}

fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor > 0.0 && factor <= 1_000.0 => Ok(factor),
        _ => Err("write a number over 0 and up to 1000, such as 0.01".into()),
    }
}

fn account(text: &str) -> Result<String, String> {
    match AccountId::parse(text) {
        Ok(account) => Ok(account.to_string()),
        Err(error) => Err(format!("an account's id {error}, such as standard-demo")),
    }
}

fn in_flight(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(messages) if (1..=MAX_IN_FLIGHT).contains(&messages) => Ok(messages),
        _ => Err(format!("write a whole number from 1 to {MAX_IN_FLIGHT}, such as 1500")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["local"], arguments].concat())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_loopback_without_scaling_in_memory_and_with_the_demonstration() {
        let options = parse(&[]).unwrap();
        assert_eq!(options.api_addr.to_string(), "127.0.0.1:8787");
        assert!(options.data_dir.is_none() && options.ready_file.is_none() && !options.no_demo);
        assert!((options.retry_scale - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn an_address_other_machines_can_reach_is_refused() {
        for address in ["0.0.0.0:8787", "192.168.1.4:8787", "[::]:8787", "8787", "example.com:80"] {
            for flag in ["--api-addr", "--sqs-addr", "--dynamodb-addr"] {
                assert!(parse(&[flag, address]).is_err(), "{flag} {address}");
            }
        }
        for address in ["127.0.0.1:0", "127.8.8.8:80", "[::1]:8787", "localhost:8787"] {
            assert!(parse(&["--api-addr", address]).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_retry_scale_that_is_no_positive_number_is_refused() {
        for factor in ["0", "-1", "nan", "inf", "1001", "x"] {
            assert!(parse(&["--retry-scale", factor]).is_err(), "{factor}");
        }
    }

    #[test]
    fn an_operations_account_has_an_accounts_id() {
        let options = parse(&["--operations-account", "standard-demo"]).unwrap();
        assert_eq!(options.operations_account.as_deref(), Some("standard-demo"));
        assert!(parse(&["--operations-account", "no account"]).is_err());
    }

    #[test]
    fn a_quota_in_flight_is_what_sqs_could_have() {
        assert_eq!(parse(&["--retry-in-flight", "1500"]).unwrap().retry_in_flight, Some(1_500));
        for messages in ["0", "-1", "120001", "1.5", "many"] {
            assert!(parse(&["--retry-in-flight", messages]).is_err(), "{messages}");
        }
    }
}

//! `posthorn events`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{API_HELP, ApiOptions, ForAccount};

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
    /// Publish an event
    Publish {
        /// The event type
        #[arg(long)]
        event: String,
        /// The event's data, as JSON
        #[arg(long, value_name = "JSON", required_unless_present = "data_file", conflicts_with = "data_file")]
        data: Option<String>,
        /// The file with the event's data, as JSON; `-` is standard input
        #[arg(long, value_name = "FILE")]
        data_file: Option<PathBuf>,
        /// The event's id, by which a repetition is recognised
        #[arg(long)]
        id: Option<String>,
        /// When it happened, in RFC 3339. Default: when the queue gets it
        #[arg(long, value_name = "TIME")]
        timestamp: Option<String>,
    },
    /// List events, newest first
    List {
        /// Only events of these types, separated by commas
        #[arg(long)]
        event: Option<String>,
        /// Only events stored at this time or later, in RFC 3339
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only events stored before this time
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Show an event, with what became of it at each webhook
    Show {
        /// The event's id
        #[arg(long)]
        id: String,
    },
}

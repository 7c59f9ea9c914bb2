//! `posthorn accounts`: makes and shows accounts, directly in the table.

use std::io::Write;

use serde_json::json;
use shared::domain::ids::{AccountId, ProfileName};

use crate::{
    options::{
        AccountOptions,
        accounts::{Command, Options},
    },
    output::{NotWritten, Output},
    table::{Made, Table, TableError},
};

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

pub(crate) async fn run(options: Options, output: &mut Output<'_, impl Write>) -> Result<(), AccountsError> {
    let table = Table::connect(options.table).await?;
    match options.command {
        Command::Create { of: AccountOptions { account }, profile } => create(&table, &account, &profile, output).await,
        Command::Show { of: AccountOptions { account } } => show(&table, &account, output).await,
    }
}

async fn create(
    table: &Table,
    account: &AccountId,
    profile: &ProfileName,
    output: &mut Output<'_, impl Write>,
) -> Result<(), AccountsError> {
    let made = table.make_account(account, profile).await?;
    let text = match made {
        Made::Now => format!("Account {account} was created with the profile {profile}."),
        Made::Before => format!("Account {account} exists already, with the profile {profile}."),
    };
    let json = json!({ "account": account, "profile": profile, "created": made == Made::Now });
    Ok(output.show(&text, &json)?)
}

async fn show(table: &Table, account: &AccountId, output: &mut Output<'_, impl Write>) -> Result<(), AccountsError> {
    let found = table.account(account).await?;
    let webhooks = found.routes.len();
    let text = format!("Account {account} has the profile {} and {webhooks} webhooks.", found.profile);
    Ok(output.show(&text, &json!({ "account": account, "profile": found.profile, "webhooks": webhooks }))?)
}

//! The operator's command for API keys: `keys create`, `keys list`, `keys revoke`.
//!
//! A key belongs to one account and is stored as its hash: it is shown once, by `create`, and can only be revoked and replaced.

pub mod command;
pub mod connect;
pub mod error;
pub mod options;

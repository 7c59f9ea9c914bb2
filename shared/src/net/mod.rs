//! HTTP to the outside: one request in and one outcome out, to vetted addresses only.
//!
//! A [`sender`] takes a kept socket from its `pool` or has a `connection` made, to addresses that the [`resolver`] vetted. `exchange`
//! sends a `request`'s bytes and reads with `response` what comes back; `failure` puts into words what went wrong. The AWS SDK has a
//! client of its own ([`aws_http`]), with the same TLS configuration.

pub mod aws_http;
mod broken;
mod connection;
mod exchange;
mod failure;
mod pool;
mod request;
pub mod resolver;
mod response;
pub mod sender;
mod tls;

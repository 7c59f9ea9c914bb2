//! HTTP to the outside: one TLS configuration, one resolver that dials only vetted addresses, one request in and one outcome out.

pub mod aws_http;
mod failure;
pub mod resolver;
pub mod sender;
mod tls;

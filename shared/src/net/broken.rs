//! An exchange that brought no response.

use std::io;

use domain::attempt::outcome::ProtocolFault;

/// An exchange that ended before a response's head had come.
#[derive(Debug)]
pub(super) struct Broken {
    pub received: Vec<u8>,
    pub end: Ended,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Ended {
    Closed,
    Failed(io::Error),
    Unreadable(ProtocolFault),
}

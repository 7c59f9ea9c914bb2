//! What a change to a webhook found.

use domain::webhook::Webhook;

/// What changing a webhook found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The webhook as it now is.
    Yes(Box<Webhook>),
    /// Another change was first: the webhook is not what it was when it was read.
    Lost,
    /// There is no such webhook.
    Gone,
}

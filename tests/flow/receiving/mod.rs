//! What receivers do: verify signatures with code that is not ours, follow a rotation of the secret, or misbehave.

mod guides;
mod hostile;
mod rotation;
mod snippets;

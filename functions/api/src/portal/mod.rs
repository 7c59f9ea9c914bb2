//! The portal: pages for a platform's customers, below `/portal`. Everything works without the script.
//!
//! A request takes this way:
//! 1. [`router`] finds its row in the [`table`]. A form must come from a page of this site ([`guard`]).
//! 2. [`visit`] finds the session behind the [`cookie`], and makes the caller that actions know.
//! 3. The session must have the right, and the form must have been made for it ([`guard`]).
//! 4. The row's handler in [`pages`] calls the [`crate::actions`] that routes call too, and fills its template in.
//! 5. [`headers`] adds what every answer has. What went wrong becomes a page of [`problem`].
//!
//! # How to add a page
//! - A template in `templates/` that extends `base.html`, and a struct for it that has a field `frame`: [`frame::Frame`].
//! - A pure builder from domain values to that struct, with tests.
//! - A handler `async fn(Arc<Api>, Visit) -> Result<Reply, ApiError>`. It has the account in [`visit::Visit::caller`], ids in
//!   [`visit::Visit::webhook_id`] and so on, the query in [`asked::Asked::query`], and a form's fields in [`visit::Visit::form`].
//! - A row in [`table::ROWS`]: `page`, `form` for what answers with 303, or `showing` for what answers with a secret.
//!
//! A form has two hidden fields, `session` with [`frame::Frame::session`] and `key` with the frame's `key`. What only a session with the
//! right to act may see stands behind [`frame::Frame::may_change`]. An error is a page already: return it. A form that was refused is the
//! handler's own page, with what was typed and [`reply::Reply::with_status`] 400.

pub(crate) mod asked;
mod assets;
mod cookie;
pub mod doors;
mod enter;
pub(crate) mod form;
pub(crate) mod frame;
mod guard;
mod headers;
pub(crate) mod look;
mod once;
pub(crate) mod pager;
mod pages;
mod problem;
pub(crate) mod reply;
pub(crate) mod router;
mod table;
pub(crate) mod visit;
pub(crate) mod words;

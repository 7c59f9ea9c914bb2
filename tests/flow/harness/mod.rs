//! What the stories are made of: a platform, its customers, and receivers that follow a script.
//!
//! The stories depend on the harness, and the harness on no story.

pub mod authority;
mod browser;
mod customer;
pub mod dns;
mod external;
mod faults;
mod gate;
mod job;
mod logs;
mod platform;
mod queues;
mod receiver;
mod request;
mod response;
mod scene;
mod table;
mod waiting;
mod wire;

pub use browser::{Browser, Page};
pub use customer::{Customer, path_of, recovery_path, since_an_hour};
pub use external::External;
pub use faults::{Faults, Moment, Step};
pub use gate::Gate;
pub use job::job;
pub use logs::{MARKER, audit_lines, leaks_in};
pub use platform::Platform;
pub use receiver::{Receiver, Reply};
pub use request::Request;
pub use response::Response;
pub use scene::Scene;
pub use table::failed;
pub use waiting::{FOREVER, PATIENCE, eventually};
pub use wire::Wire;

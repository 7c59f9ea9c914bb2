//! Looking an event up, catching up, and sending again what was missed.

mod accounts;
mod event_log;
mod filters;
mod missing;
mod orders;
mod recoveries;
mod resend;

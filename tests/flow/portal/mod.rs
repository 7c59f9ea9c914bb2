//! The portal: who gets in, and what is turned away.

mod doors;
mod entering;
mod forms;
mod sessions;

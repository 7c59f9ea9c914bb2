//! No request goes to an address that is not public, however it is spelled or resolved: at every door, by a table that is not
//! the product's own.

mod doors;
mod judged;
mod names;
mod spellings;
mod table;

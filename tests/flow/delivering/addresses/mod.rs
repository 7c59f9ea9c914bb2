//! No request goes to an address that is not public, in any spelling and behind any name. Every door is checked against a table
//! that is not the product's own.

mod denied;
mod doors;
mod names;
mod policy;
mod spellings;
mod table;

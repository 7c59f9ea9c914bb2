//! Operators: accounts, keys and limits; suspension and deletion; and who did what.

mod accounts;
mod audit;
mod deletion;
mod doors;
mod limits;
mod notices;
mod suspension;

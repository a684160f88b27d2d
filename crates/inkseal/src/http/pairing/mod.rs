//! The second screen of a counter.

pub mod open;

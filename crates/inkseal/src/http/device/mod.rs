//! Devices at which officers log in.

pub mod add;
pub mod enrolment;
pub mod list;
pub mod removal;

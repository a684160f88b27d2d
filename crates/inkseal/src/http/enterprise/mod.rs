//! Enterprises of the register.

pub mod agent;
pub mod cancellation;
pub mod change;
pub mod check;
pub mod payment;
pub mod register;
pub mod seal;
pub mod view;

//! Persons of the register.

pub mod cancellation;
pub mod change;
pub mod check;
pub mod consent;
pub mod merger;
pub mod password;
pub mod photo;
pub mod register;
pub mod view;

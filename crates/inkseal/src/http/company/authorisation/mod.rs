//! Standing authorisations to set a company's seal unseen.

pub mod create;
pub mod list;
pub mod revoke;
pub mod view;

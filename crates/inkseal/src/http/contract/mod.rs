//! An integrator's contracts.

pub mod create;
pub mod evidence;
pub mod finished;
mod keyword;
pub mod link;
pub mod list;
pub mod schema;
pub mod seal;
pub mod set;
pub mod view;
pub mod withdraw;

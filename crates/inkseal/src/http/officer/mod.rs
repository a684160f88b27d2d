//! Officers and clerks: appointed by the integrator, and at work with signers.

pub mod appoint;
pub mod evidence;
pub mod list;
pub mod login;
pub mod pairing;
pub mod removal;
pub mod session;
pub mod sitting;
pub mod view;

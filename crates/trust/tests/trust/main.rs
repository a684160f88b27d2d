//! What the trust service promises: nothing unrecorded is signed, and no record is
//! rewritten unseen.

mod append;
mod certificates;
mod damage;
mod faults;
mod house;
mod log;
mod revocation;
mod witness;

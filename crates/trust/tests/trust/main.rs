//! What the trust service promises: nothing unrecorded is signed, and no record is
//! rewritten unseen.

mod addresses;
mod append;
mod attack;
mod ceremony;
mod certificates;
mod damage;
mod faults;
mod house;
mod log;
#[path = "../../../pki/tests/pki/openssl.rs"]
mod openssl;
mod requests;
mod revocation;
mod witness;

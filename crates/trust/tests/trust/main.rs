//! What the trust service promises: nothing unrecorded is signed, and no record is
//! rewritten unseen.

mod addresses;
mod append;
mod attack;
mod ceremony;
mod certificates;
mod clock;
mod damage;
mod external;
mod faults;
mod house;
mod log;
mod ntp;
#[path = "../../../pki/tests/pki/openssl.rs"]
mod openssl;
mod presigned;
mod requests;
mod revocation;
mod stamps;
mod witness;

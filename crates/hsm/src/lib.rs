//! Key modules outside of the process: keys that sign and never leave their device.
//!
//! Two implementors of [`crypto::KeyModule`]:
//!
//! 1. [`Pkcs11`]: a token behind a PKCS#11 library, for P-256 and RSA. It makes keys.
//! 2. [`Sdf`]: a cryptographic machine behind a vendor's library of the interface
//!    GM/T 0018, for SM2. Its keys are made with the vendor's tools and have numbers.
//!
//! `sessions` is what both have in common: a bounded set of sessions that is renewed as
//! one when the device was restarted, and a call that is then tried once more. What is
//! signed is always hashed here; the device sees a digest.

mod error;
mod pin;
mod pkcs11;
mod sdf;
mod sessions;

pub use error::ModuleError;
pub use pin::Pin;
pub use pkcs11::{Pkcs11, Pkcs11Settings};
pub use sdf::{Sdf, SdfSettings};

//! What this crate promises, against `SoftHSM2` and against a machine in software behind
//! the C interface of GM/T 0018.

mod desk;
mod pkcs11;
mod plug;
mod restart;
mod sdf;
mod token;

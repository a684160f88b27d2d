//! What this crate promises, checked against the vectors of the standards, against
//! OpenSSL, and against changes of every byte.

mod bare;
mod capture;
mod desk;
mod digests;
mod envelopes;
mod key_store;
mod keys;
mod macs;
mod modules;
mod openssl;
mod passwords;
mod readers;
mod sealing;
mod signatures;

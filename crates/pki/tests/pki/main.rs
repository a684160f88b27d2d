//! What this crate promises to others, checked against OpenSSL and against changes of
//! every byte.

mod certificates;
mod changes;
mod draft;
mod house;
mod lint;
mod messages;
mod openssl;
mod others;
mod paths;
mod pkits;
mod requests;
mod revocation_crl;
mod revocation_judge;
mod revocation_ocsp;
mod taken_apart;
mod timestamps;

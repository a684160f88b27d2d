//! Timestamps (RFC 3161), the asking and the issuing side, with any hash of
//! [`crypto::Hash`], SM3 too.

mod request;
mod response;
mod time;
mod token;
mod tsa;

pub use request::{Rejection, Request};
pub use response::{read_response, response};
pub use token::Token;
pub use tsa::Tsa;

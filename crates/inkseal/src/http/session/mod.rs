//! A signer's visit.

pub mod code;
pub mod file;
pub mod open;
pub mod page;
pub mod read;
pub mod refuse;
pub mod submit;
pub mod text;
pub mod view;

//! A signer's visit.

pub mod arriving;
pub mod code;
pub mod consent;
pub mod evidence;
pub mod file;
pub mod identity;
pub mod open;
pub mod page;
pub mod password;
pub mod pickup;
pub mod read;
pub mod refuse;
pub mod room;
pub mod sitting;
pub mod submit;
pub mod text;
pub mod view;

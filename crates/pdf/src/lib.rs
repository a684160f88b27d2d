//! Reads, signs and verifies PDF files; renders pages and finds text in them.
//!
//! How data flows when a file is signed: [`Base::read`] refuses what cannot be signed
//! safely and keeps the little that must be known for appending. [`prepare`] lays out an
//! increment for a [`Field`] with its [`Appearance`] at its [`Placement`]s;
//! [`Prepared::digest`] continues the digest state of the unchanged file over it;
//! [`Prepared::embed`] puts the CMS message in and gives the [`Base`] for the next
//! signature. All of it takes time linear in the increment, not in the file.
//!
//! And when it is judged: [`verify`] takes the bytes and the trust anchors, and nothing of
//! the above but the reader of objects.
//!
//! Everything here works on bytes alone: no I/O, no clock, no randomness. The same
//! input gives the same bytes.

mod across;
mod appearance;
mod base;
mod date;
mod demands;
mod door;
mod error;
mod geometry;
mod increment;
mod object;
mod parse;
mod permissions;
mod policy;
mod prepare;
mod reader;
mod render;
mod stored;
mod text;
mod validation;
pub mod verify;

pub use across::across_pages;
pub use appearance::{Appearance, Font, Label, LabelSide, Picture};
pub use base::Base;
pub use error::PdfError;
pub use geometry::Placement;
pub use policy::Policy;
pub use prepare::{Certify, Field, Place, Prepared, prepare, prepare_timestamp};
pub use render::{page_count, page_png};
pub use stored::Stored;
pub use text::{Align, Keyword, Occurrence, Side, TextLine, find_text, page_text};
pub use validation::{Embedded, ValidationData, add_validation_data, signatures};

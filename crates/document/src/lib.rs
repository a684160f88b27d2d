//! Contracts from templates: Typst and JSON to PDF/A-2b.
//!
//! Data flows one way. [`Template::render`] validates the JSON against the
//! template's schema, refuses characters that the [`Fonts`] cannot show, hands the
//! data to the template as values (never as markup), lays it out, and exports a PDF
//! whose bytes depend on nothing but template, fonts and data. The signature slots
//! that the template laid out come back as [`Anchor`]s.
//!
//! Files are read when [`Fonts`] and [`Template`]s are loaded and never again: a
//! template sees only its own folder, no packages, no network and no clock.
//!
//! [`seal_picture`] draws a company seal with the same fonts.

#![forbid(unsafe_code)]

mod anchor;
mod data;
mod fonts;
mod press;
mod seal;
mod template;
mod world;

pub use anchor::Anchor;
pub use data::{DataError, MAX_DATA_BYTES};
pub use fonts::{FontError, Fonts};
pub use seal::{SealError, seal_picture};
pub use template::{Document, RenderError, Role, Template, TemplateError, Title};

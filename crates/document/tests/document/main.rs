//! What a template and its data promise, judged on the real contract and the real
//! fonts, by other people's tools where the promise is about PDF.

mod archive;
mod bench;
mod characters;
mod determinism;
mod fields;
mod money;
mod raster;
mod room;
mod schedule;
mod seal;
mod slots;
mod templates;
mod text;

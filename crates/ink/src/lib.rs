//! Handwriting: what a pen, a finger or a mouse did, and how it looks on paper.
//!
//! Data flows one way. [`Handwriting::parse`] takes the JSON of a signing page
//! and admits only what is finite, ordered and small; [`Handwriting::outline`]
//! draws it: samples are thinned and smoothed, each gets the width of the nib at
//! that instant (by pressure, or by speed where the device measures none), and
//! the swept nib becomes filled polygons for a PDF page.
//!
//! Where the samples themselves are nobody's business, a [`Drawing`] stands for them:
//! the path of the nib and its width, with no time and no pressure in it.
//! [`Handwriting::drawing`] makes one; a signing page does the same before it seals
//! the samples, and [`Drawing::outline`] draws what it sends.
//!
//! [`hand`] goes the other way for demonstrations and tests: from the stroke
//! medians of characters to samples that a person might have written.
//!
//! Nothing here does I/O or keeps state, and no input makes it panic.

#![forbid(unsafe_code)]

mod drawing;
pub mod hand;
mod handwriting;
mod nib;
mod outline;
mod plane;
mod sweep;
mod thin;

pub use drawing::Drawing;
pub use handwriting::{
    Handwriting, InkError, MAX_BYTES, MAX_DURATION_MS, MAX_EXTENT, MAX_SAMPLES, MAX_STROKES,
    Pointer, Sample,
};
pub use outline::Outline;

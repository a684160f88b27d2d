//! A hand that writes: test handwriting from the medians of printed characters.
//!
//! The medians say where a stroke goes, not how a person writes it. This module
//! adds what a person adds: strokes that rise to the right and lean, corners that
//! are cut, no two characters of one size, a pen that slows in bends and at
//! ends, presses where it slows, and sometimes does not lift between strokes.
//! It makes demonstrations and tests look alive; it proves nothing about anyone.

mod body;
mod motion;
mod shape;

use serde::Deserialize;

use crate::handwriting::{Handwriting, InkError, MAX_STROKES, Pointer};
use crate::plane::Point;

/// Middle lines of a character's strokes, in the order of writing, as npm's
/// `hanzi-writer-data` has them: 0 to 1024 to the right, -124 to 900 upwards.
#[derive(Clone, Debug, Deserialize)]
pub struct Medians {
    /// One polyline a stroke.
    pub medians: Vec<Vec<[f32; 2]>>,
}

/// Writes the characters in one line from left to right, with a stylus that
/// reads 120 samples a second. The same seed gives the same handwriting.
///
/// # Errors
/// As [`Handwriting::new`], when there is no stroke, too much of everything, or
/// coordinates that are no numbers.
pub fn from_medians(chars: &[Medians], seed: u64) -> Result<Handwriting, InkError> {
    let strokes: usize = chars.iter().map(|c| c.medians.len()).sum();
    let points: usize = chars.iter().flat_map(|c| &c.medians).map(Vec::len).sum();
    if strokes > MAX_STROKES || points > MAX_STROKES * 50 {
        return Err(InkError::Strokes(strokes));
    }
    let mut body = body::Body::new(seed);
    let mut lines: Vec<Vec<shape::Line>> = Vec::new();
    let mut left = shape::MARGIN;
    for medians in chars {
        let (character, right) = shape::character(medians, left, &mut body);
        left = right;
        lines.push(character);
    }
    let written = motion::write(&lines, &mut body);
    Handwriting::new(
        Pointer::Pen,
        left + shape::MARGIN,
        shape::AREA_HEIGHT,
        written,
    )
}

/// Whether a polyline can be written at all.
fn usable(median: &[Point]) -> bool {
    median.len() >= 2
        && median
            .iter()
            .flatten()
            .all(|v| v.is_finite() && v.abs() <= 4096.0)
}

//! The drawn signature: filled polygons in a tight box.

use crate::drawing::Drawing;
use crate::handwriting::Handwriting;
use crate::nib::{Nib, character_size, traces};
use crate::plane::Point;
use crate::sweep::sweep;
use crate::thin::thin;

/// Deviation that nobody sees, against a character's size: a character 45 pt
/// high deviates by a twentieth of a point.
const TOLERANCE: f32 = 0.0011;
/// Most points of one outline; beyond it the drawing gets coarser.
const MAX_POINTS: usize = 20_000;

/// What handwriting looks like, ready to be filled with the nonzero rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Width of the tight box, in CSS pixels, above 0.
    pub width: f32,
    /// Height of the tight box, in CSS pixels, above 0.
    pub height: f32,
    /// Closed polygons of at least three points, all of one orientation; the
    /// origin is the lower left corner of the box and y points up.
    pub polygons: Vec<Vec<[f32; 2]>>,
}

impl Handwriting {
    /// Draws the handwriting. Time is linear in the samples. An ordinary
    /// character has about 150 points; hostile input stays below 50,000.
    pub fn outline(&self) -> Outline {
        let size = character_size(self.points());
        outline(&traces(self, size), size)
    }
}

impl Drawing {
    /// The area that the nib covered. Bounds as for [`Handwriting::outline`].
    pub fn outline(&self) -> Outline {
        let size = character_size(self.points());
        outline(self.traces(), size)
    }
}

/// The area that traces cover, of characters of this size.
fn outline(traces: &[Vec<Nib>], size: f32) -> Outline {
    let swept: Vec<Vec<Point>> = traces.iter().flat_map(|trace| sweep(trace)).collect();
    let mut tolerance = size * TOLERANCE;
    let mut polygons: Vec<Vec<Point>> = swept.iter().map(|p| thin(p, tolerance)).collect();
    while polygons.iter().map(Vec::len).sum::<usize>() > MAX_POINTS && tolerance < size {
        tolerance *= 2.0;
        polygons = polygons.iter().map(|p| thin(p, tolerance)).collect();
    }
    polygons.retain(|p| p.len() >= 3);
    boxed(polygons)
}

/// Moves the origin to the lower left corner and turns y up.
fn boxed(mut polygons: Vec<Vec<Point>>) -> Outline {
    let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
    for p in polygons.iter().flatten() {
        low = [low[0].min(p[0]), low[1].min(p[1])];
        high = [high[0].max(p[0]), high[1].max(p[1])];
    }
    for p in polygons.iter_mut().flatten() {
        *p = [p[0] - low[0], high[1] - p[1]];
    }
    let side = |i: usize| (high[i] - low[i]).max(f32::MIN_POSITIVE);
    Outline {
        width: side(0),
        height: side(1),
        polygons,
    }
}

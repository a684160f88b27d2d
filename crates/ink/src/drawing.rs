//! How handwriting looks, without how it was made: what a signing page shows a server
//! that must not learn the samples.

use serde::{Deserialize, Serialize};

use crate::handwriting::{
    Handwriting, InkError, MAX_BYTES, MAX_EXTENT, MAX_SAMPLES, MAX_STROKES, Pointer,
};
use crate::nib::{Nib, character_size, traces};
use crate::plane::Point;

/// Widest nib, in CSS pixels from its middle.
const WIDEST: f32 = 200.0;

/// The path of a round nib, stroke by stroke: where it was and how wide, at distances
/// that tell nothing of speed.
///
/// Every value holds what [`parse`](Self::parse) promises: at least one stroke, no empty
/// stroke, finite numbers in range.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Form")]
pub struct Drawing {
    pointer: Pointer,
    traces: Vec<Vec<Nib>>,
}

/// Its JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    pointer: Pointer,
    strokes: Vec<Vec<[f32; 3]>>,
}

impl From<Drawing> for Form {
    fn from(drawing: Drawing) -> Self {
        let point = |n: &Nib| [n.at[0], n.at[1], n.radius];
        let stroke = |trace: &Vec<Nib>| trace.iter().map(point).collect();
        Self {
            pointer: drawing.pointer,
            strokes: drawing.traces.iter().map(stroke).collect(),
        }
    }
}

impl Drawing {
    /// Reads the JSON of a signing page: `{"pointer":"pen|touch|mouse",
    /// "strokes":[[[x,y,radius],…],…]}`, in CSS pixels, y downwards. Unknown members,
    /// missing ones and numbers out of range are refused, nothing is repaired.
    pub fn parse(json: &[u8]) -> Result<Self, InkError> {
        if json.len() > MAX_BYTES {
            return Err(InkError::TooLong(json.len()));
        }
        let form: Form = serde_json::from_slice(json).map_err(|e| InkError::Form(e.to_string()))?;
        let strokes = form.strokes;
        if strokes.is_empty() {
            return Err(InkError::Empty);
        }
        if strokes.len() > MAX_STROKES {
            return Err(InkError::Strokes(strokes.len()));
        }
        let points = strokes.iter().map(Vec::len).sum();
        if points > MAX_SAMPLES {
            return Err(InkError::Samples(points));
        }
        if let Some(empty) = strokes.iter().position(Vec::is_empty) {
            return Err(InkError::EmptyStroke(empty));
        }
        for (stroke, points) in strokes.iter().enumerate() {
            for (sample, point) in points.iter().enumerate() {
                if let Some(field) = out_of_range(point) {
                    return Err(InkError::Range {
                        stroke,
                        sample,
                        field,
                    });
                }
            }
        }
        let nib = |[x, y, radius]: [f32; 3]| Nib { at: [x, y], radius };
        let trace = |stroke: Vec<[f32; 3]>| stroke.into_iter().map(nib).collect();
        Ok(Self {
            pointer: form.pointer,
            traces: strokes.into_iter().map(trace).collect(),
        })
    }

    /// What wrote it.
    pub fn pointer(&self) -> Pointer {
        self.pointer
    }

    /// Number of strokes, at least one.
    pub fn strokes(&self) -> usize {
        self.traces.len()
    }

    pub(crate) fn traces(&self) -> &[Vec<Nib>] {
        &self.traces
    }

    pub(crate) fn points(&self) -> impl Iterator<Item = Point> {
        self.traces.iter().flatten().map(|nib| nib.at)
    }
}

impl Handwriting {
    /// Its looks alone, to hundredths of a pixel.
    pub fn drawing(&self) -> Drawing {
        let mut traces = traces(self, character_size(self.points()));
        let hundredths = |value: f32| (value * 100.0).round() / 100.0;
        for nib in traces.iter_mut().flatten() {
            nib.at = nib.at.map(hundredths);
            nib.radius = hundredths(nib.radius).max(0.01);
        }
        Drawing {
            pointer: self.pointer(),
            traces,
        }
    }
}

/// Comparisons are written so that NaN fails them.
fn out_of_range([x, y, radius]: &[f32; 3]) -> Option<&'static str> {
    let on = |v: &f32| (-MAX_EXTENT..=MAX_EXTENT).contains(v);
    match () {
        () if !on(x) => Some("x"),
        () if !on(y) => Some("y"),
        () if !(*radius > 0.0 && *radius <= WIDEST) => Some("radius"),
        () => None,
    }
}

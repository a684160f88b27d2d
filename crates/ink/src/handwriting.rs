//! Samples as the signing page records them, admitted once and valid ever after.

use serde::{Deserialize, Serialize};

use crate::plane::Point;

/// Most strokes of one handwriting: three complicated characters have about 90.
pub const MAX_STROKES: usize = 200;
/// Most samples of one handwriting: four minutes of uninterrupted pen at 200 Hz.
pub const MAX_SAMPLES: usize = 50_000;
/// Longest JSON that [`Handwriting::parse`] looks at, in bytes.
pub const MAX_BYTES: usize = 8 << 20;
/// Latest sample, in milliseconds.
pub const MAX_DURATION_MS: f32 = 600_000.0;
/// Largest absolute coordinate and largest side of the writing area, in CSS pixels.
pub const MAX_EXTENT: f32 = 20_000.0;

/// What wrote: the `pointerType` of the browser's pointer events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pointer {
    /// A stylus; its pressure is believed when it varies.
    Pen,
    /// A finger.
    Touch,
    /// A mouse.
    Mouse,
}

impl Pointer {
    /// The name in JSON and in manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pen => "pen",
            Self::Touch => "touch",
            Self::Mouse => "mouse",
        }
    }
}

/// One reading of the pointer. In JSON: `[x, y, t, pressure, tilt_x, tilt_y]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 6]", into = "[f32; 6]")]
pub struct Sample {
    /// CSS pixels to the right of the writing area's left edge.
    pub x: f32,
    /// CSS pixels below the writing area's upper edge.
    pub y: f32,
    /// Milliseconds since the first contact.
    pub t: f32,
    /// 0 (none) to 1 (the most that the device can measure).
    pub pressure: f32,
    /// Degrees, -90 to 90, positive to the right.
    pub tilt_x: f32,
    /// Degrees, -90 to 90, positive towards the writer.
    pub tilt_y: f32,
}

impl From<[f32; 6]> for Sample {
    fn from([x, y, t, pressure, tilt_x, tilt_y]: [f32; 6]) -> Self {
        Self {
            x,
            y,
            t,
            pressure,
            tilt_x,
            tilt_y,
        }
    }
}

impl From<Sample> for [f32; 6] {
    fn from(s: Sample) -> Self {
        [s.x, s.y, s.t, s.pressure, s.tilt_x, s.tilt_y]
    }
}

/// One handwritten signature: strokes in the order of writing.
///
/// Every value holds what [`parse`](Self::parse) promises: at least one stroke,
/// no empty stroke, finite numbers in range, time that never runs backwards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handwriting {
    pub(crate) pointer: Pointer,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) strokes: Vec<Vec<Sample>>,
}

/// Why something is no handwriting.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum InkError {
    /// Longer than [`MAX_BYTES`].
    #[error("handwriting of {0} bytes; at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// Not the JSON that the signing page sends.
    #[error("handwriting is not of the expected form: {0}")]
    Form(String),
    /// Nothing was written.
    #[error("handwriting has no strokes")]
    Empty,
    /// A stroke without samples.
    #[error("stroke {0} has no samples")]
    EmptyStroke(usize),
    /// More than [`MAX_STROKES`].
    #[error("handwriting has {0} strokes; at most {MAX_STROKES} are accepted")]
    Strokes(usize),
    /// More than [`MAX_SAMPLES`].
    #[error("handwriting has {0} samples; at most {MAX_SAMPLES} are accepted")]
    Samples(usize),
    /// A number that is not finite or outside its range.
    #[error("stroke {stroke}, sample {sample}: {field} is not a number in its range")]
    Range {
        /// Index of the stroke.
        stroke: usize,
        /// Index of the sample in its stroke.
        sample: usize,
        /// Name of the number.
        field: &'static str,
    },
    /// The writing area has no extent, or an impossible one.
    #[error("the writing area must be larger than 0 and at most {MAX_EXTENT} pixels a side")]
    Area,
    /// A sample that is earlier than the one before it.
    #[error("stroke {stroke}, sample {sample} is earlier than the sample before it")]
    Time {
        /// Index of the stroke.
        stroke: usize,
        /// Index of the sample in its stroke.
        sample: usize,
    },
}

impl InkError {
    /// Stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::Strokes(_) | Self::Samples(_) => "ink-too-large",
            Self::Empty | Self::EmptyStroke(_) => "ink-empty",
            Self::Form(_) | Self::Range { .. } | Self::Area | Self::Time { .. } => "ink-malformed",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    pointer: Pointer,
    width: f32,
    height: f32,
    strokes: Vec<Vec<Sample>>,
}

impl Handwriting {
    /// Reads the JSON of a signing page.
    ///
    /// `{"pointer":"pen|touch|mouse","width":w,"height":h,"strokes":[[[x,y,t,
    /// pressure,tilt_x,tilt_y],…],…]}`; units as in [`Sample`]. Unknown members,
    /// missing ones and numbers out of range are refused, nothing is repaired.
    pub fn parse(json: &[u8]) -> Result<Self, InkError> {
        if json.len() > MAX_BYTES {
            return Err(InkError::TooLong(json.len()));
        }
        let raw: Raw = serde_json::from_slice(json).map_err(|e| InkError::Form(e.to_string()))?;
        Self::new(raw.pointer, raw.width, raw.height, raw.strokes)
    }

    /// Admits samples from elsewhere under the same rules as [`parse`](Self::parse).
    pub fn new(
        pointer: Pointer,
        width: f32,
        height: f32,
        strokes: Vec<Vec<Sample>>,
    ) -> Result<Self, InkError> {
        // Comparisons are written so that NaN fails them.
        let extent = |side: f32| side > 0.0 && side <= MAX_EXTENT;
        if !extent(width) || !extent(height) {
            return Err(InkError::Area);
        }
        if strokes.is_empty() {
            return Err(InkError::Empty);
        }
        if strokes.len() > MAX_STROKES {
            return Err(InkError::Strokes(strokes.len()));
        }
        let samples = strokes.iter().map(Vec::len).sum();
        if samples > MAX_SAMPLES {
            return Err(InkError::Samples(samples));
        }
        let mut now = 0.0;
        for (stroke, samples) in strokes.iter().enumerate() {
            if samples.is_empty() {
                return Err(InkError::EmptyStroke(stroke));
            }
            for (sample, s) in samples.iter().enumerate() {
                if let Some(field) = out_of_range(s) {
                    return Err(InkError::Range {
                        stroke,
                        sample,
                        field,
                    });
                }
                if s.t < now {
                    return Err(InkError::Time { stroke, sample });
                }
                now = s.t;
            }
        }
        Ok(Self {
            pointer,
            width,
            height,
            strokes,
        })
    }

    /// Where every sample was.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point> {
        self.strokes.iter().flatten().map(|s| [s.x, s.y])
    }

    /// What wrote it.
    pub fn pointer(&self) -> Pointer {
        self.pointer
    }

    /// Strokes in the order of writing; none is empty.
    pub fn strokes(&self) -> &[Vec<Sample>] {
        &self.strokes
    }

    /// Milliseconds from the first contact to the last.
    pub fn duration_ms(&self) -> f32 {
        let time = |s: Option<&Sample>| s.map_or(0.0, |s| s.t);
        time(self.strokes.last().and_then(|s| s.last()))
            - time(self.strokes.first().and_then(|s| s.first()))
    }
}

fn out_of_range(s: &Sample) -> Option<&'static str> {
    let checks = [
        ("x", s.x, -MAX_EXTENT, MAX_EXTENT),
        ("y", s.y, -MAX_EXTENT, MAX_EXTENT),
        ("t", s.t, 0.0, MAX_DURATION_MS),
        ("pressure", s.pressure, 0.0, 1.0),
        ("tilt_x", s.tilt_x, -90.0, 90.0),
        ("tilt_y", s.tilt_y, -90.0, 90.0),
    ];
    checks
        .iter()
        .find(|(_, v, low, high)| !(*low..=*high).contains(v))
        .map(|(name, ..)| *name)
}

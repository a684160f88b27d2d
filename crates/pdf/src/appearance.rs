//! What a signature looks like: a form `XObject` that is drawn at every placement, or one
//! for each when they show different parts.
//!
//! Drawings are in hundredths of a point at the largest placement; the annotation's
//! rectangle scales them. No fonts, no colour but `DeviceRGB` and `DeviceGray`, so that
//! a PDF/A file with an RGB output intent stays one.

mod deflate;
mod form;
mod label;
mod path;
mod picture;
mod text;

use std::sync::Arc;

use crate::{
    error::{PdfError, Result},
    geometry::fit,
};
pub(crate) use deflate::deflate;
pub(crate) use form::Forms;
pub use label::{Label, LabelSide};
use path::PathWriter;
pub use picture::Picture;
pub use text::Font;

/// What a signature looks like on the page.
#[derive(Debug, Clone)]
pub enum Appearance {
    /// Filled polygons (nonzero rule) in a box with its origin at the lower left.
    Paths {
        /// Closed polygons of at least three points.
        polygons: Vec<Vec<[f32; 2]>>,
        /// Width of the box, in the unit of the points.
        width: f32,
        /// Height of the box.
        height: f32,
        /// Red, green and blue, 0 to 1.
        color: [f32; 3],
    },
    /// A picture, such as that of a seal.
    Picture(Arc<Picture>),
    /// A picture of which each placement shows its part, such as a seal that is cut
    /// across the edges of pages. It is in the file once.
    Parts {
        /// The whole picture.
        picture: Arc<Picture>,
        /// From where to where, 0 being its left edge and 1 its right one; as many as
        /// there are placements.
        parts: Vec<[f64; 2]>,
    },
    /// Lines of text, drawn as outlines.
    Text {
        /// The lines, from the top.
        lines: Vec<String>,
        /// What they are drawn with.
        font: Arc<Font>,
        /// Red, green and blue, 0 to 1.
        color: [f32; 3],
    },
    /// Strokes or a seal, with lines of text by it.
    Labelled {
        /// The strokes or the seal.
        mark: Box<Appearance>,
        /// The text.
        label: Label,
    },
}

/// An appearance that was drawn.
#[derive(PartialEq)]
pub(crate) struct Drawing {
    /// Width and height of its box in points.
    pub(crate) size: [f64; 2],
    /// Content stream.
    pub(crate) content: Vec<u8>,
}

impl Appearance {
    /// Draws it for these rectangles: once, so that it fits into the largest of them, or
    /// once for each when they show different parts.
    pub(crate) fn draw(&self, rects: &[[f64; 4]]) -> Result<Vec<Drawing>> {
        match self.parts() {
            None => Ok(vec![self.drawing(0, rects)?]),
            Some(parts) if parts == rects.len() => {
                let each = rects.chunks(1).enumerate();
                each.map(|(nth, rect)| self.drawing(nth, rect)).collect()
            }
            Some(_) => Err(PdfError::EmptyAppearance),
        }
    }

    /// What `/Im0` is.
    pub(crate) fn picture(&self) -> Option<&Picture> {
        match self {
            Self::Picture(picture) | Self::Parts { picture, .. } => Some(picture),
            Self::Labelled { mark, .. } => mark.picture(),
            Self::Paths { .. } | Self::Text { .. } => None,
        }
    }

    /// How many placements it is for, if it is not the same at each.
    fn parts(&self) -> Option<usize> {
        match self {
            Self::Parts { parts, .. } => Some(parts.len()),
            Self::Labelled { mark, .. } => mark.parts(),
            Self::Paths { .. } | Self::Picture(_) | Self::Text { .. } => None,
        }
    }

    fn drawing(&self, nth: usize, rects: &[[f64; 4]]) -> Result<Drawing> {
        let [width, height] = self.natural_size(nth)?;
        let scales = rects.iter().map(|rect| fit([width, height], *rect).1);
        let scale = scales.fold(0.0, f64::max);
        Ok(Drawing {
            size: [width * scale, height * scale],
            content: self.content(nth, scale)?,
        })
    }

    /// Width and height of its nth part in its own unit.
    fn natural_size(&self, nth: usize) -> Result<[f64; 2]> {
        let size = match self {
            Self::Paths { width, height, .. } => [f64::from(*width), f64::from(*height)],
            Self::Picture(picture) => picture.size(),
            Self::Parts { picture, parts } => {
                let [width, height] = picture.size();
                let [from, to] = part(parts, nth)?;
                [width * (to - from), height]
            }
            Self::Text { lines, font, .. } => font.measure(lines)?,
            Self::Labelled { mark, label } => label.layout(mark.natural_size(nth)?)?.size,
        };
        let sensible = |side: f64| side.is_finite() && side > 1e-6 && side < 1e9;
        if size.into_iter().all(sensible) {
            Ok(size)
        } else {
            Err(PdfError::EmptyAppearance)
        }
    }

    /// Draws its nth part; `scale` is from its own unit to points.
    fn content(&self, nth: usize, scale: f64) -> Result<Vec<u8>> {
        match self {
            Self::Paths {
                polygons, color, ..
            } => {
                let mut out = PathWriter::new(*color, scale)?;
                polygons
                    .iter()
                    .try_for_each(|polygon| out.polygon(polygon))?;
                out.finish()
            }
            Self::Picture(picture) => {
                let [width, height] = picture.size().map(|side| side * scale);
                Ok(format!("{width:.3} 0 0 {height:.3} 0 0 cm/Im0 Do").into_bytes())
            }
            Self::Parts { picture, parts } => {
                let [width, height] = picture.size().map(|side| side * scale);
                let [from, to] = part(parts, nth)?.map(|side| side * width);
                let seen = to - from;
                // The box of the form clips as well; not every reader minds it.
                let clip = format!("0 0 {seen:.3} {height:.3} re W n\n");
                let whole = format!("{width:.3} 0 0 {height:.3} {:.3} 0 cm/Im0 Do", -from);
                Ok((clip + &whole).into_bytes())
            }
            Self::Text { lines, font, color } => {
                let [_, height] = font.measure(lines)?;
                let mut out = PathWriter::new(*color, scale)?;
                font.outline(lines, height, &mut out)?;
                out.finish()
            }
            Self::Labelled { mark, label } => {
                let layout = label.layout(mark.natural_size(nth)?)?;
                label.content(&layout, scale, &mark.content(nth, scale)?)
            }
        }
    }
}

/// A part that is in the picture and not empty.
fn part(parts: &[[f64; 2]], nth: usize) -> Result<[f64; 2]> {
    let part = parts.get(nth).copied();
    let part = part.filter(|[from, to]| 0.0 <= *from && from < to && *to <= 1.0);
    part.ok_or(PdfError::EmptyAppearance)
}

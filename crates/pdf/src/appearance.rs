//! What a signature looks like: one form `XObject`, drawn at every placement.
//!
//! Drawings are in hundredths of a point at the largest placement; the annotation's
//! rectangle scales them. No fonts, no colour but `DeviceRGB` and `DeviceGray`, so that
//! a PDF/A file with an RGB output intent stays one.

mod deflate;
mod path;
mod picture;
mod text;

use std::sync::Arc;

use crate::{
    error::{PdfError, Result},
    geometry::fit,
};
pub(crate) use deflate::deflate;
use path::PathWriter;
pub use picture::Picture;
pub(crate) use picture::Samples;
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
    /// Lines of text, drawn as outlines.
    Text {
        /// The lines, from the top.
        lines: Vec<String>,
        /// What they are drawn with.
        font: Arc<Font>,
        /// Red, green and blue, 0 to 1.
        color: [f32; 3],
    },
}

/// An appearance that was drawn.
pub(crate) struct Drawing {
    /// Width and height of its box in points.
    pub(crate) size: [f64; 2],
    /// Content stream.
    pub(crate) content: Vec<u8>,
    /// What `/Im0` is.
    pub(crate) picture: Option<Arc<Picture>>,
}

impl Appearance {
    /// Width and height in its own unit.
    pub(crate) fn natural_size(&self) -> Result<[f64; 2]> {
        let size = match self {
            Self::Paths { width, height, .. } => [f64::from(*width), f64::from(*height)],
            Self::Picture(picture) => picture.size(),
            Self::Text { lines, font, .. } => font.measure(lines)?,
        };
        let sensible = |side: f64| side.is_finite() && side > 1e-6 && side < 1e9;
        if size.into_iter().all(sensible) {
            Ok(size)
        } else {
            Err(PdfError::EmptyAppearance)
        }
    }

    /// Draws it so that it fits into the largest of these rectangles.
    pub(crate) fn draw(&self, rects: &[[f64; 4]]) -> Result<Drawing> {
        let [width, height] = self.natural_size()?;
        let scale = rects
            .iter()
            .map(|rect| fit([width, height], *rect).1)
            .fold(0.0, f64::max);
        let size = [width * scale, height * scale];
        let mut picture = None;
        let content = match self {
            Self::Paths {
                polygons, color, ..
            } => {
                let mut out = PathWriter::new(*color, scale)?;
                polygons
                    .iter()
                    .try_for_each(|polygon| out.polygon(polygon))?;
                out.finish()?
            }
            Self::Picture(image) => {
                picture = Some(image.clone());
                format!("{:.3} 0 0 {:.3} 0 0 cm/Im0 Do", size[0], size[1]).into_bytes()
            }
            Self::Text { lines, font, color } => {
                let mut out = PathWriter::new(*color, scale)?;
                font.outline(lines, height, &mut out)?;
                out.finish()?
            }
        };
        Ok(Drawing {
            size,
            content,
            picture,
        })
    }
}

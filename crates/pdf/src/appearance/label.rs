//! Text by a mark: who signed, when and why.

use std::sync::Arc;

use super::{Font, PathWriter};
use crate::error::Result;

/// Between mark and text, in heights of the mark.
const GAP: f64 = 0.06;
/// Height of text beside a mark, in heights of the mark.
const BESIDE: f64 = 0.8;
/// Largest height of a line below a mark, in heights of the mark.
const LINE: f64 = 0.2;

/// Lines of text by a mark, drawn as outlines.
#[derive(Debug, Clone)]
pub struct Label {
    /// The lines, from the top.
    pub lines: Vec<String>,
    /// What they are drawn with.
    pub font: Arc<Font>,
    /// Red, green and blue, 0 to 1.
    pub color: [f32; 3],
    /// Where they are.
    pub side: LabelSide,
}

/// Where a label is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelSide {
    /// Below the mark, no wider than it.
    Below,
    /// To the right of the mark, no higher than it.
    Beside,
}

/// Where mark and text are in their box, in the unit of the mark.
pub(super) struct Layout {
    pub(super) size: [f64; 2],
    mark: [f64; 2],
    text: [f64; 2],
    /// From font units to the unit of the mark.
    scale: f64,
}

impl Label {
    /// The box around a mark of this size and the text.
    pub(super) fn layout(&self, [width, height]: [f64; 2]) -> Result<Layout> {
        let natural = self.font.measure(&self.lines)?;
        let gap = GAP * height;
        let scaled = |scale: f64| natural.map(|side| side * scale);
        Ok(match self.side {
            LabelSide::Beside => {
                let scale = BESIDE * height / natural[1];
                let [text_width, text_height] = scaled(scale);
                Layout {
                    size: [width + gap + text_width, height],
                    mark: [0.0; 2],
                    text: [width + gap, (height - text_height) / 2.0],
                    scale,
                }
            }
            LabelSide::Below => {
                let lines = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
                let highest = LINE * height * f64::from(lines);
                let scale = (width / natural[0]).min(highest / natural[1]);
                let [text_width, text_height] = scaled(scale);
                Layout {
                    size: [width, height + gap + text_height],
                    mark: [0.0, text_height + gap],
                    text: [(width - text_width) / 2.0, 0.0],
                    scale,
                }
            }
        })
    }

    /// Content with the mark's content in its place; `scale` is to points.
    pub(super) fn content(&self, layout: &Layout, scale: f64, mark: &[u8]) -> Result<Vec<u8>> {
        let [_, height] = self.font.measure(&self.lines)?;
        let mut text = PathWriter::new(self.color, layout.scale * scale)?;
        self.font.outline(&self.lines, height, &mut text)?;
        let mut out = Vec::new();
        for ([x, y], content) in [(layout.mark, mark), (layout.text, &text.finish()?)] {
            let (x, y) = (x * scale, y * scale);
            out.extend(format!("q 1 0 0 1 {x:.3} {y:.3} cm\n").into_bytes());
            out.extend(content);
            out.extend(b"\nQ\n");
        }
        Ok(out)
    }
}

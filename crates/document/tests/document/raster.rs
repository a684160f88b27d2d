//! Pages as pixels.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::{RenderCache, RenderSettings, render};

/// Pixels a point.
const SCALE: f32 = 2.0;

/// One page, drawn on nothing.
pub struct Raster {
    width: usize,
    height: usize,
    alpha: Vec<u8>,
}

impl Raster {
    pub fn new(pdf: &[u8], page: usize) -> Self {
        let pdf = Pdf::new(Arc::new(pdf.to_vec())).expect("a PDF");
        let settings = RenderSettings {
            x_scale: SCALE,
            y_scale: SCALE,
            ..RenderSettings::default()
        };
        let page = &pdf.pages()[page];
        let pixels = render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &settings,
        );
        Self {
            width: pixels.width().into(),
            height: pixels.height().into(),
            alpha: pixels.take_unpremultiplied().iter().map(|p| p.a).collect(),
        }
    }

    /// Whether anything is drawn in `x0, y0, x1, y1`, points from the lower left.
    pub fn drawn(&self, [x0, y0, x1, y1]: [f64; 4]) -> bool {
        let height = self.height;
        (0..height)
            .filter(|row| (y0..y1).contains(&points(height - row - 1)))
            .flat_map(|row| (0..self.width).map(move |column| (row, column)))
            .filter(|(_, column)| (x0..x1).contains(&points(*column)))
            .any(|(row, column)| self.alpha[row * self.width + column] > 0)
    }
}

/// Middle of a pixel.
fn points(pixel: usize) -> f64 {
    let pixel = u32::try_from(pixel).expect("a page is smaller");
    (f64::from(pixel) + 0.5) / f64::from(SCALE)
}

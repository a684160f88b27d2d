//! Pictures of pages, as signers see them.

mod encode;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::InterpreterSettings,
    hayro_syntax::{Pdf, page::Page},
    vello_cpu::color::palette::css::WHITE,
};

use crate::{
    error::{PdfError, Result, damaged},
    text::count,
};
use encode::encode;

/// Widest and highest picture, in pixels.
const SIDE: u16 = 8192;

/// How many pages a file has.
pub fn page_count(file: &[u8]) -> Result<usize> {
    with_pages(file, |pages| Ok(pages.len()))
}

/// A page, counted from 0, as a PNG of this width in pixels, on white, with its
/// annotations. The same input gives the same bytes.
///
/// # Errors
/// [`PdfError::NoSuchPage`], or [`PdfError::NotDrawable`] when the page defeats the
/// interpreter or would be a picture without or with more than 8192 pixels on a side.
pub fn page_png(file: &[u8], page: usize, width: u32) -> Result<Vec<u8>> {
    with_page(file, page, |found| {
        count(found);
        draw(found, width).ok_or(PdfError::NotDrawable(page))
    })
}

/// One page, counted from 0, for the interpreter.
pub(crate) fn with_page<T>(
    file: &[u8],
    page: usize,
    act: impl FnOnce(&Page<'_>) -> Result<T>,
) -> Result<T> {
    with_pages(file, |pages| {
        let found = pages.get(page);
        let found = found.ok_or(PdfError::NoSuchPage {
            page,
            pages: pages.len(),
        })?;
        act(found)
    })
}

/// Opens the file for the interpreter and stops what it may panic with: it was made by
/// others, and so was the file.
pub(crate) fn with_pages<T>(file: &[u8], act: impl FnOnce(&[Page<'_>]) -> Result<T>) -> Result<T> {
    let outcome = catch_unwind(AssertUnwindSafe(|| match Pdf::new(file.to_vec()) {
        Ok(pdf) => act(pdf.pages()),
        Err(_) => damaged("its pages cannot be read", 0),
    }));
    outcome.unwrap_or_else(|_| damaged("its pages cannot be read", 0))
}

fn draw(page: &Page, width: u32) -> Option<Vec<u8>> {
    let width = u16::try_from(width)
        .ok()
        .filter(|width| (1..=SIDE).contains(width))?;
    let (page_width, page_height) = page.render_dimensions();
    let scale = f32::from(width) / page_width;
    let height = (page_height * scale).round();
    if !(1.0..=f32::from(SIDE)).contains(&height) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    let height = height as u16;
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        width: Some(width),
        height: Some(height),
        bg_color: WHITE,
    };
    let cache = RenderCache::new();
    let pixmap = hayro::render(page, &cache, &InterpreterSettings::default(), &settings);
    // The background is opaque, so that nothing is left of the fourth channel.
    encode(pixmap.data_as_u8_slice().as_chunks().0, width, height).ok()
}

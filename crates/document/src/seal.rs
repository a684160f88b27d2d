//! The round red picture of a company seal.

use std::sync::{Arc, LazyLock};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::{RenderCache, RenderSettings, render};
use serde_json::json;
use typst::foundations::Bytes;
use typst::text::is_default_ignorable;

use crate::Fonts;
use crate::press::{self, lay_out};
use crate::world::{Folder, TemplateWorld, id};

/// Side of the picture in pixels: 300 dpi at the usual 40 mm.
const SIDE: u16 = 480;
/// Side of the drawing in points, as in seal.typ.
const DRAWN: f32 = 240.0;

static FOLDER: LazyLock<Option<Folder>> = LazyLock::new(|| {
    let source = include_bytes!("seal.typ").to_vec();
    Folder::new(
        "inkseal-seal.typ",
        [("inkseal-seal.typ".to_owned(), source)],
    )
});

/// Why a seal cannot be drawn.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SealError {
    /// Nothing, or more than fits.
    #[error("a seal shows a name of 2 to 40 characters and a code of at most 20")]
    Length,
    /// Not in the fonts, or invisible.
    #[error("a seal cannot show {0:?} (U+{code:04X})", code = u32::from(*.0))]
    Character(char),
    /// Drawing failed.
    #[error("the seal cannot be drawn: {0}")]
    Drawing(String),
}

impl SealError {
    /// Stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length => "seal-length",
            Self::Character(_) => "glyph-missing",
            Self::Drawing(_) => "seal-drawing",
        }
    }
}

/// Draws a seal as PNG (RGBA, transparent ground, 480 by 480 pixels): the company's
/// name along the upper arc, a star, and the code along the lower arc, which may be
/// empty.
pub fn seal_picture(fonts: &Fonts, company: &str, code: &str) -> Result<Vec<u8>, SealError> {
    let company: String = company.chars().filter(|c| !c.is_whitespace()).collect();
    if !(2..=40).contains(&company.chars().count()) || code.chars().count() > 20 {
        return Err(SealError::Length);
    }
    let bad = |c: &char| c.is_control() || is_default_ignorable(*c) || !fonts.covers(*c);
    if let Some(character) = company.chars().chain(code.chars()).find(bad) {
        return Err(SealError::Character(character));
    }
    let drawing = |problem: &str| SealError::Drawing(problem.to_owned());
    let data = json!({ "company": company, "code": code })
        .to_string()
        .into_bytes();
    let world = TemplateWorld {
        folder: FOLDER.as_ref().ok_or_else(|| drawing("no source"))?,
        fonts,
        data: (
            id("data.json").ok_or_else(|| drawing("no data"))?,
            Bytes::new(data),
        ),
        date: None,
    };
    let page = lay_out(&world).map_err(SealError::Drawing)?;
    let pdf = press::page(&page).map_err(SealError::Drawing)?;
    let pdf = Pdf::new(Arc::new(pdf)).map_err(|_| drawing("the page is unreadable"))?;
    let page = pdf
        .pages()
        .first()
        .ok_or_else(|| drawing("there is no page"))?;
    let scale = f32::from(SIDE) / DRAWN;
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        width: Some(SIDE),
        height: Some(SIDE),
        ..RenderSettings::default()
    };
    let pixels = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &settings,
    );
    let rgba: Vec<u8> = pixels
        .take_unpremultiplied()
        .iter()
        .flat_map(|p| [p.r, p.g, p.b, p.a])
        .collect();
    png(&rgba).map_err(|e| SealError::Drawing(e.to_string()))
}

fn png(rgba: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE.into(), SIDE.into());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()?;
    Ok(file)
}

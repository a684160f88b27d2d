//! Drawings as objects of an increment.

use std::collections::BTreeMap;

use super::{Appearance, Drawing, Picture, deflate, picture::Samples};
use crate::{
    error::Result,
    geometry::fit,
    increment::Increment,
    object::{Dict, Object, Ref},
};

/// The forms of an appearance, each written once.
pub(crate) struct Forms {
    /// Different drawings, and which of them each placement shows.
    drawings: Vec<Drawing>,
    shown: Vec<usize>,
    picture: Option<Ref>,
    /// By drawing, and by how the page is turned: the drawing stays upright.
    written: BTreeMap<(usize, u8), Ref>,
}

impl Forms {
    /// Draws an appearance for these rectangles and writes its picture.
    pub(crate) fn of(
        appearance: &Appearance,
        rects: &[[f64; 4]],
        out: &mut Increment,
    ) -> Result<Self> {
        let mut drawings: Vec<Drawing> = Vec::new();
        let mut shown = Vec::with_capacity(rects.len());
        // A seal that is cut across many pages is cut in the same way again and again.
        for drawing in appearance.draw(rects)? {
            let same = drawings.iter().position(|known| *known == drawing);
            shown.push(same.unwrap_or(drawings.len()));
            if same.is_none() {
                drawings.push(drawing);
            }
        }
        let picture = appearance.picture();
        Ok(Self {
            drawings,
            shown,
            picture: picture.map(|picture| write_picture(picture, out)),
            written: BTreeMap::new(),
        })
    }

    /// The form of a placement on a page that is turned so, and its size in points.
    pub(crate) fn write(&mut self, nth: usize, turns: u8, out: &mut Increment) -> (Ref, [f64; 2]) {
        // Placements that show the same have the only drawing there is.
        let at = self.shown.get(nth).copied().unwrap_or(0);
        let drawing = &self.drawings[at];
        let form = *self.written.entry((at, turns)).or_insert_with(|| {
            let reference = out.allocate();
            let dict = form_dict(drawing, turns, [0.0; 2], self.picture);
            out.stream(reference, dict, &deflate(&drawing.content));
            reference
        });
        (form, drawing.size)
    }

    /// The form for the one widget whose rectangle stays as it is: around the drawing
    /// there is room, so that it keeps its shape.
    pub(crate) fn write_within(self, turns: u8, rect: [f64; 4], out: &mut Increment) -> Ref {
        let drawing = &self.drawings[0];
        let [width, height] = drawing.size;
        let (_, scale) = fit(drawing.size, rect);
        let room = |side: f64, of: f64| ((side / scale - of) / 2.0).max(0.0);
        let room = [
            room(rect[2] - rect[0], width),
            room(rect[3] - rect[1], height),
        ];
        let reference = out.allocate();
        let dict = form_dict(drawing, turns, room, self.picture);
        out.stream(reference, dict, &deflate(&drawing.content));
        reference
    }
}

fn form_dict(drawing: &Drawing, turns: u8, [across, up]: [f64; 2], picture: Option<Ref>) -> Dict {
    let [width, height] = drawing.size;
    let mut resources = Dict::default();
    if let Some(picture) = picture {
        resources.set("XObject", Dict::default().with("Im0", picture));
    }
    let mut dict = Dict::default()
        .with("Type", Object::name("XObject"))
        .with("Subtype", Object::name("Form"))
        .with("BBox", [-across, -up, width + across, height + up]);
    let matrix: [[i64; 6]; 4] = [
        [1, 0, 0, 1, 0, 0],
        [0, 1, -1, 0, 0, 0],
        [-1, 0, 0, -1, 0, 0],
        [0, -1, 1, 0, 0, 0],
    ];
    if turns != 0 {
        dict.set("Matrix", matrix[usize::from(turns)]);
    }
    dict.with("Resources", resources)
        .with("Filter", Object::name("FlateDecode"))
}

fn write_picture(picture: &Picture, out: &mut Increment) -> Ref {
    let image = |samples: &Samples| {
        let [width, height] = picture.pixels();
        let space = if samples.gray {
            "DeviceGray"
        } else {
            "DeviceRGB"
        };
        Dict::default()
            .with("Type", Object::name("XObject"))
            .with("Subtype", Object::name("Image"))
            .with("Width", i64::from(width))
            .with("Height", i64::from(height))
            .with("ColorSpace", Object::name(space))
            .with("BitsPerComponent", 8i64)
            .with("Filter", Object::name("FlateDecode"))
    };
    let mut color = image(&picture.color);
    if let Some(alpha) = &picture.alpha {
        let mask = out.allocate();
        out.stream(mask, image(alpha), &alpha.deflated);
        color.set("SMask", mask);
    }
    let reference = out.allocate();
    out.stream(reference, color, &picture.color.deflated);
    reference
}

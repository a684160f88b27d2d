//! Pixels as a PNG, quickly: people wait for it, and phones load it.
//!
//! A page of a contract has text in few colours, with soft edges. As indices into a
//! palette it is a third of the bytes, for compressing and for loading. Where the edges
//! have more colours than a palette, 64 shades of each channel are enough: no part of a
//! colour moves by more than three of 255, black and white not at all. Photographs have
//! more colours than that, and stay as they are.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};

/// Most colours of a palette.
const COLORS: usize = 256;
/// Slots of the table in which colours are found; a power of two.
const SLOTS: usize = 2048;

/// Writes opaque pixels, of which there are `width` in a row.
pub(super) fn encode(
    pixels: &[[u8; 4]],
    width: u16,
    height: u16,
) -> Result<Vec<u8>, EncodingError> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, u32::from(width), u32::from(height));
    encoder.set_depth(BitDepth::Eight);
    let indexed = Indexed::of(pixels, |color| color).or_else(|| Indexed::of(pixels, coarse));
    let data = if let Some(indexed) = indexed {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(indexed.colors.concat());
        // Indices that are near each other are not alike, so that filters do harm.
        encoder.set_compression(Compression::Balanced);
        encoder.set_filter(Filter::NoFilter);
        indexed.indices
    } else {
        encoder.set_color(ColorType::Rgb);
        encoder.set_compression(Compression::Fast);
        let mut rgb = vec![0; pixels.len() * 3];
        let (to, _) = rgb.as_chunks_mut::<3>();
        for (to, [r, g, b, _]) in to.iter_mut().zip(pixels) {
            *to = [*r, *g, *b];
        }
        rgb
    };
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(out)
}

/// A picture of few colours.
struct Indexed {
    colors: Vec<[u8; 3]>,
    indices: Vec<u8>,
}

impl Indexed {
    /// Gives up at the first colour that is too many.
    fn of(pixels: &[[u8; 4]], round: impl Fn([u8; 3]) -> [u8; 3]) -> Option<Self> {
        let mut colors: Vec<[u8; 3]> = Vec::with_capacity(COLORS);
        let mut indices = Vec::with_capacity(pixels.len());
        // What index the color in a slot has, and one more; slots are taken in turn.
        let mut slots = [0_u16; SLOTS];
        let mut last = None;
        for [r, g, b, _] in pixels {
            let color = [*r, *g, *b];
            if let Some((same, index)) = last
                && same == color
            {
                indices.push(index);
                continue;
            }
            let exact = color;
            let color = round(exact);
            let mut slot = hash(color);
            let index = loop {
                match slots[slot] {
                    0 => {
                        let index = u8::try_from(colors.len()).ok()?;
                        colors.push(color);
                        slots[slot] = u16::from(index) + 1;
                        break index;
                    }
                    taken if colors[usize::from(taken - 1)] == color => {
                        break u8::try_from(taken - 1).ok()?;
                    }
                    _ => slot = (slot + 1) % SLOTS,
                }
            };
            indices.push(index);
            last = Some((exact, index));
        }
        Some(Self { colors, indices })
    }
}

/// The six upper bits of each channel, and the two uppermost once more below them.
fn coarse(color: [u8; 3]) -> [u8; 3] {
    color.map(|part| part & 0xfc | part >> 6)
}

fn hash([r, g, b]: [u8; 3]) -> usize {
    let color = u32::from_be_bytes([0, r, g, b]);
    // The upper bits of a product with an odd number depend on all bits of the color.
    (color.wrapping_mul(0x9e37_79b1) >> 21) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn decoded(png: &[u8]) -> (ColorType, Vec<u8>) {
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let kind = reader.info().color_type;
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (kind, pixels)
    }

    /// Pixels of so many colours that are far from each other, each of them twice.
    fn pixels(colors: u16) -> Vec<[u8; 4]> {
        let color = |n: u16| {
            let [high, low] = n.to_be_bytes();
            [low, high << 4, low ^ 0x55, 255]
        };
        (0..colors).chain(0..colors).map(color).collect()
    }

    #[test]
    fn what_is_encoded_has_every_pixel_as_it_was() {
        for (colors, kind) in [
            (1, ColorType::Indexed),
            (2, ColorType::Indexed),
            (256, ColorType::Indexed),
            (1500, ColorType::Rgb),
        ] {
            let pixels = pixels(colors);
            let png = encode(&pixels, colors, 2).unwrap();
            let expected: Vec<u8> = pixels.iter().flat_map(|p| &p[..3]).copied().collect();
            assert_eq!(decoded(&png), (kind, expected), "{colors}");
        }
    }

    /// Two inks on two grounds, with every shade between.
    #[test]
    fn soft_edges_of_several_colors_move_by_three_at_most() {
        let shade = |n: u8| {
            [
                [n, n, n, 255],
                [255, n, n, 255],
                [n, n, 255, 255],
                [n / 2, n, n, 255],
            ]
        };
        let pixels: Vec<_> = (0..=255).flat_map(shade).collect();
        let (kind, found) = decoded(&encode(&pixels, 256, 4).unwrap());
        assert_eq!(kind, ColorType::Indexed);
        for (found, pixel) in found.chunks(3).zip(&pixels) {
            for (found, exact) in found.iter().zip(pixel) {
                assert!(found.abs_diff(*exact) <= 3, "{found} {exact}");
                assert!(
                    *found == *exact || (1..255).contains(exact),
                    "{found} {exact}"
                );
            }
        }
    }
}

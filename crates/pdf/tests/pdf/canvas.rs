//! Pages as pixels, and where two of them differ.

use std::io::Cursor;

use pdf::page_png;

/// Pixels to a point.
const SCALE: u32 = 2;

pub struct Canvas {
    width: usize,
    height: usize,
    /// Red, green, blue.
    pixels: Vec<u8>,
}

impl Canvas {
    /// A page of this width in points.
    pub fn of(file: &[u8], page: usize, width: u32) -> Self {
        let png = page_png(file, page, width * SCALE).unwrap();
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let (width, height) = reader.info().size();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Self {
            width: width as usize,
            height: height as usize,
            pixels,
        }
    }

    fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = 3 * (y * self.width + x);
        &self.pixels[at..at + 3]
    }

    /// The pixel at a point of the page as it is seen, from the lower left.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let scale = SCALE as usize;
        self.pixel(x * scale, self.height - 1 - y * scale)
            .try_into()
            .unwrap()
    }

    /// The box around everything that is different, in points from the lower left.
    pub fn difference(&self, other: &Self) -> Option<[usize; 4]> {
        assert_eq!((self.width, self.height), (other.width, other.height));
        self.bounds(|x, y| self.pixel(x, y) != other.pixel(x, y))
    }

    /// The box around all pixels that have such a colour.
    pub fn ink(&self, belongs: impl Fn([u8; 3]) -> bool) -> Option<[usize; 4]> {
        self.bounds(|x, y| self.pixel(x, y).try_into().is_ok_and(&belongs))
    }

    fn bounds(&self, belongs: impl Fn(usize, usize) -> bool) -> Option<[usize; 4]> {
        let mut found: Option<[usize; 4]> = None;
        for y in 0..self.height {
            for x in 0..self.width {
                if belongs(x, y) {
                    let up = self.height - 1 - y;
                    let [a, b, c, d] = found.unwrap_or([x, up, x + 1, up + 1]);
                    found = Some([a.min(x), b.min(up), c.max(x + 1), d.max(up + 1)]);
                }
            }
        }
        found.map(|sides| sides.map(|side| side / SCALE as usize))
    }
}

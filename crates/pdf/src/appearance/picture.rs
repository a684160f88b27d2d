//! Pictures: read once, compressed once, written as often as needed.

use std::{fmt, io::Cursor};

use png::{ColorType, Decoder, Limits, Transformations};

use crate::{appearance::deflate, error::PdfError};

/// Most pixels of a picture; a seal of 5 cm at 1,000 dpi has four million.
const PIXELS: u64 = 16 << 20;

/// A picture, ready to be written into files.
pub struct Picture {
    width: u32,
    height: u32,
    pub(super) color: Samples,
    pub(super) alpha: Option<Samples>,
}

/// Compressed samples of eight bits.
pub(super) struct Samples {
    pub(super) gray: bool,
    pub(super) deflated: Vec<u8>,
}

impl Picture {
    /// Reads a PNG of at most sixteen million pixels.
    ///
    /// # Errors
    /// [`PdfError::BadPicture`] says what is wrong with it.
    pub fn from_png(bytes: &[u8]) -> Result<Self, PdfError> {
        let bad = |error: png::DecodingError| PdfError::BadPicture(error.to_string());
        let limits = Limits { bytes: 96 << 20 };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(bad)?;
        let (width, height) = reader.info().size();
        if u64::from(width) * u64::from(height) > PIXELS {
            return Err(PdfError::TooLarge {
                what: "pixels in a picture",
                limit: 16 << 20,
            });
        }
        let size = reader.output_buffer_size();
        let size = size.ok_or_else(|| PdfError::BadPicture("too large".to_owned()))?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels).map_err(bad)?;
        pixels.truncate(info.buffer_size());
        let (channels, alpha) = match info.color_type {
            ColorType::Grayscale => (1, false),
            ColorType::GrayscaleAlpha => (1, true),
            ColorType::Rgb => (3, false),
            ColorType::Rgba => (3, true),
            ColorType::Indexed => return Err(PdfError::BadPicture("indexed".to_owned())),
        };
        Ok(Self::of(width, height, channels, alpha, &pixels))
    }

    fn of(width: u32, height: u32, channels: usize, alpha: bool, pixels: &[u8]) -> Self {
        let stride = channels + usize::from(alpha);
        let take = |range: std::ops::Range<usize>| -> Vec<u8> {
            pixels
                .chunks_exact(stride)
                .flat_map(|pixel| &pixel[range.clone()])
                .copied()
                .collect()
        };
        Self {
            width,
            height,
            color: Samples {
                gray: channels == 1,
                deflated: deflate(&take(0..channels)),
            },
            alpha: alpha.then(|| Samples {
                gray: true,
                deflated: deflate(&take(channels..stride)),
            }),
        }
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> [f64; 2] {
        [f64::from(self.width), f64::from(self.height)]
    }

    pub(super) fn pixels(&self) -> [u32; 2] {
        [self.width, self.height]
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

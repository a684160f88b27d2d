//! Photographs that come from outside: what they are, told from their bytes alone.

/// Largest photograph, in bytes.
pub const LARGEST: usize = 8 << 20;
/// Shortest and longest side, in pixels.
const SIDES: std::ops::RangeInclusive<usize> = 64..=12_000;

/// Why bytes are no photograph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Too many bytes.
    #[error("a photograph has at most {LARGEST} bytes; take it with less resolution")]
    TooLarge,
    /// Neither JPEG nor PNG, or not whole.
    #[error("these bytes are no whole JPEG or PNG picture")]
    Form,
    /// A picture of an impossible size.
    #[error("the sides of a photograph have 64 to 12000 pixels")]
    Sides,
}

/// What a photograph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Photo {
    /// Its media type, by its own bytes.
    pub media_type: &'static str,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
}

impl Photo {
    /// Looks at the head and the end of a file: enough to know that it is what it says,
    /// that nothing was appended to it, and that whoever draws it will not be drowned.
    ///
    /// # Errors
    /// [`PhotoError`].
    pub fn read(bytes: &[u8]) -> Result<Self, PhotoError> {
        if bytes.len() > LARGEST {
            return Err(PhotoError::TooLarge);
        }
        let jpeg = bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9]);
        // The chunk IEND (ISO/IEC 15948, 11.2.5) and its sum.
        let end = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];
        let png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(&end);
        let media_type = match (jpeg, png) {
            (true, _) => "image/jpeg",
            (_, true) => "image/png",
            _ => return Err(PhotoError::Form),
        };
        let size = imagesize::blob_size(bytes).map_err(|_| PhotoError::Form)?;
        if !SIDES.contains(&size.width) || !SIDES.contains(&size.height) {
            return Err(PhotoError::Sides);
        }
        Ok(Self {
            media_type,
            width: size.width,
            height: size.height,
        })
    }
}

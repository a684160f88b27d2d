//! Widths of characters (ISO 32000-2, 9.7.4.3), which whoever draws a page enters into a
//! table one by one: a few bytes can name very many.

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object},
    reader::File,
};

/// Largest number of a character (annex C).
const LARGEST: f64 = 65535.0;
/// Most characters that all fonts of a file may give a width in ranges.
const CHARACTERS: usize = 1 << 22;

/// Counts the characters that ranges give a width.
#[derive(Default)]
pub(super) struct Widths(usize);

impl Widths {
    /// Refuses characters that cannot be, and more of them than fonts have.
    pub(super) fn check(&mut self, file: &File, dict: &Dict) -> Result<()> {
        for (key, values) in [("W", 1), ("W2", 3)] {
            if let Object::Array(items) = file.value(dict, key)? {
                self.ranges(file, &items, values)?;
            }
        }
        Ok(())
    }

    /// `first [width…]` or `first last width`, with three numbers for each width if the
    /// font writes downward.
    fn ranges(&mut self, file: &File, items: &[Object], values: usize) -> Result<()> {
        let mut items = items.iter();
        while let Some(first) = items.next() {
            let (first, second) = (file.resolve(first)?, items.next());
            let second = second.map_or(Ok(Object::Null), |second| file.resolve(second))?;
            let Some(first) = character(&first)? else {
                break;
            };
            if second.as_array().is_some() {
                continue;
            }
            let Some(last) = character(&second)? else {
                break;
            };
            self.0 += last.saturating_sub(first) + 1;
            items.by_ref().take(values).for_each(drop);
        }
        if self.0 > CHARACTERS {
            return Err(PdfError::TooLarge {
                what: "characters with a width",
                limit: CHARACTERS,
            });
        }
        Ok(())
    }
}

/// None when it is no number, which ends the list for whoever reads it.
fn character(object: &Object) -> Result<Option<usize>> {
    match object.as_number() {
        None => Ok(None),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the range"
        )]
        Some(number) if (0.0..=LARGEST).contains(&number) => Ok(Some(number as usize)),
        Some(_) => damaged("a font with the width of a character that cannot be", 0),
    }
}

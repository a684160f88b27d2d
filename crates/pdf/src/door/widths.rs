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
    /// Refuses characters that cannot be, and more of them than fonts have. A list of
    /// names is something else, of which nobody makes widths.
    pub(super) fn check(&mut self, file: &File, dict: &Dict) -> Result<()> {
        for (key, values) in [("W", 1), ("W2", 3)] {
            if let Object::Array(items) = file.value(dict, key)?
                && items.first().is_some_and(|first| first.as_name().is_none())
            {
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
            let first = character(&first)?;
            // A list that ends too early says nothing more.
            let Some(second) = second else { break };
            let second = file.resolve(second)?;
            if second.as_array().is_some() {
                continue;
            }
            let last = character(&second)?;
            self.0 += last.saturating_sub(first) + 1;
            for width in items.by_ref().take(values) {
                if file.resolve(width)?.as_number().is_none() {
                    return unlike();
                }
            }
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

/// What is no number is refused: readers differ in where they go on.
fn character(object: &Object) -> Result<usize> {
    match object.as_number() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the range"
        )]
        Some(number) if (0.0..=LARGEST).contains(&number) => Ok(number as usize),
        _ => unlike(),
    }
}

fn unlike<T>() -> Result<T> {
    damaged("a font with the width of a character that cannot be", 0)
}

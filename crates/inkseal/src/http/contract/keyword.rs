//! A text in a document, by which a signature is drawn.

use serde::Deserialize;
use utoipa::ToSchema;

/// A text alone, or with where to draw by it.
#[derive(Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "keyword: a text, or an object with `text` and any of `occurrence`, `pages`, `side`, `align`, `size` and `offset`"
)]
pub enum Keyword {
    /// Drawn over every occurrence.
    Text(String),
    /// Drawn as it says.
    Placed(Placed),
}

/// A text, and where a signature is drawn by it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The text. White space counts for nothing.
    text: String,
    /// 1 is the first occurrence, -1 the last; every one when it is not given.
    occurrence: Option<isize>,
    /// First and last page that is searched, from 1.
    pages: Option<[usize; 2]>,
    /// Where the rectangle lies: `over` (default), `above`, `below`, `before` or `after`
    /// the text.
    #[serde(default)]
    side: Side,
    /// `left`, `centre` (default) or `right`, when it lies over, above or below.
    #[serde(default)]
    align: Align,
    /// Width and height of the rectangle in points; that of the text when not given.
    size: Option<[f64; 2]>,
    /// Points by which it is moved to the right and up.
    #[serde(default)]
    offset: [f64; 2],
}

/// Where a rectangle lies by a text.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "lowercase")]
enum Side {
    #[default]
    Over,
    Above,
    Below,
    Before,
    After,
}

/// Which sides of rectangle and text are in one line.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "lowercase")]
enum Align {
    Left,
    #[default]
    Centre,
    Right,
}

impl Keyword {
    /// What it means, or what is wrong with it.
    pub fn parse(self) -> Result<pdf::Keyword, &'static str> {
        let asked = match self {
            Self::Text(text) => return Ok(pdf::Keyword::new(text)),
            Self::Placed(asked) => asked,
        };
        let occurrence = match asked.occurrence {
            None => pdf::Occurrence::Every,
            Some(0) => return Err("parties.keyword.occurrence: 1 is the first, -1 the last"),
            Some(nth) if nth > 0 => pdf::Occurrence::First(nth.unsigned_abs() - 1),
            Some(nth) => pdf::Occurrence::Last(nth.unsigned_abs() - 1),
        };
        let pages = match asked.pages {
            None => None,
            Some([first, last]) if 0 < first && first <= last => Some(first - 1..=last - 1),
            Some(_) => return Err("parties.keyword.pages: first and last page, counted from 1"),
        };
        Ok(pdf::Keyword {
            text: asked.text,
            occurrence,
            pages,
            side: match asked.side {
                Side::Over => pdf::Side::Over,
                Side::Above => pdf::Side::Above,
                Side::Below => pdf::Side::Below,
                Side::Before => pdf::Side::Before,
                Side::After => pdf::Side::After,
            },
            align: match asked.align {
                Align::Left => pdf::Align::Left,
                Align::Centre => pdf::Align::Centre,
                Align::Right => pdf::Align::Right,
            },
            size: asked.size,
            offset: asked.offset,
        })
    }
}

//! From rectangles as people see them to the page's own units.

use crate::{
    error::{PdfError, Result},
    reader::pages::PageObject,
};

/// How far a rectangle may reach over the edge of the page, in points.
const SLACK: f64 = 1.0;

/// A rectangle on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Counted from 0.
    pub page: usize,
    /// x0, y0, x1, y1 in points from the lower left corner of the page as it is seen,
    /// that is, cropped and turned.
    pub rect: [f64; 4],
}

impl PageObject {
    /// Width and height as seen.
    pub(crate) fn size(&self) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.view;
        if self.turns.is_multiple_of(2) {
            [x1 - x0, y1 - y0]
        } else {
            [y1 - y0, x1 - x0]
        }
    }

    /// A rectangle as seen, in the page's own units.
    pub(crate) fn to_user(&self, rect: [f64; 4]) -> [f64; 4] {
        ordered(
            self.point_to_user([rect[0], rect[1]]),
            self.point_to_user([rect[2], rect[3]]),
        )
    }

    /// A rectangle in the page's own units, as it is seen.
    pub(crate) fn to_seen(&self, [a, b, c, d]: [f64; 4]) -> [f64; 4] {
        ordered(self.point_to_seen([a, b]), self.point_to_seen([c, d]))
    }

    fn point_to_seen(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.view;
        match self.turns {
            0 => [x - x0, y - y0],
            1 => [y - y0, x1 - x],
            2 => [x1 - x, y1 - y],
            _ => [y1 - y, x - x0],
        }
    }

    fn point_to_user(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.view;
        match self.turns {
            0 => [x0 + u, y0 + v],
            1 => [x1 - v, y0 + u],
            2 => [x1 - u, y1 - v],
            _ => [x0 + v, y1 - u],
        }
    }

    /// Refuses a rectangle that is empty or not on the page.
    pub(crate) fn check(&self, rect: [f64; 4]) -> Result<()> {
        let [width, height] = self.size();
        let [x0, y0, x1, y1] = rect;
        let inside = x0 >= -SLACK && y0 >= -SLACK && x1 <= width + SLACK && y1 <= height + SLACK;
        if inside && x1 - x0 > 0.1 && y1 - y0 > 0.1 {
            return Ok(());
        }
        Err(PdfError::BadPlacement(rect))
    }
}

fn ordered(a: [f64; 2], b: [f64; 2]) -> [f64; 4] {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[0].max(b[0]),
        a[1].max(b[1]),
    ]
}

/// The largest rectangle of this shape in the middle of another one, and its scale.
pub(crate) fn fit([width, height]: [f64; 2], rect: [f64; 4]) -> ([f64; 4], f64) {
    let [x0, y0, x1, y1] = rect;
    let scale = ((x1 - x0) / width).min((y1 - y0) / height);
    let (w, h) = (width * scale, height * scale);
    let (x, y) = (
        f64::midpoint(x0, x1) - w / 2.0,
        f64::midpoint(y0, y1) - h / 2.0,
    );
    ([x, y, x + w, y + h], scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{Dict, Ref};

    /// The lower left corner as people see it, on a page that is cropped and turned
    /// clockwise by each quarter.
    #[test]
    fn the_seen_lower_left_corner_is_where_the_turned_page_has_it() {
        let corner = |turns| {
            let page = PageObject {
                reference: Ref::new(1),
                dict: Dict::default(),
                view: [10.0, 20.0, 310.0, 260.0],
                turns,
            };
            // Whole numbers, which are compared as such.
            let user = page.to_user([0.0, 0.0, 30.0, 12.0]);
            let seen = page.to_seen(user).map(|side| format!("{side}"));
            assert_eq!(seen, ["0", "0", "30", "12"]);
            user.map(|side| format!("{side}"))
        };
        assert_eq!(corner(0), ["10", "20", "40", "32"]);
        assert_eq!(corner(1), ["298", "20", "310", "50"]);
        assert_eq!(corner(2), ["280", "248", "310", "260"]);
        assert_eq!(corner(3), ["10", "230", "22", "260"]);
    }
}

//! Fewer points for the same picture.

use crate::plane::{Point, distance, sub};

/// Points that are looked at together, which bounds the work on hostile input.
const RUN: usize = 96;

/// Drops points of a closed polygon that lie within `tolerance` of the line
/// between those kept (Douglas and Peucker, in runs of [`RUN`]).
pub fn thin(polygon: &[Point], tolerance: f32) -> Vec<Point> {
    let mut kept = Vec::new();
    let mut start = 0;
    while start + 1 < polygon.len() {
        let end = (start + RUN).min(polygon.len() - 1);
        kept.push(polygon[start]);
        run(&polygon[start..=end], tolerance, &mut kept);
        start = end;
    }
    kept.extend(polygon.last());
    kept
}

/// Adds the inner points that must stay; the recursion is at most [`RUN`] deep.
fn run(points: &[Point], tolerance: f32, kept: &mut Vec<Point>) {
    let [first, inner @ .., last] = points else {
        return;
    };
    let farthest = inner
        .iter()
        .map(|p| from_segment(*p, *first, *last))
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((i, far)) = farthest
        && far > tolerance
    {
        run(&points[..=i + 1], tolerance, kept);
        kept.push(points[i + 1]);
        run(&points[i + 1..], tolerance, kept);
    }
}

fn from_segment(p: Point, a: Point, b: Point) -> f32 {
    let (ab, ap) = (sub(b, a), sub(p, a));
    let square = ab[0] * ab[0] + ab[1] * ab[1];
    if square <= f32::MIN_POSITIVE {
        return distance(p, a);
    }
    let along = ((ap[0] * ab[0] + ap[1] * ab[1]) / square).clamp(0.0, 1.0);
    distance(ap, [ab[0] * along, ab[1] * along])
}

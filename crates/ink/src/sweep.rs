//! The area that a moving nib covers, as polygons.

use crate::nib::Nib;
use crate::plane::{Point, add, direction, distance, scale, sub, turn};

/// A bend above this many radians within a nib's width starts a new polygon.
const SHARP: f32 = 0.8;
/// Segments of the half circle at an end.
const CAP: u8 = 7;

/// Polygons that together cover the trace under the nonzero rule.
///
/// All have the same orientation. A trace is cut where it turns tighter than its
/// own width, since an offset curve would fold over there and cancel itself;
/// the pieces meet in round ends, which is the round join.
pub fn sweep(trace: &[Nib]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts(trace) {
        pieces.push(piece(&trace[start..=cut]));
        start = cut;
    }
    pieces.push(piece(&trace[start..]));
    pieces
}

/// Indices of the sharp bends: of each group of neighbours, the sharpest.
fn cuts(trace: &[Nib]) -> Vec<usize> {
    let mut cuts: Vec<(usize, f32)> = Vec::new();
    for i in 1..trace.len().saturating_sub(1) {
        let bend = bend(trace, i);
        if bend < SHARP {
            continue;
        }
        match cuts.last_mut() {
            Some(last) if distance(trace[last.0].at, trace[i].at) < trace[i].radius => {
                if bend > last.1 {
                    *last = (i, bend);
                }
            }
            _ => cuts.push((i, bend)),
        }
    }
    cuts.into_iter().map(|(i, _)| i).collect()
}

/// Turn at `i`, between where the nib came from and where it goes, each seen
/// over about one radius.
fn bend(trace: &[Nib], i: usize) -> f32 {
    let (here, reach) = (trace[i].at, trace[i].radius);
    let far = |n: &&Nib| distance(n.at, here) >= reach;
    let near = 6;
    let before = &trace[i.saturating_sub(near)..i];
    let after = &trace[i + 1..(i + 1 + near).min(trace.len())];
    let from = before.iter().rev().find(far).or(before.first());
    let to = after.iter().find(far).or(after.last());
    match (from, to) {
        (Some(from), Some(to)) => turn(sub(here, from.at), sub(to.at, here)).abs(),
        _ => 0.0,
    }
}

/// One polygon around a gently bending trace: left side, end, right side, start.
fn piece(trace: &[Nib]) -> Vec<Point> {
    let headings = headings(trace);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (nib, heading) in trace.iter().zip(&headings) {
        let side = scale([-heading[1], heading[0]], nib.radius);
        left.push(add(nib.at, side));
        right.push(sub(nib.at, side));
    }
    let (first, last) = (0, trace.len() - 1);
    left.extend(cap(&trace[last], headings[last]));
    left.extend(right.into_iter().rev());
    left.extend(cap(&trace[first], scale(headings[first], -1.0)));
    left
}

/// Direction of travel at every point; a dot travels to the right.
fn headings(trace: &[Nib]) -> Vec<Point> {
    let mut known = [1.0, 0.0];
    if let Some(first) = trace
        .windows(2)
        .find_map(|w| direction(sub(w[1].at, w[0].at)))
    {
        known = first;
    }
    (0..trace.len())
        .map(|i| {
            let (a, b) = (i.saturating_sub(1), (i + 1).min(trace.len() - 1));
            known = direction(sub(trace[b].at, trace[a].at)).unwrap_or(known);
            known
        })
        .collect()
}

/// Inner points of the half circle around an end, from the left of `heading` to
/// its right.
fn cap(nib: &Nib, heading: Point) -> impl Iterator<Item = Point> {
    let (at, radius) = (nib.at, nib.radius);
    (1..CAP).map(move |i| {
        let (sin, cos) = (std::f32::consts::PI * f32::from(i) / f32::from(CAP)).sin_cos();
        let side = [-heading[1], heading[0]];
        add(
            at,
            scale(add(scale(side, cos), scale(heading, sin)), radius),
        )
    })
}

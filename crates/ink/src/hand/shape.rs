//! The path of the pen: a character's medians, bent the way a person bends them.

use super::body::Body;
use super::{Medians, usable};
use crate::plane::{Point, add, curve, direction, distance, length, mix, scale, span, sub, turn};

/// Free space around the writing, pixels.
pub const MARGIN: f32 = 28.0;
/// Height of the writing area, pixels.
pub const AREA_HEIGHT: f32 = 220.0;
/// Side of an ordinary character, pixels.
const SIDE: f32 = 150.0;
/// Spacing of the finished path, in character sides.
const STEP: f32 = 0.006;
/// How far corners are cut, in steps.
const ROUND: usize = 5;

/// How a stroke is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leave {
    /// The pen stops, then lifts.
    Stop,
    /// The pen lifts while it moves: left-falling strokes, hooks, rising strokes.
    Flick,
    /// Presses down late and then lifts: right-falling strokes.
    Press,
}

/// One unbroken movement on the paper.
#[derive(Debug)]
pub struct Line {
    /// Pixels, y down, about [`STEP`] sides apart; at least two points.
    pub path: Vec<Point>,
    /// Half-open parts of `path` where the pen only brushes from one stroke to
    /// the next.
    pub brush: Vec<std::ops::Range<usize>>,
    pub leave: Leave,
}

/// Writes one character from `left` on; returns its lines and where the next one
/// may begin.
pub fn character(medians: &Medians, left: f32, body: &mut Body) -> (Vec<Line>, f32) {
    let side = SIDE * (1.0 + body.about(0.06));
    let (lean, rise) = (0.10 + body.about(0.04), 0.085 + body.about(0.03));
    let (sink, narrow) = (body.about(0.045), 0.92 + body.about(0.04));
    let (warp_x, warp_y) = (body.wave(), body.wave());
    let strokes: Vec<Vec<Point>> = medians
        .medians
        .iter()
        .filter(|m| usable(m))
        .map(|m| {
            let unit: Vec<Point> = m
                .iter()
                .map(|p| [p[0] / 1024.0 - 0.5, 0.5 - (p[1] + 124.0) / 1024.0])
                .collect();
            let own = stray(&unit, body);
            let bent = own.into_iter().map(|[x, y]| {
                let (x, y) = (x + 0.016 * warp_x(y), y + 0.018 * warp_y(x));
                [(x - lean * y) * narrow, y - rise * x + sink]
            });
            rounded(&bent.collect::<Vec<_>>())
        })
        .collect();
    let mut lines = joined(strokes, body);
    let reach = |l: &[Line], f: fn(f32, f32) -> f32, from: f32| {
        l.iter().flat_map(|l| &l.path).map(|p| p[0]).fold(from, f)
    };
    let (low, high) = (reach(&lines, f32::min, 0.0), reach(&lines, f32::max, 0.0));
    let gap = 0.06 + body.even() * 0.05;
    for p in lines.iter_mut().flat_map(|l| &mut l.path) {
        *p = [left + (p[0] - low) * side, AREA_HEIGHT / 2.0 + p[1] * side];
    }
    (lines, left + (high - low + gap) * side)
}

/// A stroke misses its place, its angle and its length a little.
fn stray(stroke: &[Point], body: &mut Body) -> Vec<Point> {
    let middle = mix(stroke[0], stroke[stroke.len() - 1], 0.5);
    let shift = [body.about(0.014), body.about(0.014)];
    let (sin, cos) = body.about(0.045).sin_cos();
    let grow = 1.0 + body.about(0.05);
    stroke
        .iter()
        .map(|p| {
            let [x, y] = scale(sub(*p, middle), grow);
            add(add(middle, shift), [x * cos - y * sin, x * sin + y * cos])
        })
        .collect()
}

/// Evenly spaced points on a curve that cuts the corners.
fn rounded(stroke: &[Point]) -> Vec<Point> {
    let dense = even(stroke);
    let last = dense.len() - 1;
    (0..dense.len())
        .map(|i| {
            // The window shrinks towards the ends, which stay in place.
            let reach = ROUND.min(i).min(last - i);
            let window = &dense[i - reach..=i + reach];
            let mut count = 0.0;
            let mut sum = [0.0, 0.0];
            for p in window {
                sum = add(sum, *p);
                count += 1.0;
            }
            scale(sum, 1.0 / count)
        })
        .collect()
}

/// Points [`STEP`] apart on the curve through `points`.
fn even(points: &[Point]) -> Vec<Point> {
    let mut path = vec![points[0]];
    let mut carried = 0.0;
    for i in 0..points.len() - 1 {
        let four = span(points, i);
        let mut from = four[1];
        for part in 1..=40_u8 {
            let to = curve(four, f32::from(part) / 40.0);
            carried += distance(from, to);
            if carried >= STEP {
                path.push(to);
                carried = 0.0;
            }
            from = to;
        }
    }
    if carried > STEP * 0.3 || path.len() < 2 {
        path.push(points[points.len() - 1]);
    }
    path
}

/// Joins neighbouring strokes that a quick hand would not lift between, and lets
/// others reach out for what comes next.
fn joined(strokes: Vec<Vec<Point>>, body: &mut Body) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut previous: Option<Point> = None;
    for mut stroke in strokes {
        let start = stroke[0];
        if let (Some(end), Some(line)) = (previous, lines.last_mut()) {
            let gap = distance(end, start);
            if gap < 0.30 && body.even() < 0.42 {
                let from = line.path.len();
                line.path.extend(bridge(&line.path, &stroke));
                line.brush.push(from..line.path.len());
                line.leave = leave(&stroke);
                previous = stroke.last().copied();
                line.path.append(&mut stroke);
                continue;
            }
        }
        previous = stroke.last().copied();
        lines.push(Line {
            leave: leave(&stroke),
            path: stroke,
            brush: Vec::new(),
        });
    }
    for line in &mut lines {
        let ends = line.path.len() - 1;
        // Rounding the junctions too: a hand has no corners at all.
        if !line.brush.is_empty() {
            let (first, last) = (line.path[0], line.path[ends]);
            let soft: Vec<Point> = line
                .path
                .windows(5)
                .map(|w| scale(w.iter().copied().fold([0.0, 0.0], add), 0.2))
                .collect();
            line.path[2..ends - 1].copy_from_slice(&soft);
            (line.path[0], line.path[ends]) = (first, last);
        }
    }
    lines
}

/// The light way from the end of what is written to the start of `next`: a curve
/// that leaves and arrives in the directions of the strokes.
fn bridge(written: &[Point], next: &[Point]) -> Vec<Point> {
    let end = written[written.len() - 1];
    let start = next[0];
    let gap = distance(end, start);
    let out = heading(&written[written.len().saturating_sub(6)..]);
    let into = heading(&next[..next.len().min(6)]);
    let pull = 0.35 * gap;
    let (a, b) = (
        add(end, scale(out, pull * 0.6)),
        sub(start, scale(into, pull)),
    );
    let mut points = Vec::new();
    let steps = (gap / STEP).ceil().clamp(2.0, 80.0);
    let mut i = 1.0;
    while i < steps {
        let t = i / steps;
        let (ea, ab, bs) = (mix(end, a, t), mix(a, b, t), mix(b, start, t));
        points.push(mix(mix(ea, ab, t), mix(ab, bs, t), t));
        i += 1.0;
    }
    points
}

fn heading(part: &[Point]) -> Point {
    match part {
        [first, .., last] => direction(sub(*last, *first)).unwrap_or([1.0, 0.0]),
        _ => [1.0, 0.0],
    }
}

/// Tells the kinds of stroke apart by their last part.
fn leave(stroke: &[Point]) -> Leave {
    let tail = &stroke[stroke.len() - (stroke.len() / 4).clamp(2, 20).min(stroke.len())..];
    let end = heading(tail);
    let whole = sub(stroke[stroke.len() - 1], stroke[0]);
    let hooked = stroke.len() > 16
        && turn(
            heading(&stroke[stroke.len() / 2 - 4..stroke.len() / 2 + 4]),
            end,
        )
        .abs()
            > 1.2;
    let falls_left = end[0] < -0.35 && end[1] > 0.2;
    let rises = end[1] < -0.35;
    if falls_left || rises || hooked {
        Leave::Flick
    } else if end[0] > 0.45 && end[1] > 0.35 && length(whole) > 0.3 {
        Leave::Press
    } else {
        Leave::Stop
    }
}

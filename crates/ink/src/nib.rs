//! Where the nib was and how wide it pressed: samples to a smooth trace.

use crate::handwriting::{Handwriting, Pointer, Sample};
use crate::plane::{Point, add, curve, distance, mix, scale, span};

/// Widest nib against the size of a character; ordinary strokes are about half of it.
const WIDEST: f32 = 0.075;
/// Samples nearer than this part of a character's size are one.
const NEAR: f32 = 0.012;
/// Most samples that are drawn. A long signature keeps a few hundred; only
/// input that is no writing has more, and then every n-th is enough.
const DRAWN: usize = 6_000;
/// Spacing of the finished trace, against a character's size.
const STEP: f32 = 0.02;

/// A round nib at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nib {
    pub at: Point,
    pub radius: f32,
}

/// Side of one character, estimated from the box around everything written:
/// names are written in one line or one column, so it is the shorter side.
pub fn character_size(points: impl Iterator<Item = Point>) -> f32 {
    let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
    for [x, y] in points {
        low = [low[0].min(x), low[1].min(y)];
        high = [high[0].max(x), high[1].max(y)];
    }
    let (w, h) = (high[0] - low[0], high[1] - low[1]);
    w.min(h).max(w.max(h) / 5.0).max(4.0)
}

/// Trace of every stroke, in the order of writing; none is empty.
pub fn traces(ink: &Handwriting, size: f32) -> Vec<Vec<Nib>> {
    let usual_speed = usual_speed(ink);
    let pressed = ink.pointer == Pointer::Pen && pressure_varies(ink);
    let thinned: Vec<_> = ink.strokes.iter().map(|s| thin(s, size * NEAR)).collect();
    let every = thinned
        .iter()
        .map(Vec::len)
        .sum::<usize>()
        .div_ceil(DRAWN)
        .max(1);
    let trace = |samples: &Vec<Sample>| {
        let kept: Vec<Sample> = samples.iter().step_by(every).copied().collect();
        let weights: Vec<f32> = if pressed {
            kept.iter().map(|s| by_pressure(s.pressure)).collect()
        } else {
            speeds(&kept)
                .into_iter()
                .map(|v| by_speed(v / usual_speed))
                .collect()
        };
        let points: Vec<Point> = smooth_points(&kept);
        let mut nibs = resample(&points, &smooth(weights), size);
        taper(
            &mut nibs,
            size,
            if pressed { (0.8, 0.55) } else { (0.7, 0.35) },
        );
        nibs
    };
    thinned.iter().map(trace).collect()
}

/// Devices without a pressure sensor report a constant (0.5, or 0).
fn pressure_varies(ink: &Handwriting) -> bool {
    let (low, high) = ink
        .strokes
        .iter()
        .flatten()
        .fold((1.0_f32, 0.0_f32), |(low, high), s| {
            (low.min(s.pressure), high.max(s.pressure))
        });
    high - low > 0.05
}

/// Width against the widest nib, for a pressure of 0 to 1.
fn by_pressure(pressure: f32) -> f32 {
    0.14 + 0.86 * pressure.powf(1.15)
}

/// Width against the widest nib, for a speed against the writer's usual one:
/// ink spreads where the pen lingers.
fn by_speed(relative: f32) -> f32 {
    (0.86 - 0.28 * relative.sqrt()).clamp(0.3, 0.8)
}

/// Median speed over everything written, pixels a millisecond.
fn usual_speed(ink: &Handwriting) -> f32 {
    let mut all: Vec<f32> = ink.strokes.iter().flat_map(|s| speeds(s)).collect();
    all.retain(|v| *v > 0.0);
    all.sort_by(f32::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(1.0).max(1e-4)
}

/// Speed at every sample, over the neighbours on both sides: single intervals
/// are too coarse, since browsers round time.
fn speeds(samples: &[Sample]) -> Vec<f32> {
    let at = |s: &Sample| [s.x, s.y];
    (0..samples.len())
        .map(|i| {
            let window = &samples[i.saturating_sub(2)..(i + 3).min(samples.len())];
            let path: f32 = window
                .windows(2)
                .map(|w| distance(at(&w[0]), at(&w[1])))
                .sum();
            path / (window[window.len() - 1].t - window[0].t).max(1.0)
        })
        .collect()
}

/// Drops samples that hardly move; keeps the first and the last.
fn thin(samples: &[Sample], near: f32) -> Vec<Sample> {
    let mut kept: Vec<Sample> = Vec::new();
    for s in samples {
        if kept
            .last()
            .is_none_or(|k| distance([k.x, k.y], [s.x, s.y]) >= near)
        {
            kept.push(*s);
        }
    }
    if let (Some(last), true) = (samples.last(), kept.len() > 1) {
        kept.pop();
        kept.push(*last);
    }
    kept
}

/// Takes the tremor of the digitiser out; ends stay where they are.
fn smooth_points(samples: &[Sample]) -> Vec<Point> {
    let raw: Vec<Point> = samples.iter().map(|s| [s.x, s.y]).collect();
    let inner = raw
        .windows(3)
        .map(|w| add(scale(w[1], 0.5), scale(add(w[0], w[2]), 0.25)));
    raw.first()
        .copied()
        .into_iter()
        .chain(inner)
        .chain(raw.last().copied().filter(|_| raw.len() > 1))
        .collect()
}

/// Low pass, forwards then backwards, so that nothing is shifted along the stroke.
fn smooth(mut values: Vec<f32>) -> Vec<f32> {
    for _ in 0..2 {
        for i in 1..values.len() {
            values[i] = values[i - 1] + 0.45 * (values[i] - values[i - 1]);
        }
        values.reverse();
    }
    values
}

/// Evenly dense points on the curve through `points`.
fn resample(points: &[Point], weights: &[f32], size: f32) -> Vec<Nib> {
    let radius = |weight: f32| weight * size * WIDEST / 2.0;
    let mut nibs = vec![Nib {
        at: points[0],
        radius: radius(weights[0]),
    }];
    for i in 0..points.len() - 1 {
        let four = span(points, i);
        let parts = (distance(four[1], four[2]) / (size * STEP))
            .ceil()
            .clamp(1.0, 12.0);
        let mut part = 1.0;
        while part <= parts {
            let at = part / parts;
            let weight = weights[i] * (1.0 - at) + weights[i + 1] * at;
            nibs.push(Nib {
                at: curve(four, at),
                radius: radius(weight),
            });
            part += 1.0;
        }
    }
    nibs
}

/// Thins the ends to the given parts of their width: the nib lands and leaves.
fn taper(nibs: &mut [Nib], size: f32, (first, last): (f32, f32)) {
    let total: f32 = nibs.windows(2).map(|w| distance(w[0].at, w[1].at)).sum();
    let ramp = |gone: f32, over: f32, from: f32| {
        let x = (gone / over.min(total * 0.4).max(1e-3)).min(1.0);
        mix([from, 0.0], [1.0, 0.0], x * (2.0 - x))[0]
    };
    if total <= 0.0 {
        return;
    }
    let mut gone = 0.0;
    for i in 0..nibs.len() {
        if i > 0 {
            gone += distance(nibs[i - 1].at, nibs[i].at);
        }
        let factor = ramp(gone, size * 0.06, first) * ramp(total - gone, size * 0.14, last);
        nibs[i].radius *= factor.max(0.1);
    }
}

//! The pen's movement along a path: speed, pressure, lifts, and their sampling.

use super::body::Body;
use super::shape::{Leave, Line};
use crate::handwriting::Sample;
use crate::plane::{Point, distance, mix, sub, turn};

/// Milliseconds between two samples, at 120 Hz.
const TICK: f32 = 1000.0 / 120.0;
/// Speed on a straight way, pixels a millisecond.
const CRUISE: f32 = 0.62;

/// Writes all lines one after another; inner vectors of `characters` are the
/// lines of one character.
pub fn write(characters: &[Vec<Line>], body: &mut Body) -> Vec<Vec<Sample>> {
    let mut strokes = Vec::new();
    let mut now = 0.0;
    let tremor = (body.wave(), body.wave());
    let tilt = (body.wave(), body.wave());
    for lines in characters {
        for line in lines {
            let mut stroke = Vec::new();
            let pace = CRUISE * (1.0 + body.about(0.15));
            let force = 1.0 + body.about(0.08);
            for (at, pressure) in ticks(line, pace) {
                let second = now / 1000.0;
                stroke.push(Sample {
                    x: cent(at[0] + 0.22 * tremor.0(second * 3.1)),
                    y: cent(at[1] + 0.22 * tremor.1(second * 3.1)),
                    t: cent(now),
                    pressure: (pressure * force * 500.0).round().clamp(5.0, 500.0) / 500.0,
                    tilt_x: (34.0 + 3.0 * tilt.0(second * 0.3)).round(),
                    tilt_y: (21.0 + 3.0 * tilt.1(second * 0.3)).round(),
                });
                now += TICK;
            }
            strokes.push(stroke);
            now += 70.0 + 80.0 * body.even();
        }
        now += 120.0 + 150.0 * body.even();
    }
    strokes
}

fn cent(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

/// Positions and pressures along one line, one a tick.
fn ticks(line: &Line, pace: f32) -> Vec<(Point, f32)> {
    let path = &line.path;
    let speeds = speeds(line);
    let pressures = pressures(line, &speeds);
    let mut ticks = vec![(path[0], pressures[0])];
    let mut left = TICK;
    for i in 0..path.len() - 1 {
        let need = distance(path[i], path[i + 1]) / (speeds[i] * pace);
        let mut gone = 0.0;
        while need - gone > left {
            gone += left;
            left = TICK;
            let part = gone / need;
            let pressure = pressures[i] * (1.0 - part) + pressures[i + 1] * part;
            ticks.push((mix(path[i], path[i + 1], part), pressure));
        }
        left -= need - gone;
    }
    ticks.push((path[path.len() - 1], pressures[path.len() - 1]));
    ticks
}

/// Part of the cruising speed at every point: slow in bends (about the power of
/// a third of their radius, as hands move), slow where a stroke begins or stops.
fn speeds(line: &Line) -> Vec<f32> {
    let path = &line.path;
    let reach = 4;
    let mut speeds: Vec<f32> = (0..path.len())
        .map(|i| {
            let (a, b) = (i.saturating_sub(reach), (i + reach).min(path.len() - 1));
            let bend = turn(sub(path[i], path[a]), sub(path[b], path[i])).abs();
            (1.0 / (1.0 + 6.0 * bend)).powf(0.4)
        })
        .collect();
    let (landing, stopping) = (0.3, if line.leave == Leave::Stop { 0.35 } else { 0.8 });
    let last = path.len() - 1;
    for (i, v) in speeds.iter_mut().enumerate() {
        *v *= eased(i, 10, landing) * eased(last - i, 9, stopping);
        if line.brush.iter().any(|b| b.contains(&i)) {
            *v *= 1.3;
        }
    }
    blurred(&speeds, 3)
}

/// Pressure at every point: more where the pen is slow, little on the way to the
/// next stroke, and the ends that the kind of stroke asks for.
fn pressures(line: &Line, speeds: &[f32]) -> Vec<f32> {
    let last = line.path.len() - 1;
    let raw: Vec<f32> = speeds
        .iter()
        .enumerate()
        .map(|(i, speed)| {
            let brushed = line.brush.iter().any(|b| b.contains(&i));
            let base = if brushed { 0.16 } else { 0.74 - 0.30 * speed };
            let tail = (line.path.len() / 3).clamp(6, 34);
            let ending = match line.leave {
                Leave::Stop => eased(last - i, 3, 0.7),
                Leave::Flick => eased(last - i, tail, 0.08),
                Leave::Press if last - i > tail / 2 => 1.0 + 0.4 * (1.0 - eased(last - i, 30, 0.0)),
                Leave::Press => 1.3 * eased(last - i, tail / 2, 0.06),
            };
            (base * ending * eased(i, 4, 0.45)).clamp(0.02, 1.0)
        })
        .collect();
    blurred(&raw, 3)
}

/// From `from` at the end of a line to 1 at `over` points away from it.
fn eased(away: usize, over: usize, from: f32) -> f32 {
    let count = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let x = (count(away) / count(over.max(1))).min(1.0);
    from + (1.0 - from) * x * (2.0 - x)
}

/// Mean over `reach` neighbours on both sides.
fn blurred(values: &[f32], reach: usize) -> Vec<f32> {
    (0..values.len())
        .map(|i| {
            let window = &values[i.saturating_sub(reach)..(i + reach + 1).min(values.len())];
            let (sum, count) = window.iter().fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
            sum / count
        })
        .collect()
}

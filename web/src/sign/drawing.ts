/**
 * How a handwriting looks, without how it was made: what the server may see of it. A round nib
 * along each stroke, as crates/ink draws it (nib.rs), at even distances, so that no distance
 * tells how fast a hand was.
 */
import type { Drawing, Handwriting, Sample } from './api';

type Point = [number, number];
interface Nib {
  at: Point;
  radius: number;
}

/** Widest nib against the size of a character; ordinary strokes are about half of it. */
const WIDEST = 0.075;
/** Samples nearer than this part of a character's size are one. */
const NEAR = 0.012;
/** Distance of the points of the drawing, against a character's size. */
const STEP = 0.02;
/** Most points of a drawing: below what the server takes. */
const MOST = 40_000;

/** The drawing of a handwriting: no time, no pressure. */
export function drawingOf({ pointer, strokes }: Handwriting): Drawing {
  const written = strokes.filter((stroke) => stroke.length > 0);
  const size = characterSize(written.flat());
  const usual = usualSpeed(written);
  const pressed = pointer === 'pen' && pressureVaries(written);
  const traces = written.map((stroke) => {
    const samples = thin(stroke, size * NEAR);
    const weights = pressed
      ? samples.map((sample) => 0.14 + 0.86 * sample[3] ** 1.15)
      : speeds(samples).map((speed) => clamp(0.86 - 0.28 * Math.sqrt(speed / usual), 0.3, 0.8));
    const radii = smooth(weights).map((weight) => (weight * size * WIDEST) / 2);
    return along(smoothPoints(samples), radii, size * STEP);
  });
  const length = traces.reduce((sum, trace) => sum + lengthOf(trace), 0);
  const step = Math.max(size * STEP, length / MOST);
  const ends: Point = pressed ? [0.8, 0.55] : [0.7, 0.35];
  return {
    pointer,
    strokes: traces.map((trace) =>
      tapered(even(trace, step), size, ends).map(({ at: [x, y], radius }) =>
        [hundredths(x), hundredths(y), Math.max(0.01, hundredths(radius))])),
  };
}

/** Side of one character: names stand in one line or column, so it is the shorter side of their box. */
function characterSize(samples: readonly Sample[]): number {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of samples) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const [width, height] = [right - left, bottom - top];
  return Math.max(Math.min(width, height), Math.max(width, height) / 5, 4);
}

/** Devices without a sensor of pressure report a constant. */
function pressureVaries(strokes: readonly Sample[][]): boolean {
  let [low, high] = [1, 0];
  for (const sample of strokes.flat()) {
    low = Math.min(low, sample[3]);
    high = Math.max(high, sample[3]);
  }
  return high - low > 0.05;
}

/** Median speed over everything written, pixels a millisecond. */
function usualSpeed(strokes: readonly Sample[][]): number {
  const all = strokes.flatMap(speeds).filter((speed) => speed > 0).sort((a, b) => a - b);
  return Math.max(all[Math.floor(all.length / 2)] ?? 1, 1e-4);
}

/** Speed at every sample, over two neighbours on both sides: browsers round time. */
function speeds(samples: readonly Sample[]): number[] {
  return samples.map((_, index) => {
    const near = samples.slice(Math.max(0, index - 2), index + 3);
    const path = near.slice(1).reduce((sum, [x, y], at) => sum + Math.hypot(x - near[at]![0], y - near[at]![1]), 0);
    return path / Math.max(near.at(-1)![2] - near[0]![2], 1);
  });
}

/** Drops samples that hardly move; keeps the first and the last. */
function thin(samples: readonly Sample[], near: number): Sample[] {
  const kept: Sample[] = [];
  for (const sample of samples) {
    const last = kept.at(-1);
    if (!last || Math.hypot(sample[0] - last[0], sample[1] - last[1]) >= near) kept.push(sample);
  }
  if (kept.length > 1) kept[kept.length - 1] = samples.at(-1)!;
  return kept;
}

/** Takes the tremor of the digitiser out; ends stay where they are. */
function smoothPoints(samples: readonly Sample[]): Point[] {
  return samples.map(([x, y], index) => {
    const [before, after] = [samples[index - 1], samples[index + 1]];
    if (!before || !after) return [x, y];
    return [x / 2 + (before[0] + after[0]) / 4, y / 2 + (before[1] + after[1]) / 4];
  });
}

/** Low pass, forwards then backwards, so that nothing moves along the stroke. */
function smooth(values: readonly number[]): number[] {
  const once = (from: readonly number[]): number[] => {
    let last = from[0] ?? 0;
    return from.map((value) => { last += 0.45 * (value - last); return last; });
  };
  return once(once(values).reverse()).reverse();
}

/** Points on the curve through `points`, not farther than about `step` from each other. */
function along(points: readonly Point[], radii: readonly number[], step: number): Nib[] {
  const nibs: Nib[] = [{ at: points[0]!, radius: radii[0]! }];
  for (let index = 0; index + 1 < points.length; index += 1) {
    const [b, c] = [points[index]!, points[index + 1]!];
    const four: [Point, Point, Point, Point] = [points[index - 1] ?? mirror(b, c), b, c, points[index + 2] ?? mirror(c, b)];
    const parts = clamp(Math.ceil(distance(b, c) / step), 1, 12);
    for (let part = 1; part <= parts; part += 1) {
      const at = part / parts;
      nibs.push({ at: curve(four, at), radius: radii[index]! * (1 - at) + radii[index + 1]! * at });
    }
  }
  return nibs;
}

/** Point between the middle two on the centripetal Catmull-Rom curve: no loops, however uneven the points. */
function curve(p: [Point, Point, Point, Point], at: number): Point {
  const knot = (a: Point, b: Point): number => Math.max(Math.sqrt(distance(a, b)), 1e-3);
  const t1 = knot(p[0], p[1]);
  const t2 = t1 + knot(p[1], p[2]);
  const t3 = t2 + knot(p[2], p[3]);
  const t = t1 + at * (t2 - t1);
  const between = (a: Point, b: Point, from: number, to: number): Point => mix(a, b, (t - from) / (to - from));
  const [a1, a2, a3] = [between(p[0], p[1], 0, t1), between(p[1], p[2], t1, t2), between(p[2], p[3], t2, t3)];
  return between(between(a1, a2, 0, t2), between(a2, a3, t1, t3), t1, t2);
}

/** The same trace with a point at every `step` of its length, and at its end. */
function even(trace: readonly Nib[], step: number): Nib[] {
  const points: Nib[] = [trace[0]!];
  let left = step;
  for (let index = 1; index < trace.length; index += 1) {
    const [from, to] = [trace[index - 1]!, trace[index]!];
    const long = distance(from.at, to.at);
    let gone = left;
    for (; gone <= long && long > 0; gone += step) {
      const share = gone / long;
      points.push({ at: mix(from.at, to.at, share), radius: from.radius + share * (to.radius - from.radius) });
    }
    left = gone - long;
  }
  if (trace.length > 1) points.push(trace.at(-1)!);
  return points;
}

/** Thins the ends to these parts of their width: the nib lands and leaves. */
function tapered(trace: readonly Nib[], size: number, [first, last]: Point): Nib[] {
  const total = lengthOf(trace);
  if (total <= 0) return [...trace];
  const ramp = (gone: number, over: number, from: number): number => {
    const x = Math.min(gone / Math.max(Math.min(over, total * 0.4), 1e-3), 1);
    return from + (1 - from) * x * (2 - x);
  };
  let gone = 0;
  return trace.map(({ at, radius }, index) => {
    gone += index > 0 ? distance(trace[index - 1]!.at, at) : 0;
    const share = ramp(gone, size * 0.06, first) * ramp(total - gone, size * 0.14, last);
    return { at, radius: radius * Math.max(share, 0.1) };
  });
}

function lengthOf(trace: readonly Nib[]): number {
  return trace.slice(1).reduce((sum, { at }, index) => sum + distance(trace[index]!.at, at), 0);
}

function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}

function mix([ax, ay]: Point, [bx, by]: Point, at: number): Point {
  return [ax + at * (bx - ax), ay + at * (by - ay)];
}

/** `away` as seen in a mirror at `at`. */
function mirror(at: Point, away: Point): Point {
  return [2 * at[0] - away[0], 2 * at[1] - away[1]];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

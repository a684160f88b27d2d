//! Points of the plane, and the curve through them.

/// A point or a vector, in pixels.
pub type Point = [f32; 2];

pub fn add(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

pub fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub fn scale(a: Point, by: f32) -> Point {
    [a[0] * by, a[1] * by]
}

pub fn mix(a: Point, b: Point, at: f32) -> Point {
    add(scale(a, 1.0 - at), scale(b, at))
}

pub fn length(a: Point) -> f32 {
    // Extents are bounded, so that squares are too.
    (a[0] * a[0] + a[1] * a[1]).sqrt()
}

pub fn distance(a: Point, b: Point) -> f32 {
    length(sub(a, b))
}

/// Unit vector, or none where there is no direction.
pub fn direction(a: Point) -> Option<Point> {
    let long = length(a);
    (long > 1e-6).then(|| scale(a, 1.0 / long))
}

/// Angle from `a` to `b`, in radians, -π to π.
pub fn turn(a: Point, b: Point) -> f32 {
    (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1])
}

/// Point at `at` (0 to 1) between `p[1]` and `p[2]` on the centripetal
/// Catmull-Rom curve through the four points, which makes no loops and no cusps
/// between them however unevenly they lie.
pub fn curve(p: [Point; 4], at: f32) -> Point {
    let knot = |a, b| distance(a, b).sqrt().max(1e-3);
    let t1 = knot(p[0], p[1]);
    let t2 = t1 + knot(p[1], p[2]);
    let t3 = t2 + knot(p[2], p[3]);
    let t = t1 + at * (t2 - t1);
    let between = |a, b, from: f32, to: f32| mix(a, b, (t - from) / (to - from));
    let a1 = between(p[0], p[1], 0.0, t1);
    let a2 = between(p[1], p[2], t1, t2);
    let a3 = between(p[2], p[3], t2, t3);
    let b1 = between(a1, a2, 0.0, t2);
    let b2 = between(a2, a3, t1, t3);
    between(b1, b2, t1, t2)
}

/// The four points that [`curve`] needs for the span from `i` to `i + 1`; ends
/// are mirrored.
pub fn span(points: &[Point], i: usize) -> [Point; 4] {
    let (b, c) = (points[i], points[i + 1]);
    let before = i
        .checked_sub(1)
        .map_or_else(|| sub(scale(b, 2.0), c), |j| points[j]);
    let after = points
        .get(i + 2)
        .copied()
        .unwrap_or_else(|| sub(scale(c, 2.0), b));
    [before, b, c, after]
}

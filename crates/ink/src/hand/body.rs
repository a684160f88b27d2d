//! What varies from one writing to the next.

/// Seeded variation (`SplitMix64`): reproducible, and no secret depends on it.
pub struct Body {
    state: u64,
}

impl Body {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Even over 0 to 1.
    pub fn even(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [a, b, ..] = (z ^ (z >> 31)).to_le_bytes();
        f32::from(u16::from_le_bytes([a, b])) / f32::from(u16::MAX)
    }

    /// Bell-shaped around 0, mostly within ±`spread`, never beyond ±2 `spread`.
    pub fn about(&mut self, spread: f32) -> f32 {
        let sum: f32 = (0..4).map(|_| self.even()).sum();
        (sum - 2.0) * spread
    }

    /// Slow wave of height 1 along `x`, as a sum of two periods about 1 and 0.4.
    pub fn wave(&mut self) -> impl Fn(f32) -> f32 + use<> {
        let turn = std::f32::consts::TAU;
        let (a, b) = (self.even() * turn, self.even() * turn);
        move |x: f32| 0.7 * (turn * x + a).sin() + 0.3 * (turn * 2.5 * x + b).sin()
    }
}

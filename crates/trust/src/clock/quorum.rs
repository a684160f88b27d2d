//! What several sources say together: a minority may lie or be silent.

use std::time::Duration;

/// How far the machine's clock is ahead of a source, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sample {
    pub ahead: i64,
    /// Half of the way there and back: what the answer cannot say.
    pub unsure: i64,
}

impl Sample {
    /// The same in milliseconds, rounded.
    pub fn ahead_ms(self) -> i64 {
        self.ahead.saturating_add(500).div_euclid(1000)
    }
}

/// How many sources agree, and what they agree on: the median, when more than half of
/// all that are configured are within half of the limit of it.
pub(super) fn agreed(
    mut samples: Vec<Sample>,
    configured: usize,
    limit: Duration,
) -> (usize, Option<Sample>) {
    let near = i64::try_from(limit.as_micros() / 2).unwrap_or(i64::MAX);
    samples.sort_unstable_by_key(|sample| sample.ahead);
    let Some(&median) = samples.get(samples.len().saturating_sub(1) / 2) else {
        return (0, None);
    };
    let distance = |sample: &Sample| sample.ahead.saturating_sub(median.ahead).saturating_abs();
    let agreeing = samples
        .iter()
        .filter(|sample| distance(sample) <= near)
        .count();
    (agreeing, (agreeing > configured / 2).then_some(median))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ahead: &[i64], configured: usize) -> (usize, Option<i64>) {
        let sample = |ahead: &i64| Sample {
            ahead: ahead * 1000,
            unsure: 0,
        };
        let samples = ahead.iter().map(sample).collect();
        let (agreeing, sample) = agreed(samples, configured, Duration::from_secs(1));
        (agreeing, sample.map(|sample| sample.ahead / 1000))
    }

    #[test]
    fn a_majority_of_all_that_are_configured_must_agree() {
        assert_eq!(of(&[], 1), (0, None));
        assert_eq!(of(&[7], 1), (1, Some(7)));
        assert_eq!(of(&[7], 2), (1, None));
        assert_eq!(of(&[3_600_000, 5, 4], 3), (2, Some(5)));
        assert_eq!(of(&[-3_600_000, 5, 4], 3), (2, Some(4)));
        assert_eq!(of(&[3_600_000, 5], 3), (1, None));
        assert_eq!(of(&[9000, 8000, 5, 4], 4), (2, None));
        assert_eq!(of(&[i64::MIN / 1000, i64::MAX / 1000], 2), (1, None));
    }
}

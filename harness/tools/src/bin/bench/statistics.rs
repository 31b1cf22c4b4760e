//! Medians, spreads and percentiles.

use std::time::Duration;

/// Converts a count. Counts of a benchmark are far below 2^53, so that the conversion is exact.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Returns the median, or 0 for no values.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or_default();
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values.get((values.len() / 2).saturating_sub(1)).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}

/// Formats the median with the minimum and the maximum.
pub fn spread(values: &[f64], decimals: usize) -> String {
    let least = values.iter().copied().fold(f64::MAX, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{:.decimals$} ({least:.decimals$} to {most:.decimals$})", median(values))
}

/// Returns the smallest duration that `percent` percent of all do not exceed.
pub fn percentile<'a>(all: impl IntoIterator<Item = &'a Duration>, percent: usize) -> Duration {
    let mut all: Vec<Duration> = all.into_iter().copied().collect();
    all.sort_unstable();
    let rank = (all.len() * percent).div_ceil(100).max(1);
    all.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert_eq!(spread(&[2.0, 1.0, 4.0], 1), "2.0 (1.0 to 4.0)");
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let all: Vec<Duration> = (1..=200).rev().map(Duration::from_micros).collect();
        let of = |percent| percentile(&all, percent).as_micros();
        assert_eq!((of(50), of(99), of(100)), (100, 198, 200));
        assert_eq!(percentile(&all[..1], 99), all[0]);
        assert_eq!(percentile([], 50), Duration::ZERO);
    }
}

//! Medians and percentiles.

/// The middle one, the lowest and the highest of some figures.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    /// Not of nothing.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) { f64::midpoint(figures[middle - 1], figures[middle]) } else { figures[middle] };
        Self { median, low: figures[0], high: figures[figures.len() - 1] }
    }

    /// `12.3 (11.9–12.8)`
    pub fn show(&self, digits: usize) -> String {
        format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.low, self.high)
    }
}

/// The figure that so many per cent do not exceed; of an ordered list that is not empty.
pub fn percentile(ordered: &[f64], per_cent: usize) -> f64 {
    ordered[(ordered.len() * per_cent).div_ceil(100).max(1) - 1]
}

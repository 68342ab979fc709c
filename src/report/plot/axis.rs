//! Axes: what a reader may ask for, the range that is drawn, and where ticks stand with which labels.

use std::f64::consts::LOG10_E;

use super::error::PlotError;

/// Largest magnitude that is drawn; on a logarithmic axis also the inverse of the smallest.
const LARGEST: f64 = 1e300;

/// Free space between the data and the frame, as a share of the data's extent.
const PADDING: f64 = 0.04;

/// How values map to distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal differences are equal distances.
    #[default]
    Linear,
    /// Equal ratios are equal distances; only positive values are drawn.
    Log10,
}

/// An axis: its label with unit, its scale, and its range if not that of the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// Label with unit.
    pub label: String,
    /// Scale.
    pub scale: Scale,
    /// Lower and upper end in data units; `None` takes the extent of the data and a little more.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A linear axis over the extent of the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear, range: None }
    }

    /// A logarithmic axis over the extent of the positive data.
    pub fn log10(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log10, range: None }
    }

    /// The same axis from `low` to `high`.
    #[must_use]
    pub fn with_range(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }
}

/// A second reading of the left axis: the same heights, other numbers. It carries no data of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct RightAxis {
    /// Label with unit.
    pub label: String,
    /// How its numbers follow from those of the left axis.
    pub scale: RightScale,
}

/// The function that takes the left axis to the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RightScale {
    /// `e^y`: the effective number of states for an entropy in nats. Needs a linear left axis.
    Exp,
    /// `factor * y`, for example `1 / ln 2` for bits beside nats. The factor must be positive.
    Factor(f64),
}

/// The drawn range of an axis in units of its scale: values, or their decimal logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    scale: Scale,
    low: f64,
    high: f64,
}

/// A tick at a share `at` (0 to 1) of the axis; minor ticks have no label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: Option<String>,
}

impl Span {
    /// The range asked for, or one that holds all drawable `values` with some space; [0, 1] or [1, 10] if there are none.
    pub fn of(axis: &Axis, values: impl Iterator<Item = f64>) -> Result<Self, PlotError> {
        let scale = axis.scale;
        if let Some((low, high)) = axis.range {
            let range = scale.place(low).zip(scale.place(high)).filter(|(a, b)| b - a > 1e-12 * a.abs().max(b.abs()));
            let (low, high) = range.ok_or_else(|| PlotError::Range { axis: axis.label.clone(), low, high })?;
            return Ok(Self { scale, low, high });
        }
        let (low, high) = values
            .filter_map(|value| scale.place(value))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), place| (low.min(place), high.max(place)));
        if low > high {
            return Ok(Self { scale, low: 0.0, high: 1.0 });
        }
        let extent = high - low;
        let largest = low.abs().max(high.abs());
        let margin = if extent > 1e-9 * largest {
            PADDING * extent
        } else {
            // All values equal: show them in the middle of a range of their own size.
            match scale {
                Scale::Log10 => 0.5,
                Scale::Linear if largest > 0.0 => 0.1 * largest,
                Scale::Linear => 1.0,
            }
        };
        Ok(Self { scale, low: low - margin, high: high + margin })
    }

    /// A symmetric linear range, for residuals.
    pub fn symmetric(half: f64) -> Self {
        Self { scale: Scale::Linear, low: -half, high: half }
    }

    /// The same heights read on the right axis.
    pub fn right(&self, axis: &RightAxis) -> Result<Self, PlotError> {
        let refused = || PlotError::RightAxis { label: axis.label.clone() };
        match (axis.scale, self.scale) {
            (RightScale::Exp, Scale::Linear) if self.low.abs().max(self.high.abs()) < 1e9 => {
                Ok(Self { scale: Scale::Log10, low: self.low * LOG10_E, high: self.high * LOG10_E })
            }
            (RightScale::Factor(factor), Scale::Linear) if factor > 1e-6 && factor < 1e6 => {
                Ok(Self { low: self.low * factor, high: self.high * factor, ..*self })
            }
            (RightScale::Factor(factor), Scale::Log10) if factor > 1e-6 && factor < 1e6 => {
                Ok(Self { low: self.low + factor.log10(), high: self.high + factor.log10(), ..*self })
            }
            _ => Err(refused()),
        }
    }

    /// Where a value stands, 0 at the lower and 1 at the upper end; `None` if it cannot be drawn on this scale.
    pub fn position(&self, value: f64) -> Option<f64> {
        // Far outside, the exact distance no longer changes a clipped line; bounded, it cannot overflow.
        self.scale.place(value).map(|place| ((place - self.low) / (self.high - self.low)).clamp(-1e9, 1e9))
    }

    /// Ticks with at most about `max_labels` labels.
    pub fn ticks(&self, max_labels: usize) -> Vec<Tick> {
        let max_labels = max_labels.max(2);
        let (low, high) = (self.low, self.high);
        let ticks = match self.scale {
            Scale::Linear => linear_ticks(low, high, max_labels),
            Scale::Log10 => log_ticks(low, high, max_labels),
        };
        let tolerance = 1e-9;
        let at = |place: f64| (place - low) / (high - low);
        ticks
            .into_iter()
            .map(|(place, label)| Tick { at: at(place), label })
            .filter(|tick| tick.at >= -tolerance && tick.at <= 1.0 + tolerance)
            .map(|tick| Tick { at: tick.at.clamp(0.0, 1.0), ..tick })
            .collect()
    }
}

impl Scale {
    /// A value in units of the scale; `None` if it is not finite, too large, or not positive on a logarithmic axis.
    fn place(self, value: f64) -> Option<f64> {
        let magnitude = value.abs();
        match self {
            Scale::Linear if magnitude <= LARGEST => Some(if magnitude < 1.0 / LARGEST { 0.0 } else { value }),
            Scale::Log10 if (1.0 / LARGEST..=LARGEST).contains(&value) => Some(value.log10()),
            _ => None,
        }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64, max_labels: usize) -> Vec<(f64, Option<String>)> {
    let raw = (high - low) / max_labels as f64;
    let decade = 10f64.powi(raw.log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * decade).find(|step| *step >= raw * 0.999).unwrap_or(raw);
    let exponent = (step * 1.001).log10().floor() as i32;
    let largest = low.abs().max(high.abs());
    let mut ticks = Vec::new();
    let first = (low / step - 1e-9).ceil();
    let mut index = 0.0;
    // Bounded for ranges narrower than the spacing of doubles.
    while index < 64.0 {
        let value = (first + index) * step;
        if value > high + 1e-9 * step {
            break;
        }
        ticks.push((value, Some(linear_label(value, exponent, largest))));
        index += 1.0;
    }
    ticks
}

/// A number with the digits its step needs; powers of ten outside 1e-3 to 1e5.
fn linear_label(value: f64, step_exponent: i32, largest: f64) -> String {
    if largest < 1e5 && step_exponent >= -4 {
        let decimals = usize::try_from(-step_exponent).unwrap_or(0);
        return signed(&format!("{value:.decimals$}"));
    }
    let exponent = largest.log10().floor() as i32;
    // In two factors: 10^-310 alone would underflow.
    let mantissa = value / 10f64.powi(exponent / 2) / 10f64.powi(exponent - exponent / 2);
    if mantissa == 0.0 {
        return "0".into();
    }
    let decimals = usize::try_from(exponent - step_exponent).unwrap_or(0).min(15);
    signed(&format!("{mantissa:.decimals$}×10{}", superscript(exponent)))
}

/// Decades; within few decades also 1, 2, 5; within less than one, multiples of a linear step.
fn log_ticks(low: f64, high: f64, max_labels: usize) -> Vec<(f64, Option<String>)> {
    let first = (low - 1e-9).ceil() as i32;
    let last = (high + 1e-9).floor() as i32;
    let n_decades = usize::try_from(last - first + 1).unwrap_or(0);
    let plain = low > -3.5 && high < 4.5;
    let extent = high - low;
    if extent < 0.75 && low > -290.0 && high < 290.0 {
        let (from, to) = (10f64.powf(low), 10f64.powf(high));
        return linear_ticks(from, to, max_labels.min(6)).into_iter().map(|(v, label)| (v.log10(), label)).collect();
    }
    let mut ticks = Vec::new();
    if n_decades <= 2 && 3.0 * extent <= max_labels as f64 {
        for decade in first - 1..=last {
            for digit in 1..=9 {
                let place = f64::from(decade) + f64::from(digit).log10();
                let label = matches!(digit, 1 | 2 | 5).then(|| log_label(digit, decade, plain));
                ticks.push((place, label));
            }
        }
        return ticks;
    }
    let stride = n_decades.div_ceil(max_labels).max(1);
    let stride = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500].into_iter().find(|s| *s >= stride).unwrap_or(stride);
    let mut decade = first - 1;
    while decade <= last {
        if usize::try_from(decade.unsigned_abs()).is_ok_and(|d| d % stride == 0) {
            ticks.push((f64::from(decade), Some(log_label(1, decade, plain))));
        } else if n_decades <= 60 {
            ticks.push((f64::from(decade), None));
        }
        if n_decades <= 8 {
            ticks.extend((2..=9).map(|digit| (f64::from(decade) + f64::from(digit).log10(), None)));
        }
        decade += if n_decades <= 60 || decade.rem_euclid(stride as i32) != 0 { 1 } else { stride as i32 };
    }
    ticks
}

fn log_label(digit: i32, decade: i32, plain: bool) -> String {
    if plain {
        let decimals = usize::try_from(-decade).unwrap_or(0);
        format!("{:.decimals$}", f64::from(digit) * 10f64.powi(decade))
    } else if digit == 1 {
        format!("10{}", superscript(decade))
    } else {
        format!("{digit}×10{}", superscript(decade))
    }
}

/// A true minus sign, and no minus before zero.
fn signed(number: &str) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => number.to_owned(),
    }
}

/// An integer in superscript digits.
fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number
        .to_string()
        .chars()
        .map(|c| c.to_digit(10).and_then(|d| DIGITS.get(d as usize)).copied().unwrap_or('⁻'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(span: &Span, max: usize) -> Vec<String> {
        span.ticks(max).into_iter().filter_map(|tick| tick.label).collect()
    }

    fn span(scale: Scale, low: f64, high: f64) -> Span {
        Span::of(&Axis { label: String::new(), scale, range: Some((low, high)) }, std::iter::empty()).unwrap()
    }

    #[test]
    fn linear_labels_are_round_and_reach_both_ends() {
        assert_eq!(labels(&span(Scale::Linear, 0.0, 5.0), 6), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(labels(&span(Scale::Linear, -0.5, 0.5), 5), ["−0.4", "−0.2", "0.0", "0.2", "0.4"]);
        assert_eq!(labels(&span(Scale::Linear, 0.0, 3e6), 4), ["0", "1×10⁶", "2×10⁶", "3×10⁶"]);
        assert_eq!(labels(&span(Scale::Linear, 0.0, 2e-5), 4), ["0", "0.5×10⁻⁵", "1.0×10⁻⁵", "1.5×10⁻⁵", "2.0×10⁻⁵"]);
    }

    #[test]
    fn log_labels_are_decades_and_reach_both_ends() {
        assert_eq!(labels(&span(Scale::Log10, 0.01, 100.0), 8), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(labels(&span(Scale::Log10, 1e-6, 1.0), 8).first().unwrap(), "10⁻⁶");
        assert_eq!(labels(&span(Scale::Log10, 1.0, 10.0), 8), ["1", "2", "5", "10"]);
        assert_eq!(labels(&span(Scale::Log10, 2.0, 4.0), 8), ["2.0", "2.5", "3.0", "3.5", "4.0"]);
        assert_eq!(labels(&span(Scale::Log10, 1e-300, 1e300), 8).len(), 7);
    }

    #[test]
    fn ticks_are_few_and_inside_for_any_range() {
        let ends = [-1e300, -1e10, -1.0, -1e-299, 0.0, 1e-299, 1e-10, 1.0, 1.0 + 1e-11, 1e10, 1e300];
        for low in ends {
            for high in ends {
                for scale in [Scale::Linear, Scale::Log10] {
                    let axis = Axis { label: String::new(), scale, range: Some((low, high)) };
                    let Ok(span) = Span::of(&axis, std::iter::empty()) else { continue };
                    for max in [0, 1, 3, 8] {
                        let ticks = span.ticks(max);
                        assert!(ticks.len() < 120, "{low} {high} {scale:?}");
                        assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.at)));
                        assert!(ticks.iter().flat_map(|t| &t.label).all(|l| !l.contains("inf") && !l.contains("NaN")));
                    }
                }
            }
        }
    }

    #[test]
    fn ranges_of_hostile_data_are_proper() {
        let hostile: [&[f64]; 7] =
            [&[], &[f64::NAN, f64::INFINITY], &[3.0], &[0.0], &[-1e300, 1e300], &[1e-320, 5e-324], &[1e9, 1e9 + 1e-7]];
        for data in hostile {
            for axis in [Axis::linear("x"), Axis::log10("x")] {
                let span = Span::of(&axis, data.iter().copied()).unwrap();
                assert!(span.high > span.low && span.high.is_finite() && span.low.is_finite(), "{data:?} {span:?}");
                assert!(!span.ticks(6).is_empty());
            }
        }
    }

    #[test]
    fn refused_ranges_name_the_axis() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let error = Span::of(&Axis::linear("T").with_range(low, high), std::iter::empty()).unwrap_err();
            assert!(error.to_string().contains("`T`"));
        }
        assert!(Span::of(&Axis::log10("T").with_range(0.0, 1.0), std::iter::empty()).is_err());
    }

    #[test]
    fn the_right_axis_reads_the_same_heights() {
        let left = span(Scale::Linear, 0.0, 1000f64.ln());
        let right = left.right(&RightAxis { label: "W".into(), scale: RightScale::Exp }).unwrap();
        assert_eq!(labels(&right, 6), ["1", "10", "100", "1000"]);
        let bits = RightAxis { label: "bits".into(), scale: RightScale::Factor(1.0 / std::f64::consts::LN_2) };
        assert!((left.right(&bits).unwrap().high - 1000f64.log2()).abs() < 1e-12);
        assert!(span(Scale::Log10, 1.0, 2.0).right(&RightAxis { label: "W".into(), scale: RightScale::Exp }).is_err());
    }
}

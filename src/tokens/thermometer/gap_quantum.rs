//! The common quantum of the gaps between listed energies: logits of 16 bits are multiples of a power of 1/2.

use serde::Serialize;

use super::tally::Tally;

/// Rounding errors of printed logarithms of probabilities, in nats.
const TOLERANCE: f64 = 3e-5;
/// The finest quantum that rounding errors do not hide.
const FINEST: f64 = 20.0 * TOLERANCE;
/// Gaps that are used.
const MOST_GAPS: usize = 20_000;
/// Different gaps that a quantum has to explain: chance does so with probability (2 tolerance/quantum) each.
const LEAST_GAPS: usize = 12;
/// The smallest gap is at most this many quanta.
const COARSEST_MULTIPLE: u32 = 32;
/// Gaps above this are left out: their rounding errors grow.
const WIDEST: f64 = 30.0;

/// The quantum q such that all gaps E_i - E_0 are multiples of it, as for logits of few bits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapQuantum {
    /// Largest common quantum of the gaps, in units of the reference.
    pub quantum: f64,
    /// Number of different gaps it was found from.
    pub n_gaps: usize,
    /// Whether it is a power of two, as the gaps of logits at T = 1 are.
    pub power_of_two: bool,
    /// If it is not: the temperatures between 0.1 and 4 at which T quantum = 2^-k.
    pub temperatures: Vec<f64>,
}

impl GapQuantum {
    /// The quantum of the listed gaps, if there is one coarser than rounding errors.
    pub(super) fn of(tallies: &[Tally<'_>]) -> Option<Self> {
        let mut gaps: Vec<f64> = tallies
            .iter()
            .flat_map(|tally| tally.spectrum.excitations().iter().copied())
            .filter(|gap| *gap > TOLERANCE && *gap < WIDEST)
            .take(MOST_GAPS)
            .collect();
        gaps.sort_unstable_by(f64::total_cmp);
        // A gap that comes again says nothing new.
        gaps.dedup_by(|next, last| *next - *last < 2.0 * TOLERANCE);
        if gaps.len() < LEAST_GAPS {
            return None;
        }
        let quantum = (1..=COARSEST_MULTIPLE).find_map(|m| refined(gaps[0] / f64::from(m), &gaps))?;
        // What was rounded to decimals has a quantum whatever it was before.
        let decimals = quantum.log10();
        if (decimals - decimals.round()).abs() < 1e-4 {
            return None;
        }
        let exponent = quantum.log2();
        // ln q is known to about tolerance/largest gap.
        let power_of_two = (exponent - exponent.round()).abs() < 1e-4;
        let temperatures = if power_of_two {
            Vec::new()
        } else {
            (-12..=2).map(|k| 2f64.powi(k) / quantum).filter(|t| (0.1..=4.0).contains(t)).collect()
        };
        Some(Self { quantum, n_gaps: gaps.len(), power_of_two, temperatures })
    }

    /// Whether the gaps times `temperature` have a power of two as their quantum.
    #[must_use]
    pub fn agrees_with(&self, temperature: f64) -> bool {
        let exponent = (self.quantum * temperature).log2();
        (exponent - exponent.round()).abs() < 1e-4
    }
}

/// The quantum near `quantum` of which all rising `gaps` are multiples: least squares over the gaps so far foretells the
/// next one.
fn refined(mut quantum: f64, gaps: &[f64]) -> Option<f64> {
    let (mut product, mut square, mut largest) = (0.0f64, 0.0f64, 1.0f64);
    let fits = |gap: f64, quantum: f64, slack: f64| {
        let rest = (gap - (gap / quantum).round() * quantum).abs();
        rest <= slack && slack < 0.25 * quantum
    };
    for &gap in gaps {
        let multiple = (gap / quantum).round();
        if quantum < FINEST || !fits(gap, quantum, TOLERANCE * (1.0 + multiple / largest)) {
            return None;
        }
        product += gap * multiple;
        square += multiple * multiple;
        quantum = product / square;
        largest = largest.max(multiple);
    }
    gaps.iter().all(|&gap| fits(gap, quantum, 2.0 * TOLERANCE)).then_some(quantum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::tokens::Position;

    fn quantum_of(step: f64, temperature: f64, rounding: f64) -> Option<GapQuantum> {
        let logits: Vec<f64> = (0..40).map(|i| f64::from(i * i % 61) * step / temperature).collect();
        let listed =
            Spectrum::from_logits(&logits.iter().map(|x| (x / rounding).round() * rounding).collect::<Vec<_>>());
        let position = Position::full("", listed.unwrap());
        GapQuantum::of(&[Tally::new(&position).unwrap()])
    }

    #[test]
    fn quanta_of_raw_and_of_tempered_gaps() {
        let raw = quantum_of(0.0625, 1.0, 1e-6).unwrap();
        assert!(raw.power_of_two && (raw.quantum - 0.0625).abs() < 1e-6, "{raw:?}");
        let tempered = quantum_of(0.0625, 0.7, 1e-5).unwrap();
        assert!(!tempered.power_of_two && tempered.agrees_with(0.7) && !tempered.agrees_with(0.8), "{tempered:?}");
        assert!(tempered.temperatures.iter().any(|t| (t - 0.7).abs() < 1e-3), "{tempered:?}");
    }

    #[test]
    fn one_gap_many_times_has_no_quantum() {
        let position = |rounding: f64| Position::full("", Spectrum::from_logits(&[0.351_7 + rounding, 0.0]).unwrap());
        let positions: Vec<Position> = (0..300).map(|i| position(1e-5 * f64::from(i % 3))).collect();
        let tallies: Vec<Tally<'_>> = positions.iter().map(|position| Tally::new(position).unwrap()).collect();
        assert_eq!(GapQuantum::of(&tallies), None);
    }

    #[test]
    fn rounded_decimals_have_none() {
        assert_eq!(quantum_of(0.01, 1.0, 1e-6), None);
        assert!(quantum_of(0.015_625, 1.0, 1e-6).is_some());
    }

    #[test]
    fn gaps_without_a_quantum_have_none() {
        let incommensurable: Vec<f64> = (1..40).map(|i| f64::from(i).sqrt()).collect();
        let position = Position::full("", Spectrum::from_logits(&incommensurable).unwrap());
        assert_eq!(GapQuantum::of(&[Tally::new(&position).unwrap()]), None);
    }
}

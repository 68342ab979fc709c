//! Numbers of states from the visits of a Markov chain with known weights.

use super::cell_density::CellDensity;
use super::error::{EstimatorError, check_finite, check_length};

/// ln g = ln H + ln g_w from visits H of a chain whose weights are 1/g_w.
///
/// `blocks`: `[n_blocks]` of visits `[n_cells]`; `ln_weights` is ln g_w, `[n_cells]`; it may be anything where there
/// are no visits. Blocks must be long compared with a round trip between the ends.
///
/// # Errors
///
/// Fewer than two blocks, unequal lengths, a visit that is negative or not finite, a weight that is not finite where
/// there are visits, no visits at all, or [`EstimatorError::Unconnected`] for a cell that one block alone has visited.
///
/// # References
///
/// B. A. Berg and T. Neuhaus, Phys. Rev. Lett. 68, 9 (1992), doi:10.1103/PhysRevLett.68.9.
pub fn density_from_visits<B: AsRef<[f64]>>(blocks: &[B], ln_weights: &[f64]) -> Result<CellDensity, EstimatorError> {
    check_length(blocks.len(), 2)?;
    let mut total = vec![0.0; ln_weights.len()];
    for block in blocks {
        let block = block.as_ref();
        if block.len() != total.len() {
            return Err(EstimatorError::LengthMismatch { expected: total.len(), found: block.len() });
        }
        check_counts(block)?;
        total.iter_mut().zip(block).for_each(|(sum, n)| *sum += n);
    }
    let cells: Vec<usize> = (0..total.len()).filter(|&i| total[i] > 0.0).collect();
    check_length(cells.len(), 1)?;
    check_finite(&cells.iter().map(|&i| ln_weights[i]).collect::<Vec<_>>())?;
    let ln_g = |without: Option<usize>| {
        let ln_g = |&cell: &usize| {
            let visits = total[cell] - without.map_or(0.0, |b| blocks[b].as_ref()[cell]);
            if visits > 0.0 { Ok(visits.ln() + ln_weights[cell]) } else { Err(EstimatorError::Unconnected { cell }) }
        };
        cells.iter().map(ln_g).collect()
    };
    CellDensity::from_blocks(cells.clone(), blocks.len(), ln_g)
}

/// Refuses counts that are negative or not finite.
pub(super) fn check_counts(counts: &[f64]) -> Result<(), EstimatorError> {
    match counts.iter().position(|n| !(*n >= 0.0 && n.is_finite())) {
        Some(index) => Err(EstimatorError::Count { index, value: counts[index] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimators::Known;

    #[test]
    fn visits_divided_by_weights_are_states() {
        let blocks = [[10.0, 0.0, 20.0], [11.0, 0.0, 19.0], [9.0, 0.0, 21.0]];
        let density = density_from_visits(&blocks, &[0.0, f64::INFINITY, 1.0]).unwrap();
        assert_eq!((density.cells(), density.n_blocks()), (&[0, 2][..], 3));
        let density = density.normalised(Known::Cell { cell: 0, ln_g: 0.0 }).unwrap();
        assert!((density.ln_g()[1] - 2f64.ln() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn refusals() {
        let of = |blocks: &[Vec<f64>]| density_from_visits(blocks, &[0.0, 0.0]);
        assert_eq!(of(&[vec![1.0, 1.0]]), Err(EstimatorError::TooFew { needed: 2, found: 1 }));
        assert_eq!(of(&[vec![1.0, 1.0], vec![1.0, 0.0]]), Err(EstimatorError::Unconnected { cell: 1 }));
        assert!(matches!(of(&[vec![1.0, 1.0], vec![1.0]]), Err(EstimatorError::LengthMismatch { .. })));
        assert!(matches!(of(&[vec![1.0, -1.0], vec![1.0, 3.0]]), Err(EstimatorError::Count { index: 1, .. })));
        assert_eq!(of(&[vec![0.0; 2], vec![0.0; 2]]), Err(EstimatorError::TooFew { needed: 1, found: 0 }));
    }
}

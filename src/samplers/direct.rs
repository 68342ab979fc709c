//! Independent draws of levels: inverse CDF for one draw, Walker's alias table for many.

use rand::Rng;

use super::{Independent, Sampler};
use crate::ensemble::Canonical;
use crate::rng::uniform;

/// Draws levels of a [`Canonical`] by inverting its cumulative distribution: cheap to set up, right for one draw.
///
/// A forbidden level can never be drawn, not even by an extreme random number, because u is in (0, 1] and a level
/// of weight zero owns no part of that interval.
///
/// # Examples
///
/// ```
/// use gibbs::{ensemble::{Canonical, Spectrum}, rng::Seed, samplers::InverseCdf, units::Beta};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spectrum = Spectrum::new(vec![f64::INFINITY, 0.0, 1.0])?;
/// let mut rng = Seed(1).set_up();
/// assert_eq!(InverseCdf::new(&Canonical::new(&spectrum, Beta::INFINITE)).draw(&mut rng), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct InverseCdf {
    cumulative: Vec<f64>,
}

impl InverseCdf {
    /// Sums the weights: one pass.
    #[must_use]
    pub fn new(ensemble: &Canonical<'_>) -> Self {
        let mut cumulative = ensemble.weights();
        let mut total = 0.0;
        for weight in &mut cumulative {
            total += *weight;
            *weight = total;
        }
        Self { cumulative }
    }

    /// The index of one level.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let target = uniform(rng) * total;
        self.cumulative.partition_point(|&sum| sum < target)
    }
}

/// Draws levels of a [`Canonical`] in constant time each, from Walker's alias table.
///
/// # References
///
/// M. D. Vose, IEEE Trans. Softw. Eng. 17, 972 (1991), doi:10.1109/32.92917.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Per cell: the share of the cell its own level keeps, and the level that owns the rest.
    cells: Vec<(f64, u32)>,
    energies: Vec<f64>,
    level: usize,
}

impl Alias {
    /// Builds the table over the levels that can be occupied: one pass.
    #[must_use]
    pub fn new(ensemble: &Canonical<'_>) -> Self {
        let weights = ensemble.weights();
        let total: f64 = weights.iter().sum();
        let scale = weights.len() as f64 / total;
        let heaviest = (0..weights.len()).fold(0, |best, i| if weights[i] > weights[best] { i } else { best });
        let mut cells: Vec<(f64, u32)> = weights.iter().map(|w| (w * scale, heaviest as u32)).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) = (0..cells.len()).partition(|&i| cells[i].0 < 1.0);
        while let (Some(p), Some(&r)) = (poor.pop(), rich.last()) {
            cells[p].1 = r as u32;
            cells[r].0 -= 1.0 - cells[p].0;
            if cells[r].0 < 1.0 {
                rich.pop();
                poor.push(r);
            }
        }
        // What is left over differs from a full cell by rounding alone; empty cells keep the heaviest as owner.
        rich.into_iter().for_each(|i| cells[i].0 = 1.0);
        let energies = (0..weights.len()).map(|i| ensemble.spectrum().energy(i)).collect();
        Self { cells, energies, level: heaviest }
    }

    /// The index of one level. One 64-bit word chooses the cell, another the owner.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        let cell = crate::rng::index(rng, self.cells.len() as u64) as usize;
        let (share, other) = self.cells[cell];
        if uniform(rng) <= share { cell } else { other as usize }
    }
}

impl Sampler for Alias {
    type State = usize;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.level = self.draw(rng);
    }

    fn state(&self) -> &usize {
        &self.level
    }

    fn energy(&self) -> f64 {
        self.energies[self.level]
    }
}

impl Independent for Alias {}

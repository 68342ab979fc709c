//! Over-relaxation of unit vectors: spins reflected about their fields at constant energy, mixed with a heat bath.

use rand::Rng;

use crate::samplers::{Replica, RestoreError, Resume, Sampler};
use crate::systems::VectorHeatBath;
use crate::systems::lattice::vector::{dot, plus_scaled, renormalized};
use crate::systems::{VectorModel, VectorState};
use crate::units::Beta;

/// Sweeps of reflections after each sweep of the heat bath.
const REFLECTING_SWEEPS: usize = 2;

/// A chain whose advance is one sweep of [`VectorHeatBath`] and then two sweeps of reflections in the order of the
/// sites, `s' = 2 (s.h) h/h^2 - s` with h the field of the neighbours; a spin without a field stays.
///
/// A reflection keeps s.h and with it the energy, maps the sphere on itself without stretching it, and undoes itself.
/// It therefore leaves Boltzmann's distribution at any temperature as it is, and so does any fixed sequence of
/// reflections, although a sweep as a whole is not its own inverse: stationarity holds, detailed balance does not, and
/// averages need no more. Reflections alone stay on a surface of constant energy and are not ergodic. The heat bath is:
/// at T > 0 one sweep at random sites meets every site with probability N!/N^N or more and then reaches every
/// neighbourhood of every state, and what follows at constant measure keeps that. Together they carry waves of spins
/// through the lattice, which the heat bath lets diffuse.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::systems::{OverRelaxation, Xy};
/// use gibbs::samplers::Sampler;
/// use gibbs::model::{Lattice, LatticeKind, Model};
/// use gibbs::model::Boundary;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Xy::new(Lattice::new(LatticeKind::Square, &[8, 8], Boundary::Periodic)?, 1.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = OverRelaxation::new(&model, Beta::new(1.1)?, model.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// let energy = chain.energy();
/// chain.reflect();
/// assert!((chain.energy() - energy).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// S. L. Adler, Phys. Rev. D 23, 2901 (1981), doi:10.1103/PhysRevD.23.2901;
/// M. Creutz, Phys. Rev. D 36, 515 (1987), doi:10.1103/PhysRevD.36.515.
#[derive(Clone, Debug)]
pub struct OverRelaxation<'a, const D: usize> {
    heat_bath: VectorHeatBath<'a, D>,
}

impl<'a, const D: usize> OverRelaxation<'a, D> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a VectorModel<D>, beta: Beta, state: VectorState<D>) -> Self {
        Self { heat_bath: VectorHeatBath::new(model, beta, state) }
    }

    /// Reflects all spins, one after another, at constant energy. Part of every advance.
    pub fn reflect(&mut self) {
        let (model, state) = self.heat_bath.parts();
        for site in 0..model.lattice().n_sites() as u32 {
            let neighbours = model.neighbour_sum(state.spins(), site);
            let square = dot(&neighbours, &neighbours);
            // J drops out; without coupling any reflection will do.
            if square > 0.0 {
                let spin = state.spins()[site as usize];
                let along = 2.0 * dot(&spin, &neighbours) / square;
                let reflected = plus_scaled(&spin.map(|x| -x), along, &neighbours);
                model.turn(state, site, renormalized(&reflected), &neighbours);
            }
        }
    }
}

impl<const D: usize> Sampler for OverRelaxation<'_, D> {
    type State = VectorState<D>;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.heat_bath.advance(rng);
        (0..REFLECTING_SWEEPS).for_each(|_| self.reflect());
    }

    fn state(&self) -> &VectorState<D> {
        self.heat_bath.state()
    }

    fn energy(&self) -> f64 {
        self.heat_bath.energy()
    }
}

impl<const D: usize> Resume for OverRelaxation<'_, D> {
    type Saved = (VectorState<D>,);

    const NAME: &'static str = "OverRelaxation";

    fn save(&self) -> Self::Saved {
        self.heat_bath.save()
    }

    fn restore(&mut self, saved: Self::Saved) -> Result<(), RestoreError> {
        self.heat_bath.restore(saved)
    }
}

impl<const D: usize> Replica for OverRelaxation<'_, D> {
    fn beta(&self) -> Beta {
        self.heat_bath.beta()
    }

    fn exchange(&mut self, other: &mut Self) {
        self.heat_bath.exchange(&mut other.heat_bath);
    }
}

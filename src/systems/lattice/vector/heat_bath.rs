//! Heat bath of unit vectors: each new spin is drawn exactly in the field of its neighbours, at random sites.

use rand::Rng;

use crate::model::Model;
use crate::rng::index;
use crate::samplers::{Sampler, replica_by_state};
use crate::systems::lattice::vector::direction_draw::along;
use crate::systems::lattice::vector::{dot, unit};
use crate::systems::{VectorModel, VectorState};
use crate::units::Beta;

/// A chain that gives one random site after another a spin drawn from its Boltzmann distribution at fixed neighbours,
/// density proportional to `e^(beta h.s)` with the field h = J times the sum of the neighbours, whatever the spin was.
///
/// No draw is refused and none depends on a step width. At T = 0 the spin points along the field, at beta = -infinity
/// against it; without a field, also where neighbours cancel, it is uniform. One advance is N sites.
///
/// # Examples
///
/// ```
/// use gibbs::rng::Seed;
/// use gibbs::samplers::Sampler;
/// use gibbs::systems::{Heisenberg, VectorHeatBath};
/// use gibbs::model::{Lattice, LatticeKind, Model};
/// use gibbs::model::Boundary;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = Heisenberg::new(Lattice::new(LatticeKind::Cubic, &[4, 4, 4], Boundary::Periodic)?, 1.0)?;
/// let mut rng = Seed(1).set_up();
/// let mut chain = VectorHeatBath::new(&model, Beta::new(0.7)?, model.initial_state(&mut rng));
/// chain.advance(&mut rng);
/// assert!((chain.energy() - model.energy(chain.state())).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// M. Creutz, Phys. Rev. D 21, 2308 (1980), doi:10.1103/PhysRevD.21.2308;
/// Y. Miyatake et al., J. Phys. C 19, 2539 (1986), doi:10.1088/0022-3719/19/14/020.
#[derive(Clone, Debug)]
pub struct VectorHeatBath<'a, const D: usize> {
    model: &'a VectorModel<D>,
    beta: Beta,
    state: VectorState<D>,
    /// K = beta J, 0 without coupling at any temperature.
    coupling: f64,
}

impl<'a, const D: usize> VectorHeatBath<'a, D> {
    /// A chain of `model` at `beta` that starts from `state`.
    #[must_use]
    pub fn new(model: &'a VectorModel<D>, beta: Beta, state: VectorState<D>) -> Self {
        let coupling = if model.j() == 0.0 { 0.0 } else { beta.get() * model.j() };
        Self { model, beta, state, coupling }
    }

    /// A spin for the site whose neighbours add up to `neighbours`.
    #[inline]
    fn draw<R: Rng + ?Sized>(&self, neighbours: &[f64; D], rng: &mut R) -> [f64; D] {
        let Some(direction) = unit(neighbours) else {
            return along(&std::array::from_fn(|k| if k == 0 { 1.0 } else { 0.0 }), 0.0, rng);
        };
        let axis = if self.coupling < 0.0 { direction.map(|x| -x) } else { direction };
        let kappa = self.coupling.abs() * dot(neighbours, neighbours).sqrt();
        if kappa.is_finite() { along(&axis, kappa, rng) } else { axis }
    }

    /// The model and the state, for moves that this chain is mixed with.
    pub(super) fn parts(&mut self) -> (&'a VectorModel<D>, &mut VectorState<D>) {
        (self.model, &mut self.state)
    }
}

impl<const D: usize> Sampler for VectorHeatBath<'_, D> {
    type State = VectorState<D>;

    fn advance<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let sites = self.model.lattice().n_sites() as u64;
        for _ in 0..self.model.moves_per_sweep() {
            let site = index(rng, sites) as u32;
            let neighbours = self.model.neighbour_sum(self.state.spins(), site);
            let spin = self.draw(&neighbours, rng);
            self.model.turn(&mut self.state, site, spin, &neighbours);
        }
    }

    fn state(&self) -> &VectorState<D> {
        &self.state
    }

    fn energy(&self) -> f64 {
        self.model.running_energy(&self.state)
    }
}

replica_by_state!("VectorHeatBath", [const D: usize] VectorHeatBath<'_, D>, VectorState<D>, beta);

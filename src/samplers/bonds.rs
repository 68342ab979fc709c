//! Which bonds clusters are made of: what may be frozen at a temperature, and with what probability.

use rand::Rng;

use super::SamplerError;
use super::accept::{Chance, FREE, bond_probability};
use crate::model::ClusterModel;
use crate::rng::uniform;
use crate::units::Beta;

/// The rule by which the bonds of a [`ClusterModel`] are frozen at one temperature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bonds {
    pub beta: Beta,
    /// The one probability of all satisfied bonds, where there is one.
    pub chance: Option<Chance>,
    /// Whether it is equal spins that satisfy such a bond; else different ones.
    pub parallel: bool,
    /// Whether it is so hot that nearly all clusters are single sites. Half of those are left out then, or sweeps would see states of one
    /// parity alone.
    pub all_but_free: bool,
}

impl Bonds {
    /// The rule for `model` at `beta`.
    ///
    /// # Errors
    ///
    /// Beta J < 0 where clusters are of no use: see [`ClusterModel`].
    pub fn new<M: ClusterModel>(model: &M, beta: Beta) -> Result<Self, SamplerError> {
        let (j, b) = (model.coupling(), beta.get());
        // Without coupling no bond is frozen, not even at T = 0.
        let free = j == 0.0 || b == 0.0;
        let parallel = free || (j > 0.0) == (b > 0.0);
        if !parallel && !model.lattice().is_bipartite() {
            return Err(SamplerError::ClusterFrustration { lattice: model.lattice().to_string(), j, beta });
        }
        if !parallel && !model.has_antiferromagnetic_clusters() {
            return Err(SamplerError::ClusterCoupling { j, beta });
        }
        let probability = |cost: f64| if free { 0.0 } else { bond_probability(b.abs() * cost) };
        let chance = model.fixed_bond_cost().map(|cost| Chance::new(probability(cost)));
        let all_but_free = b.abs() * j.abs() * (model.lattice().coordination() as f64) < FREE;
        Ok(Self { beta, chance, parallel, all_but_free })
    }

    /// Whether the bond of two neighbours is frozen, by its own cost.
    pub fn freezes<M, R>(&self, model: &M, a: M::Spin, b: M::Spin, frame: &M::Frame, rng: &mut R) -> bool
    where
        M: ClusterModel,
        R: Rng + ?Sized,
    {
        // 0 * inf is NaN, which is not positive: a bond of no cost is never frozen.
        let cost = self.beta.get() * model.bond_cost(a, b, frame);
        cost > 0.0 && uniform(rng) <= bond_probability(cost)
    }
}

//! What `auto` means for spins on a lattice of equal bonds.

use crate::model::Lattice;
use crate::simulation::{Choice, SamplerName};
use crate::units::Beta;

/// Why what won a contest is taken.
pub(super) const CHEAPEST: &str = "in a pilot run it needed the least work for an independent energy";

/// What the choice depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spins<'a> {
    pub lattice: &'a Lattice,
    pub j: f64,
    /// The field.
    pub h: f64,
    /// The transition that mean-field theory predicts, above which no field holds the spins.
    pub mean_field_temperature: f64,
    /// Clusters of this model work for antiparallel neighbours too.
    pub antiferromagnetic_clusters: bool,
    /// The single-spin sampler that serves it best.
    pub local: SamplerName,
}

impl Spins<'_> {
    /// What serves at `beta`; where clusters and single spins both do, the `cheapest` by a pilot run.
    pub fn automatic(&self, beta: Beta, cheapest: impl FnOnce(Beta) -> Option<SamplerName>) -> Choice {
        let local = |why| Choice { sampler: self.local, why };
        let order = if beta == Beta::ZERO { 0.0 } else { beta.get() * self.j };
        if order == 0.0 {
            return local("the spins are not coupled");
        }
        if order < 0.0 && !(self.antiferromagnetic_clusters && self.lattice.is_bipartite()) {
            return local("clusters do not work where not all bonds can be satisfied");
        }
        let hot = beta.get().abs() * self.mean_field_temperature < 1.0;
        match (self.h != 0.0, order > 0.0) {
            (true, true) if hot => return local("single spins of hot systems in a field decorrelate in a few sweeps"),
            (true, true) => {
                let why = "clusters cross between the directions of the magnetization, single spins follow the field";
                return Choice { sampler: SamplerName::Mixed, why };
            }
            (true, false) => return local("in a field, the two sublattices differ"),
            (false, _) => {}
        }
        let clusters = |why| Choice { sampler: SamplerName::Wolff, why };
        if !order.is_finite() {
            return clusters("clusters move ground states as a whole");
        }
        match cheapest(beta) {
            Some(sampler) => Choice { sampler, why: CHEAPEST },
            None => clusters("clusters decorrelate ordered and critical spins in a few updates"),
        }
    }
}

/// The temperature of the transition that mean-field theory predicts for spins of one component, `z abs(J)` on lattices of z neighbours: it
/// lies above the true one.
///
/// # References
///
/// F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982), doi:10.1103/RevModPhys.54.235, section I.C.
pub(super) fn mean_field_temperature(lattice: &Lattice, j: f64) -> f64 {
    lattice.coordination() as f64 * j.abs()
}

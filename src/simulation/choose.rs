//! Which sampler `auto` means, and why; which of those asked for apply.

use super::SamplerName;
use crate::experiments::ExperimentError;
use crate::model::Lattice;
use crate::systems::System;
use crate::units::Beta;

/// A sampler with the reason it was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The sampler.
    pub sampler: SamplerName,
    /// Why; empty where it was asked for by name.
    pub why: &'static str,
}

/// What `auto` asks of a model on a lattice of equal bonds.
struct Spins<'a> {
    lattice: &'a Lattice,
    j: f64,
    /// Clusters of this model work for antiparallel neighbours too.
    antiferromagnetic_clusters: bool,
    /// The single-spin sampler that serves it best.
    local: SamplerName,
}

fn spins(system: &System) -> Option<Spins<'_>> {
    use SamplerName::{HeatBath, OverRelaxation};
    let (lattice, j, antiferromagnetic_clusters, local) = match system {
        System::Ising(m) => (m.lattice(), m.j(), true, HeatBath),
        System::Potts(m) => (m.lattice(), m.j(), false, HeatBath),
        System::Xy(m) => (m.lattice(), m.j(), true, OverRelaxation),
        System::Heisenberg(m) => (m.lattice(), m.j(), true, OverRelaxation),
        _ => return None,
    };
    Some(Spins { lattice, j, antiferromagnetic_clusters, local })
}

/// Clusters where they apply and are worth it, else single spins.
fn automatic(system: &System, spins: &Spins<'_>, beta: Beta) -> Choice {
    let local = |why| Choice { sampler: spins.local, why };
    let order = if beta == Beta::ZERO { 0.0 } else { beta.get() * spins.j };
    if system.field() != 0.0 {
        return local("a field holds clusters fast");
    }
    if order == 0.0 {
        return local("nothing couples the spins");
    }
    if order < 0.0 && !(spins.antiferromagnetic_clusters && spins.lattice.is_bipartite()) {
        return local("bonds that cannot all be satisfied make no clusters");
    }
    if system.mean_field_temperature().is_some_and(|t| beta.get().abs() * t < 1.0) {
        return local("above the mean-field transition single spins decorrelate in a few sweeps");
    }
    Choice { sampler: SamplerName::Wolff, why: "clusters decorrelate ordered and critical spins in a few updates" }
}

/// Samplers that apply to `system`, the one for a single temperature first.
fn applicable(system: &System) -> &'static [SamplerName] {
    use SamplerName::{Direct, HeatBath, Metropolis, OverRelaxation, SwendsenWang, Tempering, WangLandau, Wolff};
    match system {
        System::Ising(_) | System::Potts(_) => &[Wolff, SwendsenWang, Metropolis, HeatBath, Tempering, WangLandau],
        System::Xy(_) | System::Heisenberg(_) => {
            &[Wolff, SwendsenWang, OverRelaxation, Metropolis, HeatBath, Tempering]
        }
        System::SpinGlass(_) => &[Tempering, Metropolis, WangLandau],
        System::ClassicalPower(_) => &[Direct, Metropolis],
        System::LennardJones(_) => &[Metropolis],
        _ => &[Direct],
    }
}

/// The sampler meant by `asked` at `beta`, or a refusal that names those that apply.
pub(super) fn choose(system: &System, beta: Beta, asked: SamplerName) -> Result<Choice, ExperimentError> {
    if matches!(
        system,
        System::RemAverage(_)
            | System::RemLimit(_)
            | System::InfiniteIsing(_)
            | System::InfinitePotts(_)
            | System::InfiniteTfim(_)
    ) {
        return Err(ExperimentError::NotSampled { system: system.name() });
    }
    let all = applicable(system);
    if asked == SamplerName::Auto {
        return Ok(match (spins(system), system) {
            (Some(spins), _) => automatic(system, &spins, beta),
            (None, System::SpinGlass(_)) => {
                let why = "frozen spins thaw by exchange with hotter replicas";
                Choice { sampler: SamplerName::Tempering, why }
            }
            (None, System::LennardJones(_)) => {
                Choice { sampler: SamplerName::Metropolis, why: "particles are moved one at a time" }
            }
            (None, _) => Choice { sampler: SamplerName::Direct, why: "everything is drawn independently" },
        });
    }
    if all.contains(&asked) {
        return Ok(Choice { sampler: asked, why: "" });
    }
    let names: Vec<&str> = all.iter().map(|sampler| sampler.name()).collect();
    Err(ExperimentError::NoSuchSampler { system: system.name(), asked: asked.name(), applicable: names.join(", ") })
}

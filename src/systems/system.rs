//! A system of any kind: its exact answer, how it is sampled, and the row that describes it.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::CatalogueError;
use super::description::ParameterDescription;
use super::parameters::Parameters;
use crate::ensemble::Spectrum;
use crate::model::{Exact, SystemError};
use crate::simulation::{LevelMagnetization, Sampling, Simulated};
use crate::units::{Beta, EnergyUnit, Temperature};

/// Everything that the catalogue knows of a system; it stands in the system's own file.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The name that scripts use.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Energies, degeneracies, zero of energy, legal temperatures.
    pub hamiltonian: &'static str,
    /// What it takes.
    pub parameters: &'static [ParameterDescription],
    /// Which results are exact, and how.
    pub exact: &'static str,
    /// Which samplers apply.
    pub samplers: &'static str,
    /// Where it is explained.
    pub reference: &'static str,
    /// The unit of its energies where T is always in kelvin; `None` where the parameters decide.
    pub unit: Option<EnergyUnit>,
    /// The system of given parameters.
    pub(super) build: fn(&Parameters<'_>) -> Result<System, CatalogueError>,
}

/// What each system of the catalogue tells of itself.
pub trait PhysicalSystem: Exact + fmt::Debug + Send + Sync + Any {
    /// Its row.
    fn description(&self) -> &'static Description;

    /// How it is sampled.
    fn sampling(&self) -> Sampling<'_>;

    /// Refuses a temperature at which chains have nothing to come to rest in.
    ///
    /// # Errors
    ///
    /// No equilibrium at `beta`.
    fn has_equilibrium(&self, _beta: Beta) -> Result<(), SystemError> {
        Ok(())
    }

    /// The energies of two phases that coexist near `beta`, where they are known.
    fn coexisting_energies(&self, _beta: Beta) -> Option<[f64; 2]> {
        None
    }

    /// The magnetization of its levels, where it is drawn from levels that have one.
    fn level_magnetization(&self) -> Option<LevelMagnetization<'_>> {
        None
    }

    /// What one of its `n_sites` is called: a site of a lattice, a particle of a fluid.
    fn site_name(&self) -> &'static str {
        "site"
    }

    /// What makes its results at `beta` doubtful, if anything does.
    fn caveat(&self, _beta: Beta) -> Option<String> {
        None
    }

    /// How accurate its levels are, where that is not plain rounding.
    fn accuracy(&self, _temperatures: &[Temperature]) -> Option<String> {
        None
    }
}

/// `$system` has the row `$row` and is sampled as `$sampling` says; there is nothing else to say of it.
macro_rules! physical_system {
    ($system:ty, $row:ident, |$this:ident| $sampling:expr) => {
        impl $crate::systems::PhysicalSystem for $system {
            fn description(&self) -> &'static $crate::systems::Description {
                &$row
            }

            fn sampling(&self) -> $crate::simulation::Sampling<'_> {
                let $this = self;
                $sampling
            }
        }
    };
}

/// `$system` is solved and sampled by enumeration of its `spectrum()`.
macro_rules! solved_by_enumeration {
    ($system:ty, $row:ident) => {
        impl $crate::model::Exact for $system {
            fn thermo(
                &self,
                beta: $crate::units::Beta,
            ) -> Result<$crate::ensemble::Thermo, $crate::model::SystemError> {
                $crate::model::Exact::thermo(self.spectrum(), beta)
            }

            fn entropy_limits(&self) -> (f64, f64) {
                $crate::model::Exact::entropy_limits(self.spectrum())
            }
        }

        physical_system!($system, $row, |system| $crate::simulation::Sampling::of_spectrum(system.spectrum()));
    };
}

impl<T: PhysicalSystem> Simulated for T {
    fn name(&self) -> &'static str {
        self.description().name
    }

    fn exact(&self) -> Option<&(dyn Exact + Sync)> {
        Some(self)
    }

    fn sampling(&self) -> Sampling<'_> {
        PhysicalSystem::sampling(self)
    }

    fn has_equilibrium(&self, beta: Beta) -> Result<(), SystemError> {
        PhysicalSystem::has_equilibrium(self, beta)
    }

    fn coexisting_energies(&self, beta: Beta) -> Option<[f64; 2]> {
        PhysicalSystem::coexisting_energies(self, beta)
    }

    fn level_magnetization(&self) -> Option<LevelMagnetization<'_>> {
        PhysicalSystem::level_magnetization(self)
    }
}

/// A system chosen by name.
///
/// # Examples
///
/// ```
/// use gibbs::systems::System;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::parse("two_level", &[("g1", "3")])?;
/// assert!((system.exact().thermo(Beta::ZERO)?.energy - 0.75).abs() < 1e-15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct System(Arc<dyn PhysicalSystem>);

impl System {
    /// The same system without its type.
    pub fn new(system: impl PhysicalSystem) -> Self {
        Self(Arc::new(system))
    }

    /// The name by which [`System::parse`] finds it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.description().name
    }

    /// Its exact answer.
    #[must_use]
    pub fn exact(&self) -> &(dyn Exact + Sync) {
        &*self.0
    }

    /// What one of its `n_sites` is called: a site of a lattice, a particle of a fluid.
    #[must_use]
    pub fn site_name(&self) -> &'static str {
        self.0.site_name()
    }

    /// The system by its type, if it is of that type.
    #[must_use]
    pub fn downcast<T: PhysicalSystem>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.0;
        any.downcast_ref()
    }

    /// What makes its results at `beta` doubtful, if anything does.
    #[must_use]
    pub fn caveat(&self, beta: Beta) -> Option<String> {
        self.0.caveat(beta)
    }

    /// How accurate its levels are at `temperatures`, where that is not plain rounding.
    #[must_use]
    pub fn accuracy(&self, temperatures: &[Temperature]) -> Option<String> {
        self.0.accuracy(temperatures)
    }

    /// The levels to draw from at `beta`: all of them, or a list whose neglected weight is below 2^-60; `None` for
    /// systems without a list of levels (continuous ones, lattices, frozen mixtures, disorder averages, infinite ones).
    ///
    /// # Errors
    ///
    /// No equilibrium at that temperature, or more levels needed than can be listed.
    pub fn spectrum_at(&self, beta: Beta) -> Result<Option<Cow<'_, Spectrum>>, SystemError> {
        match self.0.sampling() {
            Sampling::Levels(levels) => levels(beta).map(Some),
            Sampling::ExactOnly | Sampling::Draws(_) | Sampling::Chains(_) => Ok(None),
        }
    }
}

impl Simulated for System {
    fn name(&self) -> &'static str {
        self.name()
    }

    fn exact(&self) -> Option<&(dyn Exact + Sync)> {
        Some(self.exact())
    }

    fn sampling(&self) -> Sampling<'_> {
        self.0.sampling()
    }

    fn has_equilibrium(&self, beta: Beta) -> Result<(), SystemError> {
        self.0.has_equilibrium(beta)
    }

    fn coexisting_energies(&self, beta: Beta) -> Option<[f64; 2]> {
        self.0.coexisting_energies(beta)
    }

    fn level_magnetization(&self) -> Option<LevelMagnetization<'_>> {
        self.0.level_magnetization()
    }
}

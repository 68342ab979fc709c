//! What is measured of one subject: at one temperature, and between two.

use crate::ensemble::Thermo;
use crate::estimators::{Estimate, LevelCount};
use crate::simulation::heat_capacity;
use crate::units::{Beta, Temperature};

/// One simulated temperature of one subject.
#[derive(Clone, Debug)]
pub struct SimulatedPoint {
    /// Temperature.
    pub temperature: Temperature,
    /// U, total.
    pub energy: Estimate,
    /// Var(E), total.
    pub variance: Estimate,
    /// S, total, in nats.
    pub entropy: Option<Estimate>,
    /// Probability of the ground state(s).
    pub ground: Estimate,
    /// Whether errors can be quoted.
    pub resolved: bool,
    /// Exact totals.
    pub exact: Thermo,
    /// Exact probability of the ground state(s).
    pub exact_ground: Option<f64>,
}

impl SimulatedPoint {
    /// C = Var(E)/T^2.
    #[must_use]
    pub fn heat_capacity(&self) -> Estimate {
        heat_capacity(self.variance, self.temperature.beta())
    }
}

/// A histogram of energies at two temperatures and the slope of its log ratio.
#[derive(Clone, Debug)]
pub struct RatioTest {
    /// The colder and the hotter inverse temperature.
    pub betas: (Beta, Beta),
    /// Draws by energy.
    pub levels: Vec<LevelCount>,
    /// Fitted slope.
    pub slope: Estimate,
    /// Variance of the slope over that of as many independent draws: about 2 tau_int of a chain's energy, 1 for
    /// independent draws. For counts of single levels, which decorrelate faster, it is an upper bound.
    pub inflation: f64,
}

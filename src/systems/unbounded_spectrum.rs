//! What systems whose levels never end share: which temperatures they refuse and how far a list of levels must go.

use crate::model::SystemError;
use crate::units::Beta;

/// A list of levels is long enough when the weight it neglects is below e^-50 = 2^-72 of the weight of the first
/// excited level: entropies and heat capacities that are exponentially small then keep their digits too.
pub(super) const NEGLECTED_EXPONENT: f64 = 50.0;

/// The longest list of levels that is made.
pub(super) const MAX_LEVELS: f64 = 1e7;

/// Refuses infinite and negative temperatures, at which levels without end have no canonical ensemble.
///
/// `quantum` is the energy scale of the levels; returns the dimensionless beta * quantum > 0.
pub(super) fn reduced_beta(system: &'static str, beta: Beta, quantum: f64) -> Result<f64, SystemError> {
    let reduced = beta.get() * quantum;
    if reduced > 0.0 {
        return Ok(reduced);
    }
    let reason = if beta.get() < 0.0 {
        "its energies have no upper bound, so no ensemble exists at negative temperature"
    } else {
        "its levels never end, so ln Z diverges"
    };
    Err(SystemError::NoEquilibrium { system, temperature: beta.temperature(), reason })
}

/// `needed` as a count of levels, refused above [`MAX_LEVELS`].
pub(super) fn count_levels(system: &'static str, beta: Beta, needed: f64) -> Result<usize, SystemError> {
    if needed <= MAX_LEVELS {
        Ok(needed as usize)
    } else {
        Err(SystemError::TooManyLevels { system, temperature: beta.temperature(), needed, limit: MAX_LEVELS })
    }
}

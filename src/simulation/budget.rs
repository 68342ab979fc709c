//! As much as a wanted error asks for.

use super::{DEFAULT_SWEEPS, Setting, SimulationError};

/// Most particles, or sweeps, that may be asked for.
pub(super) const MOST_DRAWS: u64 = 1_000_000_000_000_000_000;
const MOST_SWEEPS: u64 = 100_000_000;

/// Repeats `run` with more sweeps or draws until the error of the mean energy is at most `error`. `std_error` is `None`
/// where too few events were seen for an error to be meant.
pub(super) fn until<T>(
    error: f64,
    mut run: impl FnMut(u64) -> Result<T, SimulationError>,
    std_error: impl Fn(&T) -> Result<Option<f64>, SimulationError>,
) -> Result<T, SimulationError> {
    let mut sweeps = DEFAULT_SWEEPS;
    loop {
        let found = run(sweeps)?;
        let wanted = match std_error(&found)? {
            Some(reached) if reached <= error => return Ok(found),
            Some(reached) => sweeps as f64 * (reached / error).powi(2) * 1.1,
            None => 10.0 * sweeps as f64,
        };
        if wanted > MOST_SWEEPS as f64 {
            return Err(SimulationError::Setting {
                setting: Setting::Error,
                expected: "an error that at most 10^8 sweeps or draws reach",
                value: format!("an error that would take {wanted:.0e} or more"),
            });
        }
        sweeps = wanted.ceil() as u64;
    }
}

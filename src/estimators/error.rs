//! What refuses an estimate, and the checks that several estimators share.

use thiserror::Error;

use super::estimate::Estimate;

/// A series, table or parameter from which no honest estimate can be made.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum EstimatorError {
    /// Fewer values than the formula needs.
    #[error("at least {needed} values are needed, got {found}")]
    TooFew { needed: usize, found: usize },
    /// NaN or an infinity among the values.
    #[error("value {index} is not finite, got {value}")]
    NonFinite { index: usize, value: f64 },
    /// The series remembers too much of its length; the estimate found is carried, its tau_int is a lower bound.
    #[error("series of {n} samples is too short for tau_int of at least {tau_int:.3}: {needed} samples are needed")]
    SeriesTooShort { n: usize, tau_int: f64, needed: usize, found: Estimate },
    /// All values are equal, so the error is unknown.
    #[error("all {n} values of the series equal {value}, so its error is unknown")]
    ConstantSeries { value: f64, n: usize },
    /// Two slices that must have equal lengths have not.
    #[error("expected {expected} values, got {found}")]
    LengthMismatch { expected: usize, found: usize },
    /// An observable that the series does not record.
    #[error("observable {index} does not exist, the series records {n_observables}")]
    NoSuchObservable { index: usize, n_observables: usize },
    /// The function of means is not finite at the means, or with one block left out.
    #[error("the function of the means must be finite, got {value}")]
    NonFiniteFunction { value: f64 },
    /// A window factor that is not positive and finite.
    #[error("window factor must be positive and finite, got {0}")]
    WindowFactor(f64),
    /// A probability outside the open interval (0, 1).
    #[error("probability must lie between 0 and 1, got {0}")]
    Probability(f64),
    /// A number of degrees of freedom that is not positive.
    #[error("degrees of freedom must be positive, got {0}")]
    DegreesOfFreedom(f64),
    /// A test statistic outside its range.
    #[error("test statistic must be a number in its range, got {0}")]
    Statistic(f64),
    /// A count or expected count that is negative or not finite.
    #[error("count of cell {index} must be finite and not negative, got {value}")]
    Count { index: usize, value: f64 },
    /// Expected counts that do not add up to the number of draws.
    #[error("expected counts add up to {expected}, but there are {observed} draws")]
    ExpectedTotal { expected: f64, observed: f64 },
    /// A cumulative distribution that leaves [0, 1] or falls.
    #[error("cumulative distribution must rise from 0 to 1, got {value} at {at}")]
    Cumulative { at: f64, value: f64 },
    /// Edges that do not increase.
    #[error("edge {index} must be finite and above the edge before it, got {value}")]
    Edge { index: usize, value: f64 },
    /// Panels that do not exist, or an empty range of them.
    #[error("panels {start}..{end} do not exist, there are {n_panels}")]
    Panels { start: usize, end: usize, n_panels: usize },
    /// A standard error that is negative or not a number.
    #[error("standard error of value {index} must be finite and not negative, got {value}")]
    StdError { index: usize, value: f64 },
    /// The energies at the two temperatures do not overlap, so the slope has no finite maximum of likelihood.
    #[error("energies do not overlap: one sample ends at {lower_ends}, the other begins at {upper_begins}")]
    NoOverlap { lower_ends: f64, upper_begins: f64 },
    /// A reduced potential that is NaN or minus infinity, or infinite in the state that drew the sample.
    #[error("reduced potential of sample {sample} in state {state} cannot be {value}")]
    ReducedPotential { state: usize, sample: usize, value: f64 },
    /// A statistical inefficiency that is not positive and finite.
    #[error("statistical inefficiency of state {state} must be positive and finite, got {value}")]
    Inefficiency { state: usize, value: f64 },
    /// A state that was not among those given.
    #[error("state {index} does not exist, there are {n_states}")]
    NoSuchState { index: usize, n_states: usize },
    /// The multistate equations are not solved.
    #[error(
        "free energies have not converged after {n_iterations} iterations; the residual of the equations is \
         {residual:e}"
    )]
    FreeEnergiesNotConverged { n_iterations: usize, residual: f64 },
    /// States whose samples do not overlap with those of the others.
    #[error(
        "states {states:?} share {shared:.2e} effective samples with the others, at least 1 is needed: sample states between them"
    )]
    StatesDisconnected { states: Vec<usize>, shared: f64 },
    /// A target too far from the states that were sampled.
    #[error(
        "only {n_effective:.2} effective samples support the target state, but {needed} are needed: sample a state \
         nearer to it"
    )]
    Extrapolation { n_effective: f64, needed: f64 },
    /// All energies are equal, so they carry no slope.
    #[error("both samples hold only the energy {energy}, so there is no slope")]
    SingleLevel { energy: f64 },
    /// A cell that no block, or a single one, connects with the others.
    #[error(
        "without one of the blocks, no move connects cell {cell} with the cells below it: run longer, or use fewer \
         blocks"
    )]
    Unconnected { cell: usize },
    /// A cell that was asked for and never visited.
    #[error("cell {cell} was never visited, so nothing is known about it")]
    NeverVisited { cell: usize },
    /// Newton's method has not settled.
    #[error("slope has not converged after {n_iterations} iterations, last step {step}")]
    NotConverged { n_iterations: usize, step: f64 },
}

/// Refuses NaN and infinities, naming the first.
pub(super) fn check_finite(values: &[f64]) -> Result<(), EstimatorError> {
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(EstimatorError::NonFinite { index, value: values[index] }),
        None => Ok(()),
    }
}

/// Refuses series shorter than `needed`.
pub(super) fn check_length(found: usize, needed: usize) -> Result<(), EstimatorError> {
    if found < needed { Err(EstimatorError::TooFew { needed, found }) } else { Ok(()) }
}

/// Refuses series whose values are all equal (by the values: their computed variance may be a rounding error).
pub(super) fn check_varies(values: &[f64]) -> Result<(), EstimatorError> {
    match values.first() {
        Some(&value) if values.iter().all(|x| *x == value) => {
            Err(EstimatorError::ConstantSeries { value, n: values.len() })
        }
        _ => Ok(()),
    }
}

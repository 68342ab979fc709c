//! What a list of the likeliest tokens alone says about ln Z, U, S and C: intervals that hold for every tail.

use serde::Serialize;

use crate::ensemble::{Canonical, Spectrum, SpectrumError, Thermo};
use crate::tokens::{Draw, Position, Unlisted};
use crate::units::Beta;

/// Cells in which the share of the tail is bounded one by one.
const CELLS: usize = 64;

/// Interval of a quantity; an end that is `None` is unbounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Interval {
    fn new(low: f64, high: f64) -> Self {
        Self { low: low.is_finite().then_some(low), high: high.is_finite().then_some(high) }
    }

    /// Whether `value` lies inside, its rounding errors aside.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        let slack = 1e-9 * value.abs().max(1.0);
        self.low.is_none_or(|low| value >= low - slack) && self.high.is_none_or(|high| value <= high + slack)
    }
}

/// Intervals of the full spectrum's quantities at one b, in the gauge E = -ln p of the listed distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bounds {
    /// ln Z.
    pub ln_z: Interval,
    /// U.
    pub energy: Interval,
    /// S in nats.
    pub entropy: Interval,
    /// C.
    pub heat_capacity: Interval,
    /// Probability of an unlisted token.
    pub tail: Interval,
}

/// Bounds at b >= 0, infinity included, from the `listed` levels E_i = -ln p_i and the mass m of the `unlisted`.
///
/// Every unlisted token is at most as likely as the least likely listed one: the list is of the most likely tokens. With
/// c the smaller of that probability and m, and N unlisted tokens, the tail's sum of p^b lies between that of m/c
/// tokens of probability c (the compact tail) and that of N tokens of probability m/N (the flat tail); which is the
/// upper one changes at b = 1. Both are degenerate levels added to the spectrum. Given the weight of the tail:
///
/// - U and S are least with all of it at the energy -ln c;
/// - S is at most the entropy of a tail of N equal tokens, and U <= (S - ln Z)/b;
/// - C is the variance of -ln p at b: within the list, within the tail (0 to ln^2(N - 1)/4 + 1) and between the two.
///
/// Without N the upper ends of U, S and C are unbounded, at b < 1 also that of ln Z, and at b > 1 the lower end of ln Z
/// is the list's alone.
///
/// # Errors
///
/// More mass than N tokens of probability c can have: the list is not of the most likely tokens.
///
/// # References
///
/// D. Reeb and M. M. Wolf, IEEE Trans. Inf. Theory 61, 1458 (2015), doi:10.1109/TIT.2014.2387822 (largest variance of -ln p).
///
/// # Examples
///
/// ```
/// use gibbs::ensemble::Spectrum;
/// use gibbs::tokens::thermometer::bounds;
/// use gibbs::tokens::Unlisted;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // p = 0.6, 0.3 and two unlisted tokens of 0.1 together.
/// let listed = Spectrum::new(vec![-0.6f64.ln(), -0.3f64.ln()])?;
/// let bounds = bounds(&listed, Unlisted { mass: 0.1, n_tokens: Some(2) }, 2.0)?;
/// // Z(2) = 0.45 + (2 * 0.05^2 to 0.1^2)
/// assert!((bounds.ln_z.low.ok_or("known")? - 0.455f64.ln()).abs() < 1e-12);
/// assert!((bounds.ln_z.high.ok_or("known")? - 0.46f64.ln()).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
pub fn bounds(listed: &Spectrum, unlisted: Unlisted, beta: f64) -> Result<Bounds, BoundsError> {
    bounds_below(listed, unlisted, listed.ground_energy() + listed.highest_excitation(), beta)
}

/// Bounds at b >= 0 for a position, in which an unlisted drawn token is a level of its own where its ln p is known.
///
/// A drawn token alone, of p < 1/2, is no list: likelier ones may be missing, and nothing is bounded.
///
/// # Errors
///
/// As [`bounds`].
pub fn position_bounds(position: &Position, unlisted: Unlisted, beta: f64) -> Result<Bounds, BoundsError> {
    let listed = &position.listed;
    if listed.len() == 1 && position.drawn == [Draw::Listed(0)] && unlisted.mass > 0.5 {
        let open = Interval { low: None, high: None };
        return Ok(Bounds { ln_z: open, energy: open, entropy: open, heat_capacity: open, tail: open });
    }
    let plain = || bounds(listed, unlisted, beta);
    let [Draw::Unlisted { ln_probability: Some(ln_p) }] = position.drawn[..] else { return plain() };
    let rest = Unlisted { mass: unlisted.mass - ln_p.exp(), n_tokens: unlisted.n_tokens.map(|n| n.saturating_sub(1)) };
    let (Ok(at), true) = (Beta::new(beta), ln_p.is_finite() && rest.mass > 0.0) else { return plain() };
    let energies = (0..listed.len()).map(|i| listed.energy(i)).chain([-ln_p]).collect();
    let with_drawn = Spectrum::new(energies)?;
    let last = listed.ground_energy() + listed.highest_excitation();
    // The bounds hold for a tail that is no likelier than the mean of the list.
    if Canonical::new(&with_drawn, at).thermo().energy > last.max(-rest.mass.ln()) {
        return plain();
    }
    bounds_below(&with_drawn, rest, last, beta)
}

/// Bounds where no unlisted token has an energy below `last`.
fn bounds_below(listed: &Spectrum, unlisted: Unlisted, last: f64, beta: f64) -> Result<Bounds, BoundsError> {
    let at = Beta::new(beta).ok().filter(|b| b.get() >= 0.0).ok_or(BoundsError::Beta(beta))?;
    let list = Canonical::new(listed, at).thermo();
    let mass = unlisted.mass;
    if mass.is_nan() || mass > 1.0 {
        return Err(BoundsError::Mass(mass));
    }
    if mass <= 0.0 || unlisted.n_tokens == Some(0) {
        let exact = |x: f64| Interval::new(x, x);
        return Ok(Bounds {
            ln_z: exact(list.ln_z),
            energy: exact(list.energy),
            entropy: exact(list.entropy),
            heat_capacity: exact(list.heat_capacity),
            tail: exact(0.0),
        });
    }
    let least_energy = last.max(-mass.ln());
    let ln_most_tokens = mass.ln() + least_energy;
    let compact = Tail { energy: least_energy, ln_tokens: ln_most_tokens };
    let ln_n = unlisted.n_tokens.map(|n| (n as f64).ln());
    if ln_n.is_some_and(|ln_n| ln_n < ln_most_tokens - 1e-9) {
        return Err(BoundsError::NotTheLikeliest { mass, n: unlisted.n_tokens.unwrap_or(0), least_energy });
    }
    if beta == f64::INFINITY {
        let n_tied = if least_energy > listed.ground_energy() { 0.0 } else { (ln_most_tokens.exp() + 1e-9).floor() };
        return Ok(frozen(&list, n_tied));
    }
    let flat = ln_n.map(|ln_n| Tail { energy: ln_n - mass.ln(), ln_tokens: ln_n });
    let with = |tail: Tail| tail.added_to(listed, at);
    let compact_thermo = with(compact)?;
    let flat_thermo = flat.map(with).transpose()?;
    // ln of the tail's weight over the list's, lower and upper.
    let weight = |tail: Tail| tail.ln_tokens - beta * tail.energy - list.ln_z;
    let (low, high) = if beta >= 1.0 {
        (flat.map_or(f64::NEG_INFINITY, weight), weight(compact))
    } else {
        (weight(compact), flat.map_or(f64::INFINITY, weight))
    };
    let (low, high) = if beta == 1.0 { (weight(compact), weight(compact)) } else { (low.min(high), high) };
    let (z_compact, z_flat) = (compact_thermo.ln_z, flat_thermo.as_ref().map(|t| t.ln_z));
    let (ln_z_low, ln_z_high) = if beta == 1.0 {
        (z_compact, z_compact)
    } else if beta > 1.0 {
        (z_flat.unwrap_or(list.ln_z), z_compact)
    } else {
        (z_compact, z_flat.unwrap_or(f64::INFINITY))
    };
    // The least weight of the tail, all of it at the energy of the compact one.
    let coldest = if low == f64::NEG_INFINITY {
        list
    } else {
        with(Tail { energy: least_energy, ln_tokens: low + beta * least_energy + list.ln_z })?
    };
    let share = |ln_weight: f64| 1.0 / (1.0 + (-ln_weight).exp());
    let tail = Range { low: share(low), high: share(high) };
    let excess = beta * (least_energy - list.energy);
    let entropy_high = ln_n.map_or(f64::INFINITY, |ln_n| highest_entropy(&list, tail, ln_n));
    let least_c = |t: f64| (1.0 - t) * list.heat_capacity + t * (1.0 - t) * excess * excess;
    Ok(Bounds {
        ln_z: Interval::new(ln_z_low, ln_z_high),
        energy: Interval::new(
            coldest.energy,
            if beta == 0.0 { f64::INFINITY } else { (entropy_high - ln_z_low) / beta },
        ),
        entropy: Interval::new(coldest.entropy, entropy_high),
        heat_capacity: Interval::new(
            least_c(tail.low).min(least_c(tail.high)),
            ln_n.map_or(f64::INFINITY, |ln_n| highest_heat_capacity(&list, tail, ln_n, excess)),
        ),
        tail: Interval::new(tail.low, tail.high),
    })
}

/// At T = 0, where up to `n_tied` unlisted tokens may be as likely as the most likely listed ones.
fn frozen(list: &Thermo, n_tied: f64) -> Bounds {
    let exact = |x: f64| Interval::new(x, x);
    Bounds {
        ln_z: exact(list.ln_z),
        energy: exact(list.energy),
        entropy: Interval::new(list.entropy, (list.entropy.exp() + n_tied).ln()),
        heat_capacity: exact(0.0),
        tail: Interval::new(0.0, n_tied / (list.entropy.exp() + n_tied)),
    }
}

/// Partial spectra that no bounds follow from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
#[non_exhaustive]
pub enum BoundsError {
    /// A b that is negative or not a number.
    #[error("b = 1/T must not be negative for bounds, got {0}")]
    Beta(f64),
    /// A mass above one.
    #[error("the mass of the unlisted tokens must be at most 1, got {0}")]
    Mass(f64),
    /// Tokens more likely than listed ones are missing from the list.
    #[error(
        "{n} unlisted tokens cannot hold the mass {mass} if each has p <= e^-{least_energy}: list the likeliest tokens"
    )]
    NotTheLikeliest { mass: f64, n: u64, least_energy: f64 },
    /// Energies that make no spectrum.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}

/// Tokens of one energy.
#[derive(Clone, Copy)]
struct Tail {
    energy: f64,
    ln_tokens: f64,
}

impl Tail {
    fn added_to(self, listed: &Spectrum, beta: Beta) -> Result<Thermo, SpectrumError> {
        let energies = (0..listed.len()).map(|i| listed.energy(i)).chain([self.energy]).collect();
        let ln_g = (0..listed.len()).map(|i| listed.ln_degeneracy(i)).chain([self.ln_tokens]).collect();
        Ok(Canonical::new(&Spectrum::with_ln_degeneracies(energies, ln_g)?, beta).thermo())
    }
}

#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

/// -t ln t - (1-t) ln(1-t).
fn mixing(t: f64) -> f64 {
    -crate::numerics::x_ln_x(t) - crate::numerics::x_ln_x(1.0 - t)
}

/// Largest mixing entropy + (1-t) S_list + t ln N over the shares t: concave, with its maximum at N/(N + e^S).
fn highest_entropy(list: &Thermo, tail: Range, ln_n: f64) -> f64 {
    let best = 1.0 / (1.0 + (list.entropy - ln_n).exp());
    let t = best.clamp(tail.low, tail.high);
    mixing(t) + (1.0 - t) * list.entropy + t * ln_n
}

/// Largest C over the shares t, cell by cell with the worst of each factor.
fn highest_heat_capacity(list: &Thermo, tail: Range, ln_n: f64, excess: f64) -> f64 {
    let within = if ln_n == 0.0 { 0.0 } else { 0.25 * ln_n * ln_n + 1.0 };
    // b (U_tail - U_list) = S_tail - ln t - S_list + ln(1 - t): mean surprisal of the tail over that of the list.
    let farthest = |t: f64| ln_n - t.ln() - list.entropy + (-t).ln_1p();
    let edge = |i: usize| {
        let x = i as f64 / CELLS as f64;
        if tail.low > 0.0 {
            tail.low * (tail.high / tail.low).powf(x)
        } else {
            tail.high * 2f64.powi(i as i32 - CELLS as i32)
        }
    };
    let cell = |a: f64, b: f64| {
        let spread = if b <= 0.5 {
            b * (1.0 - b)
        } else if a >= 0.5 {
            a * (1.0 - a)
        } else {
            0.25
        };
        let far = farthest(a).max(excess);
        (1.0 - a) * list.heat_capacity + b * within + spread * far * far
    };
    let mut highest = if tail.low > 0.0 { 0.0 } else { first_cell(list, edge(0), within, ln_n) };
    for i in 0..CELLS {
        highest = f64::max(highest, cell(edge(i), edge(i + 1)));
    }
    highest
}

/// The cell that begins at t = 0, where the distance grows as -ln t but t ln^2 t does not.
fn first_cell(list: &Thermo, end: f64, within: f64, ln_n: f64) -> f64 {
    // t (a - ln t)^2 rises with t while t < e^(a - 2).
    let far = (ln_n - end.ln()).max(0.0);
    list.heat_capacity + end * within + end * far * far
}

//! Chains of spins of few values by their transfer matrix, whose elements are partition functions of the spins between.

use crate::ensemble::{Portion, Thermo};
use crate::model::{Lattice, SystemError};
use crate::units::Beta;

/// ln Z, U, S and C of a chain of spins with `n_values` values each: the energies of a spin by itself and of a bond. Elements differ
/// by lowest energies that are equal if at most `resolution` apart.
///
/// # Errors
///
/// None that a valid beta can cause.
pub(super) fn chain(
    lattice: &Lattice,
    n_values: usize,
    site: impl Fn(usize) -> f64,
    bond: impl Fn(usize, usize) -> f64,
    resolution: f64,
    beta: Beta,
) -> Result<Thermo, SystemError> {
    at_either_sign(beta, |sign, beta| {
        let all = 0..n_values;
        let join = |portions: &mut dyn Iterator<Item = Portion>| joined(portions, resolution);
        let single: Vec<Portion> = all.clone().map(|a| Portion::state(sign * site(a), beta)).collect();
        // The next spin and the bond that leads to it.
        let step: Vec<Portion> = all
            .clone()
            .flat_map(|a| all.clone().map(move |b| (a, b)))
            .map(|(a, b)| single[b].shifted(sign * bond(a, b)))
            .collect();
        let at = |a: usize, b: usize| a * n_values + b;
        let product = |x: &Vec<Portion>, y: &Vec<Portion>| {
            let element = |place: usize| {
                let (a, b) = (place / n_values, place % n_values);
                join(&mut all.clone().map(|via| x[at(a, via)].beside(y[at(via, b)])))
            };
            (0..n_values * n_values).map(element).collect::<Option<Vec<_>>>().unwrap_or_default()
        };
        if lattice.is_ring() {
            let around = power(step, lattice.n_sites(), product);
            join(&mut all.clone().map(|a| around[at(a, a)]))
        } else {
            let along = power(step, lattice.n_sites() - 1, product);
            let pair = |place: usize| single[place / n_values].beside(along[place]);
            join(&mut (0..n_values * n_values).map(pair))
        }
    })
}

/// The same for bonds whose energies, `[n_values]`, depend on the difference of two values around a circle, of spins that are all
/// alike by themselves: the matrix is circulant, so that its first row is all of it and a product of two is a convolution.
///
/// # Errors
///
/// As [`chain`].
pub(super) fn cyclic_chain(
    lattice: &Lattice,
    bond: &[f64],
    resolution: f64,
    beta: Beta,
) -> Result<Thermo, SystemError> {
    let q = bond.len();
    let thermo = at_either_sign(beta, |sign, beta| {
        let step = bond.iter().map(|energy| Portion::state(sign * energy, beta)).collect();
        let product = |a: &Vec<Portion>, b: &Vec<Portion>| {
            let element = |d: usize| joined(&mut (0..q).map(|k| a[k].beside(b[(d + q - k) % q])), resolution);
            (0..q).map(element).collect::<Option<Vec<_>>>().unwrap_or_default()
        };
        if lattice.is_ring() {
            power(step, lattice.n_sites(), product).first().copied()
        } else {
            joined(&mut power(step, lattice.n_sites() - 1, product).into_iter(), resolution)
        }
    })?;
    let ln_first = (q as f64).ln();
    Ok(Thermo { ln_z: thermo.ln_z + ln_first, entropy: thermo.entropy + ln_first, ..thermo })
}

/// The union of all `portions`; `None` where there is none.
fn joined(portions: &mut dyn Iterator<Item = Portion>, resolution: f64) -> Option<Portion> {
    portions.reduce(|sum, portion| sum.joined(portion, resolution).0)
}

/// `one` to the power of `n`, at least 1, by repeated squaring.
fn power<T: Clone>(one: T, n: usize, product: impl Fn(&T, &T) -> T) -> T {
    if n <= 1 {
        return one;
    }
    let half = power(one.clone(), n / 2, &product as &dyn Fn(&T, &T) -> T);
    let even = product(&half, &half);
    if n % 2 == 1 { product(&even, &one) } else { even }
}

/// `portion` with energies of sign 1 at beta, or of sign -1 at -beta where beta is negative: H at -beta is -H at beta.
fn at_either_sign(beta: Beta, portion: impl Fn(f64, Beta) -> Option<Portion>) -> Result<Thermo, SystemError> {
    let sign = if beta.get() < 0.0 { -1.0 } else { 1.0 };
    let none = SystemError::NoExactResult { system: "chain", reason: "it has no states" };
    let thermo = portion(sign, Beta::new(sign * beta.get())?).ok_or(none)?.thermo();
    Ok(Thermo { beta, energy: sign * thermo.energy + 0.0, ..thermo })
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn powers_by_squaring() {
        for n in 1..40 {
            assert_eq!(power(3u128, n, |a, b| a * b), 3u128.pow(n as u32));
        }
    }
}

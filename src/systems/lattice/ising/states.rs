//! All states of a small Ising model.

use super::{Ising, IsingState};
use crate::model::Enumerable;

/// 2^N states, on any lattice; state `k` has spin `i` up where bit `i` of `k` is set. Of more than 63 spins the first
/// 2^63 states are listed, which nobody has seen the end of.
impl Enumerable for Ising {
    fn states(&self) -> impl Iterator<Item = IsingState> {
        let n = self.lattice().n_sites();
        (0..1u64 << n.min(63)).map(move |bits| {
            let spin = |site: usize| if site < 64 && bits >> site & 1 == 1 { 1 } else { -1 };
            self.state(&(0..n).map(spin).collect::<Vec<i8>>())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ensemble::Canonical;
    use crate::model::{Boundary, Exact, Lattice, LatticeKind};
    use crate::units::Beta;

    #[test]
    fn listed_states_have_the_exact_thermodynamics() {
        let open = Lattice::new(LatticeKind::Square, &[3, 2], Boundary::Open).unwrap();
        let honeycomb = Lattice::new(LatticeKind::Honeycomb, &[2, 4], Boundary::Periodic).unwrap();
        for ising in [
            Ising::ring(7, -0.7, 0.3).unwrap(),
            Ising::torus(3, 3, 1.0, 0.2).unwrap(),
            Ising::new(open, 1.0, 0.0).unwrap(),
            Ising::new(honeycomb, 1.0, 0.1).unwrap(),
        ] {
            let n = ising.lattice().n_sites();
            assert_eq!(ising.states().collect::<HashSet<_>>().len(), 1 << n);
            let spectrum = ising.spectrum_of_states().unwrap();
            for beta in [-0.3, 0.0, 0.5, 2.0] {
                let beta = Beta::new(beta).unwrap();
                let (listed, exact) = (Canonical::new(&spectrum, beta).thermo(), ising.thermo(beta).unwrap());
                for (a, b) in [
                    (listed.ln_z, exact.ln_z),
                    (listed.energy, exact.energy),
                    (listed.entropy, exact.entropy),
                    (listed.heat_capacity, exact.heat_capacity),
                ] {
                    assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{a} {b} at {beta}");
                }
            }
        }
    }
}

//! The Ising model in the thermodynamic limit, per site: the chain with field, and the three planar lattices.

use super::{SYSTEM, Transfer, checked, mirrored, onsager, triangular};
use crate::ensemble::{Thermo, ThermoPerSite};
use crate::model::{Exact, LatticeKind, SystemError};
use crate::units::{Beta, Temperature};

/// An infinite Ising chain (any field) or a square, triangular or honeycomb lattice (no field): values per site only,
/// and nothing to sample.
///
/// # Examples
///
/// ```
/// use gibbs::model::Exact;
/// use gibbs::systems::InfiniteIsing;
/// use gibbs::units::Beta;
/// # fn main() -> Result<(), gibbs::model::SystemError> {
/// let plane = InfiniteIsing::plane(1.0)?;
/// let critical = plane.critical_temperature().unwrap_or(gibbs::units::Temperature::ZERO);
/// let at_tc = plane.thermo_per_site(critical.beta())?;
/// assert_eq!((at_tc.energy_per_site, at_tc.heat_capacity_per_site), (-(2f64.sqrt()), f64::INFINITY));
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// L. Onsager, Phys. Rev. 65, 117 (1944), doi:10.1103/PhysRev.65.117;
/// R. M. F. Houtappel, Physica 16, 425 (1950), doi:10.1016/0031-8914(50)90130-3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfiniteIsing {
    kind: LatticeKind,
    j: f64,
    h: f64,
}

impl InfiniteIsing {
    /// The infinite chain with coupling `j` and field `h`.
    ///
    /// # Errors
    ///
    /// A coupling or field that is not finite.
    pub fn chain(j: f64, h: f64) -> Result<Self, SystemError> {
        Ok(Self { kind: LatticeKind::Chain, j: checked("j", j)?, h: checked("h", h)? })
    }

    /// The infinite square lattice with coupling `j` and no field (with one there is no exact result).
    ///
    /// # Errors
    ///
    /// A coupling that is not finite.
    pub fn plane(j: f64) -> Result<Self, SystemError> {
        Self::without_field(LatticeKind::Square, j)
    }

    /// The infinite triangular lattice with coupling `j` and no field. With `j` < 0 it is frustrated: no transition,
    /// and an entropy of 0.323 per site at T = 0.
    ///
    /// # Errors
    ///
    /// A coupling that is not finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use gibbs::model::Exact;
    /// use gibbs::systems::InfiniteIsing;
    /// # fn main() -> Result<(), gibbs::model::SystemError> {
    /// // Wannier's entropy.
    /// let (ground, _) = InfiniteIsing::triangular(-1.0)?.entropy_limits();
    /// assert!((ground - 0.3230659472).abs() < 1e-10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn triangular(j: f64) -> Result<Self, SystemError> {
        Self::without_field(LatticeKind::Triangular, j)
    }

    /// The infinite honeycomb lattice with coupling `j` and no field.
    ///
    /// # Errors
    ///
    /// A coupling that is not finite.
    pub fn honeycomb(j: f64) -> Result<Self, SystemError> {
        Self::without_field(LatticeKind::Honeycomb, j)
    }

    fn without_field(kind: LatticeKind, j: f64) -> Result<Self, SystemError> {
        Ok(Self { kind, j: checked("j", j)?, h: 0.0 })
    }

    /// How its sites are connected.
    #[must_use]
    pub fn kind(&self) -> LatticeKind {
        self.kind
    }

    /// T_c, 2 abs(J)/ln(1 + sqrt 2) of the square lattice, 4 J/ln 3 of the triangular and 2 abs(J)/ln(2 + sqrt 3) of
    /// the honeycomb; `None` in one dimension, without coupling, or for the triangular antiferromagnet.
    #[must_use]
    pub fn critical_temperature(&self) -> Option<Temperature> {
        let critical = match self.kind {
            LatticeKind::Square => 2.0 * self.j.abs() / std::f64::consts::SQRT_2.ln_1p(),
            LatticeKind::Triangular => 4.0 * self.j / 3f64.ln(),
            LatticeKind::Honeycomb => 2.0 * self.j.abs() / (2.0 + 3f64.sqrt()).ln(),
            LatticeKind::Chain | LatticeKind::Cubic => return None,
        };
        Temperature::new(critical).ok().filter(|t| t.get() > 0.0)
    }

    /// Spontaneous magnetization per site at `beta` (of one sublattice where beta J < 0 and there are two).
    #[must_use]
    pub fn spontaneous_magnetization(&self, beta: Beta) -> f64 {
        let coupling = self.j * beta.get();
        let Ok(positive) = Beta::new(coupling.abs()) else { return 0.0 };
        match self.kind {
            LatticeKind::Square => onsager::spontaneous_magnetization(1.0, positive),
            LatticeKind::Triangular if coupling > 0.0 => triangular::triangular_magnetization(1.0, positive),
            LatticeKind::Honeycomb => triangular::honeycomb_magnetization(1.0, positive),
            _ => 0.0,
        }
    }

    /// `<m>` and `chi = d<m>/dh` per site of the chain at `beta`.
    ///
    /// # Errors
    ///
    /// Two dimensions: there is no exact result for chi.
    pub fn magnetic_response(&self, beta: Beta) -> Result<(f64, f64), SystemError> {
        if self.kind != LatticeKind::Chain {
            let reason = "the susceptibility of infinite lattices has no closed form beyond the chain";
            return Err(SystemError::NoExactResult { system: SYSTEM, reason });
        }
        let (sign, positive) = (if beta.get() < 0.0 { -1.0 } else { 1.0 }, Beta::new(beta.get().abs())?);
        let (m, chi) = Transfer::new(sign * self.j, sign * self.h, positive).response(f64::INFINITY);
        Ok(((sign * self.h).signum() * m, sign * chi))
    }

    /// ln Z, U, S and C per site, as if one site were the whole.
    fn one_site(&self, beta: Beta) -> Result<Thermo, SystemError> {
        let (sign, positive) = (if beta.get() < 0.0 { -1.0 } else { 1.0 }, Beta::new(beta.get().abs())?);
        let thermo = match self.kind {
            _ if self.j == 0.0 => Transfer::new(0.0, sign * self.h, positive).chain(),
            LatticeKind::Square => onsager::thermo(self.j.abs(), positive),
            LatticeKind::Triangular => triangular::triangular(sign * self.j, positive),
            LatticeKind::Honeycomb => triangular::honeycomb(self.j.abs(), positive),
            LatticeKind::Chain | LatticeKind::Cubic => Transfer::new(sign * self.j, sign * self.h, positive).chain(),
        };
        Ok(mirrored(thermo, beta))
    }
}

impl Exact for InfiniteIsing {
    /// Always an error: an infinite lattice has no totals.
    fn thermo(&self, _beta: Beta) -> Result<Thermo, SystemError> {
        let reason = "the totals of an infinite lattice are infinite; ask for values per site";
        Err(SystemError::NoExactResult { system: SYSTEM, reason })
    }

    fn n_sites(&self) -> f64 {
        f64::INFINITY
    }

    fn thermo_per_site(&self, beta: Beta) -> Result<ThermoPerSite, SystemError> {
        Ok(self.one_site(beta)?.per_site(1.0))
    }

    /// Per site: `(S(0)/N, ln 2)`.
    fn entropy_limits(&self) -> (f64, f64) {
        let ground = self.one_site(Beta::INFINITE).map_or(f64::NAN, |thermo| thermo.entropy);
        (ground, std::f64::consts::LN_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boundary, Lattice};
    use crate::systems::Ising;

    fn at(ising: InfiniteIsing, beta: f64) -> ThermoPerSite {
        ising.thermo_per_site(Beta::new(beta).unwrap()).unwrap()
    }

    #[test]
    fn chains_have_closed_forms_and_limits() {
        let chain = InfiniteIsing::chain(1.0, 0.0).unwrap();
        for beta in [1e-6f64, 0.1, 1.0, 20.0] {
            let t = at(chain, beta);
            assert!((t.energy_per_site / -beta.tanh() - 1.0).abs() < 1e-14);
            assert!((t.heat_capacity_per_site / (beta / beta.cosh()).powi(2) - 1.0).abs() < 1e-12, "{beta}");
        }
        assert_eq!(chain.entropy_limits(), (0.0, 2f64.ln()));
        // At h = 2 abs(J) no two neighbours may both be down: the golden mean.
        let golden = InfiniteIsing::chain(-1.0, 2.0).unwrap();
        assert!((golden.entropy_limits().0 - (0.5 * (1.0 + 5f64.sqrt())).ln()).abs() < 1e-15);
        let (m, _) = golden.magnetic_response(Beta::INFINITE).unwrap();
        assert!((m - 0.2f64.sqrt()).abs() < 1e-15);
        assert_eq!(chain.spontaneous_magnetization(Beta::INFINITE), 0.0);
        assert!(chain.thermo(Beta::ZERO).is_err() && chain.critical_temperature().is_none());
    }

    #[test]
    fn branches_of_the_plane_join() {
        let plane = InfiniteIsing::plane(1.0).unwrap();
        // beta just below and just above where the loop series hand over to elliptic integrals.
        let switches = [0.25 * -(super::super::onsager::SERIES.ln()), super::super::onsager::SERIES.sqrt().atanh()];
        for beta in switches {
            let (a, b) = (at(plane, beta * (1.0 - 1e-13)), at(plane, beta * (1.0 + 1e-13)));
            let close = |x: f64, y: f64| (x / y - 1.0).abs() < 2e-12;
            assert!(close(a.ln_z_per_site, b.ln_z_per_site) && close(a.energy_per_site, b.energy_per_site));
            assert!(close(a.entropy_per_site, b.entropy_per_site), "{a:?} {b:?}");
            assert!(close(a.heat_capacity_per_site, b.heat_capacity_per_site), "{a:?} {b:?}");
        }
    }

    #[test]
    fn large_lattices_come_near_the_infinite_ones() {
        let finite = |kind, sides: &[usize], j: f64| {
            Ising::new(Lattice::new(kind, sides, Boundary::Periodic).unwrap(), j, 0.0).unwrap()
        };
        // Hot: graphs that wind around the lattice have at least 6 steps of tanh(0.1) each, 1e-6 in all.
        for j in [1.0, -1.0] {
            let lattice = finite(LatticeKind::Triangular, &[6, 10], j);
            let beta = Beta::new(0.1).unwrap();
            let per_site = lattice.thermo(beta).unwrap().ln_z / 60.0;
            let loops = |ln_z: f64| ln_z - 2f64.ln() - 3.0 * 0.1f64.cosh().ln();
            let (ours, infinite) =
                (loops(per_site), loops(at(InfiniteIsing::triangular(j).unwrap(), 0.1).ln_z_per_site));
            assert!((ours - infinite).abs() < 3e-6 && infinite.abs() > 1.7e-3, "{j}: {ours} {infinite}");
        }
        // Cold: a pair of walls around the lattice breaks at least 6 bonds of e^(-2K) = 0.1 each.
        let lattice = finite(LatticeKind::Honeycomb, &[6, 8], 1.0);
        let beta = 0.5 * 10f64.ln();
        let per_site = (lattice.thermo(Beta::new(beta).unwrap()).unwrap().ln_z - 2f64.ln()) / 48.0;
        let (ours, infinite) =
            (per_site - 1.5 * beta, at(InfiniteIsing::honeycomb(-1.0).unwrap(), beta).ln_z_per_site - 1.5 * beta);
        assert!((ours - infinite).abs() < 1e-5 && infinite > 1e-3, "{ours} {infinite}");
    }

    #[test]
    fn every_lattice_has_its_transition() {
        let t_c = |lattice: InfiniteIsing| lattice.critical_temperature().map(Temperature::get);
        for j in [0.7, -0.7] {
            let honeycomb = InfiniteIsing::honeycomb(j).unwrap();
            assert!((t_c(honeycomb).unwrap() / 0.7 - 1.518_651_435).abs() < 1e-9);
            assert_eq!(honeycomb.entropy_limits(), (0.0, 2f64.ln()));
            assert_eq!(at(honeycomb, -0.4).energy_per_site, -at(honeycomb, 0.4).energy_per_site);
            assert!(honeycomb.spontaneous_magnetization(Beta::new(2.0).unwrap()) > 0.999);
        }
        let (ferro, anti) = (InfiniteIsing::triangular(1.0).unwrap(), InfiniteIsing::triangular(-1.0).unwrap());
        assert!((t_c(ferro).unwrap() - 3.640_956_907).abs() < 1e-9 && t_c(anti).is_none());
        let critical = ferro.critical_temperature().unwrap().beta();
        assert_eq!(ferro.thermo_per_site(critical).unwrap().heat_capacity_per_site, f64::INFINITY);
        assert_eq!(at(ferro, -0.5).entropy_per_site, at(anti, 0.5).entropy_per_site);
        assert_eq!((anti.spontaneous_magnetization(Beta::INFINITE), anti.kind()), (0.0, LatticeKind::Triangular));
        assert!(ferro.magnetic_response(Beta::ZERO).is_err() && InfiniteIsing::triangular(f64::NAN).is_err());
    }

    #[test]
    fn the_plane_has_its_limits() {
        let plane = InfiniteIsing::plane(-1.0).unwrap();
        let cold = at(plane, f64::INFINITY);
        assert_eq!((cold.energy_per_site, cold.entropy_per_site, cold.heat_capacity_per_site), (-2.0, 0.0, 0.0));
        assert_eq!(at(plane, 0.0).entropy_per_site, 2f64.ln());
        assert_eq!(plane.spontaneous_magnetization(Beta::INFINITE), 1.0);
        assert_eq!(plane.spontaneous_magnetization(Beta::ZERO), 0.0);
        let chilly = at(plane, 8.0);
        assert!((chilly.entropy_per_site / (65.0 * (-64f64).exp()) - 1.0).abs() < 1e-11);
        assert!((at(plane, 1e-6).energy_per_site / -2e-6 - 1.0).abs() < 1e-11);
    }
}

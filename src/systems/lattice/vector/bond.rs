//! The transfer operator of two neighbouring unit vectors: its eigenvalues as functions of K = beta abs(J).
//!
//! Averaged over directions, `e^(K s.s')` has the eigenvalues lambda_l: modified Bessel functions I_l(K) for two
//! components, modified spherical Bessel functions i_l(K) for three. Both are I_nu up to a factor common to all l,
//! nu = l + D/2 - 1, and their ratios obey `r_l = lambda_{l+1}/lambda_l = 1/((2l + D)/K + r_{l+1})`.
//!
//! Below K = 100 the ratios and their derivatives come from that continued fraction, evaluated downwards from far
//! above the last ratio that is needed, where each step damps the error of the start by r^2. Above, lambda_l and its
//! derivatives come from Debye's expansion in 1/R, R = sqrt(nu^2 + K^2), which is uniform in l and free of
//! cancellation; its first neglected term is below 1e-19.
//!
//! # References
//!
//! NIST Digital Library of Mathematical Functions, <https://dlmf.nist.gov>, 10.33 (continued fractions) and 10.41
//! (expansion of Debye).

/// From this K on the expansion is used.
const EXPANSION_FROM: f64 = 100.0;
/// Ratios of the continued fraction: beyond them lambda_l^2 is below e^-100 of lambda_0^2 for all K it serves.
const RATIOS: usize = 128;
/// Steps of the continued fraction before the first ratio that is kept.
const LEAD: usize = 64;
/// Orders of the expansion.
const ORDERS: usize = 11;

/// What ln lambda_0 and its derivatives say of one bond, each computed without cancellation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bond {
    /// ln lambda_0.
    pub ln_z: f64,
    /// u = d ln lambda_0/dK, mean of s.s' on an open chain.
    pub mean: f64,
    /// 1 - u.
    pub deficit: f64,
    /// ln lambda_0 - K u.
    pub entropy: f64,
    /// K^2 du/dK.
    pub heat_capacity: f64,
}

/// One eigenvalue relative to the largest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// ln(lambda_l/lambda_0).
    pub ln_ratio: f64,
    /// K d/dK of that.
    pub excess: f64,
    /// K^2 d^2(ln lambda_l)/dK^2.
    pub curvature: f64,
}

/// Eigenvalues of vectors of `D` components (2 or 3) at one finite K > 0.
#[derive(Debug)]
pub(super) struct Eigenvalues<const D: usize> {
    k: f64,
    method: Method,
}

#[derive(Debug)]
enum Method {
    /// r_l and dr_l/dK for l below [`RATIOS`], and ln(lambda_l/lambda_0).
    Fraction { ratios: Vec<(f64, f64)>, ln_ratios: Vec<f64> },
    /// Coefficients of Debye's polynomials and the expansion at l = 0.
    Expansion { coefficients: Box<Coefficients>, ground: Debye },
}

impl<const D: usize> Eigenvalues<D> {
    pub fn new(k: f64) -> Self {
        let method = if k < EXPANSION_FROM {
            let ratios = ratios::<D>(k);
            let mut ln_ratio = 0.0;
            let mut next = |(r, _): &(f64, f64)| {
                let this = ln_ratio;
                ln_ratio += r.ln();
                this
            };
            let ln_ratios = ratios.iter().map(&mut next).collect();
            Method::Fraction { ratios, ln_ratios }
        } else {
            let coefficients = Box::new(debye_coefficients());
            let ground = Debye::at(D as f64 / 2.0 - 1.0, k, &coefficients);
            Method::Expansion { coefficients, ground }
        };
        Self { k, method }
    }

    /// The largest eigenvalue.
    pub fn bond(&self) -> Bond {
        let k = self.k;
        match &self.method {
            Method::Fraction { ratios, .. } => {
                let (mean, slope) = ratios[0];
                let ln_z = ln_series(D as f64 / 2.0 - 1.0, k);
                Bond { ln_z, mean, deficit: 1.0 - mean, entropy: ln_z - k * mean, heat_capacity: k * k * slope }
            }
            Method::Expansion { ground: g, .. } => {
                let extra = (D as f64 - 2.0) / 2.0;
                let deficit = (0.5 * g.a - g.first + extra - g.nu * g.nu / (k + g.radius)) / k;
                let scale = -0.5 * (std::f64::consts::TAU.ln() + g.radius.ln())
                    + extra * (std::f64::consts::FRAC_PI_2.ln() - k.ln());
                let entropy = scale - g.angle + g.ln_sum + 0.5 * g.a - g.first + extra;
                let heat_capacity = g.curvature() + extra;
                Bond { ln_z: entropy + k * (1.0 - deficit), mean: 1.0 - deficit, deficit, entropy, heat_capacity }
            }
        }
    }

    /// The eigenvalue of index `l`; `None` where it has become negligible.
    pub fn level(&self, l: usize) -> Option<Level> {
        match &self.method {
            Method::Fraction { ratios, ln_ratios } => {
                let (ratio, slope) = ratios.get(l)?;
                let (k, order) = (self.k, l as f64);
                let excess = k * (ratio - ratios[0].0) + order;
                Some(Level { ln_ratio: ln_ratios[l], excess, curvature: k * k * slope - order })
            }
            Method::Expansion { coefficients, ground } => {
                let extra = (D as f64 - 2.0) / 2.0;
                let this = Debye::at(l as f64 + extra, self.k, coefficients);
                let squares = this.nu * this.nu - ground.nu * ground.nu;
                let longer = squares / (this.radius + ground.radius);
                let prefactor = -0.25 * (squares / (ground.radius * ground.radius)).ln_1p();
                Some(Level {
                    ln_ratio: longer - (this.angle - ground.angle) + prefactor + (this.ln_sum - ground.ln_sum),
                    excess: longer + 0.5 * (this.tau - ground.tau) + (this.first - ground.first),
                    curvature: this.curvature() + extra,
                })
            }
        }
    }
}

/// (r_l, dr_l/dK) for l below [`RATIOS`].
///
/// `r = K/(b + K r')` with b = 2l + D gives `dr/dK = (b - K^2 dr'/dK)/(b + K r')^2`, which is exact at K = 0 too.
fn ratios<const D: usize>(k: f64) -> Vec<(f64, f64)> {
    let start = RATIOS + LEAD;
    // Any start would do; this one, the leading behaviour for large l or K, is right to a few percent.
    let half = start as f64 + 0.5 * D as f64;
    let root = half.hypot(k);
    let mut next = (k / (half + root), half / (root * (half + root)));
    let mut all = vec![(0.0, 0.0); RATIOS];
    for l in (0..start).rev() {
        let b = (2 * l + D) as f64;
        let denominator = b + k * next.0;
        next = (k / denominator, (b - k * k * next.1) / (denominator * denominator));
        if let Some(slot) = all.get_mut(l) {
            *slot = next;
        }
    }
    all
}

/// ln lambda_0 from its power series, `lambda_0 = sum_m (K/2)^2m/(m! (nu+1)_m)`, all terms positive.
fn ln_series(nu: f64, k: f64) -> f64 {
    let x = 0.25 * k * k;
    let (mut rest, mut term, mut m) = (0.0, 1.0, 0.0);
    loop {
        m += 1.0;
        term *= x / (m * (m + nu));
        rest += term;
        if term <= rest * f64::EPSILON / 4.0 {
            return f64::ln_1p(rest);
        }
    }
}

/// c[k][j] of Debye's polynomials.
type Coefficients = [[f64; ORDERS]; ORDERS];

/// Debye's expansion of one I_nu: `I_nu(K) = e^(R - angle)/sqrt(2 pi R) sum_k U_k(nu/R)/nu^k`.
#[derive(Clone, Copy, Debug)]
struct Debye {
    nu: f64,
    radius: f64,
    /// nu asinh(nu/K).
    angle: f64,
    /// nu^2/R^2 and K^2/R^2.
    tau: f64,
    a: f64,
    /// ln of the sum, and K d/dK of it once and twice.
    ln_sum: f64,
    first: f64,
    second: f64,
}

impl Debye {
    fn at(nu: f64, k: f64, coefficients: &Coefficients) -> Self {
        let radius = nu.hypot(k);
        let (sine, cosine) = (nu / radius, k / radius);
        let (tau, a) = (sine * sine, cosine * cosine);
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        let mut power = 1.0;
        for (order, row) in coefficients.iter().enumerate() {
            let mut term = power;
            for (j, coefficient) in row[..=order].iter().enumerate() {
                // K d/dK R^-m = -m (K/R)^2 R^-m.
                let ma = (order + 2 * j) as f64 * a;
                sum += coefficient * term;
                first -= ma * coefficient * term;
                second += ma * (ma - 2.0 * tau) * coefficient * term;
                term *= tau;
            }
            power /= radius;
        }
        let first = first / sum;
        let second = second / sum - first * first;
        // The sum is 1 + 1/(8K) + ... for small nu and never far from 1.
        Self { nu, radius, angle: nu * (nu / k).asinh(), tau, a, ln_sum: sum.ln(), first, second }
    }

    /// K^2 d^2(ln I_nu)/dK^2.
    fn curvature(&self) -> f64 {
        -self.nu * (self.nu / self.radius) + self.a * (0.5 - self.tau) + self.second - self.first
    }
}

/// c[k][j] in `U_k(t) = sum_j c[k][j] t^(k + 2j)`, from `U_{k+1} = t^2 (1 - t^2) U_k'/2 + int_0^t (1 - 5 s^2) U_k/8`.
fn debye_coefficients() -> Coefficients {
    let mut c = [[0.0; ORDERS]; ORDERS];
    c[0][0] = 1.0;
    for k in 0..ORDERS - 1 {
        for j in 0..=k {
            let m = (k + 2 * j) as f64;
            c[k + 1][j] += c[k][j] * (0.5 * m + 0.125 / (m + 1.0));
            c[k + 1][j + 1] -= c[k][j] * (0.5 * m + 0.625 / (m + 3.0));
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs()
    }

    #[test]
    fn three_components_are_langevin() {
        for k in [1e-8, 0.01, 0.5, 1.0, 3.0, 20.0, 99.0, 101.0, 1e4, 1e8] {
            let bond = Eigenvalues::<3>::new(k).bond();
            if k > 0.1 {
                assert!(close(bond.mean, 1.0 / k.tanh() - 1.0 / k, 1e-13), "{k}: {bond:?}");
                let sinh = if k < 300.0 { k / k.sinh() } else { 0.0 };
                assert!(close(bond.heat_capacity, 1.0 - sinh * sinh, 1e-12), "{k}: {bond:?}");
            } else {
                assert!(close(bond.mean, k / 3.0 - k.powi(3) / 45.0 + k.powi(5) / 472.5, 1e-13), "{k}: {bond:?}");
                assert!(
                    close(bond.heat_capacity, k * k / 3.0 - k.powi(4) / 15.0 + k.powi(6) / 94.5, 1e-13),
                    "{k}: {bond:?}"
                );
            }
            if k > 50.0 {
                assert!(close(bond.deficit, 1.0 / k, 1e-13), "{k}: {bond:?}");
                assert!(close(bond.entropy, 1.0 - (2.0 * k).ln(), 1e-13), "{k}: {bond:?}");
            }
        }
    }

    #[test]
    fn fraction_and_expansion_meet() {
        fn compare<const D: usize>() {
            let coefficients = Box::new(debye_coefficients());
            let k = 99.999_999;
            let fraction = Eigenvalues::<D>::new(k);
            let ground = Debye::at(D as f64 / 2.0 - 1.0, k, &coefficients);
            let expansion = Eigenvalues::<D> { k, method: Method::Expansion { coefficients, ground } };
            let (a, b) = (fraction.bond(), expansion.bond());
            for (a, b) in [
                (a.ln_z, b.ln_z),
                (a.mean, b.mean),
                (a.deficit, b.deficit),
                (a.entropy, b.entropy),
                (a.heat_capacity, b.heat_capacity),
            ] {
                assert!(close(a, b, 1e-12), "{D}: {a} {b}");
            }
            for l in 1..90 {
                let (a, b) = (fraction.level(l).unwrap(), expansion.level(l).unwrap());
                assert!(close(a.ln_ratio, b.ln_ratio, 1e-12), "{D} {l}: {a:?} {b:?}");
                assert!(close(a.excess, b.excess, 1e-11), "{D} {l}: {a:?} {b:?}");
                assert!((a.curvature - b.curvature).abs() < 1e-12 * (1 + l * l) as f64, "{D} {l}: {a:?} {b:?}");
            }
        }
        compare::<2>();
        compare::<3>();
    }

    #[test]
    fn polynomials_of_debye() {
        let c = debye_coefficients();
        assert!(close(c[1][0], 3.0 / 24.0, 1e-15) && close(c[1][1], -5.0 / 24.0, 1e-15));
        for (j, tabulated) in [81.0, -462.0, 385.0].into_iter().enumerate() {
            assert!(close(c[2][j], tabulated / 1152.0, 1e-15));
        }
    }
}

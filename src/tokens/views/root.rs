//! Where a quantity that rises with temperature takes a value: Newton's method in ln T, kept inside a bracket.

/// Steps before the bracket is trusted as it stands; bisection alone needs about 60.
const MOST_STEPS: usize = 200;

/// ln T where `f` = `target`, for f(ln T) -> (value, derivative by ln T) rising and f(low) <= target <= f(high).
pub(super) fn rising_root(f: impl Fn(f64) -> (f64, f64), target: f64, mut low: f64, mut high: f64) -> f64 {
    let mut x = 0.5 * (low + high);
    for _ in 0..MOST_STEPS {
        let (value, slope) = f(x);
        if value == target {
            return x;
        }
        if value < target {
            low = x
        } else {
            high = x
        }
        let newton = x + (target - value) / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= f64::EPSILON * (1.0 + x.abs()) {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_curves_on_which_newton_alone_fails() {
        // A step much narrower than the bracket, and a plateau with no slope at all.
        let step = |x: f64| ((50.0 * (x - 3.0)).tanh(), 50.0 / (50.0 * (x - 3.0)).cosh().powi(2));
        assert!((rising_root(step, 0.0, -40.0, 100.0) - 3.0).abs() < 1e-14);
        let cube = |x: f64| (x * x * x, 3.0 * x * x);
        assert!((rising_root(cube, 8.0, -8.0, 8.0) - 2.0).abs() < 1e-14);
    }
}

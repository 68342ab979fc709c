//! How numbers are written: exactly for files, rounded for people, with their uncertainty in one shape.

use crate::estimators::Estimate;
use crate::numerics::shortest;

/// For files: the shortest text that reads back to the same number, with an exponent outside 1e-5 to 1e17.
#[must_use]
pub fn exact(x: f64) -> String {
    shortest(x, 1e-5..1e17)
}

/// `x` to `digits` significant digits, without trailing zeros, with an exponent outside 1e-5 to 1e10.
#[must_use]
pub fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let magnitude = x.abs().log10().floor() as i32;
    if !(-5..=9).contains(&magnitude) {
        let text = format!("{:.*e}", digits - 1, x);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(mantissa));
    }
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    trimmed(&format!("{x:.decimals$}")).to_owned()
}

/// `x` in a sentence: four significant digits, with an exponent outside 1e-4 to 1e7.
#[must_use]
pub fn short(x: f64) -> String {
    let plain = x == 0.0 || !x.is_finite() || (1e-4..1e7).contains(&x.abs());
    if plain { significant(x, 4) } else { format!("{x:.3e}") }
}

/// `1.4157(12)`: the value with the two digits of its error in brackets; without an error as [`short`] writes it.
#[must_use]
pub fn with_error(value: f64, std_error: Option<f64>) -> String {
    match std_error {
        Some(error) if error > 0.0 && error.is_finite() => Estimate::new(value, error, f64::NAN).to_string(),
        _ => short(value),
    }
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_read_back() {
        for x in [0.1, 1.0 / 3.0, 1e300, -5e-324, f64::MAX, 2.5e-7, 1e17, 123_456_789.125, f64::INFINITY] {
            assert_eq!(exact(x).parse::<f64>().unwrap(), x);
        }
    }

    #[test]
    fn significant_digits() {
        assert_eq!(significant(2.269_185_314, 4), "2.269");
        assert_eq!(significant(1.0, 7), "1");
        assert_eq!(significant(1.5e-9, 3), "1.5e-9");
        assert_eq!(significant(120.0, 2), "120");
    }

    #[test]
    fn numbers_in_sentences() {
        let texts = [0.0, 0.7, 0.492_34, 1234.56, -99.999, 9.99996e6, 1e7, 9.9e-5, 1e-4, f64::INFINITY].map(short);
        let expected = ["0", "0.7", "0.4923", "1235", "-100", "9999960", "1.000e7", "9.900e-5", "0.0001", "inf"];
        assert_eq!(texts, expected);
        assert_eq!(with_error(0.490_31, Some(0.004_1)), "0.4903(41)");
        assert_eq!(with_error(0.490_31, None), "0.4903");
        assert_eq!(with_error(0.490_31, Some(f64::INFINITY)), "0.4903");
    }
}

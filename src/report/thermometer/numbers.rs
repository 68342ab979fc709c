//! Numbers of the thermometer for people: four digits, or two digits of the error.

/// Four significant digits.
pub(super) fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    if !(1e-4..1e7).contains(&x.abs()) {
        return format!("{x:.3e}");
    }
    let digits = (3 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `0.4903 ± 0.0041`: two digits of the error.
pub(super) fn with_error(value: f64, error: Option<f64>) -> String {
    match error {
        Some(error) if error > 0.0 && error.is_finite() => {
            let digits = (1 - error.log10().floor() as i32).clamp(0, 15) as usize;
            format!("{value:.digits$} ± {error:.digits$}")
        }
        _ => short(value),
    }
}

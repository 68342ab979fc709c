//! How the two sides look in every figure: particles warm and solid, tokens cool and dashed.

use super::rows::TOKENS;
use crate::report::plot::{Colour, Series};

/// Colours of particle systems in their order.
///
/// Any two colours of both sides lie at least 18 apart in CIELAB, also for people without one kind of cone for red or green (simulated
/// after G. M. Machado et al., IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009)).
const WARM: [Colour; 5] =
    [Colour(213, 94, 0), Colour(230, 159, 0), Colour(90, 30, 20), Colour(240, 100, 100), Colour(120, 72, 20)];
/// Colours of contexts in their order.
const COOL: [Colour; 6] = [
    Colour(0, 114, 178),
    Colour(86, 180, 233),
    Colour(51, 34, 136),
    Colour(100, 143, 255),
    Colour(0, 90, 90),
    Colour(30, 60, 110),
];

/// Whether all colours of particle systems stand before the `k`-th, which then needs another line.
pub fn is_repeated(k: usize) -> bool {
    (k / WARM.len()) % 2 == 1
}

/// The colour of the `k`-th series of a side.
pub fn colour(side: &str, k: usize) -> Colour {
    if side == TOKENS { COOL[k % COOL.len()] } else { WARM[k % WARM.len()] }
}

/// An exact curve of a side.
pub fn curve(side: &str, name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Series {
    if side == TOKENS { Series::dashed(name, points) } else { Series::line(name, points) }
}

//! Means over positions of entropy and heat capacity, or bounds on them.

use rayon::prelude::*;

use super::bounds::{Interval, position_bounds};
use super::likelihood::has_no_list;
use crate::ensemble::Canonical;
use crate::numerics::sum;
use crate::tokens::Position;
use crate::units::Beta;

/// Means over positions of S and C at b, or bounds on them.
pub(super) fn mean_bounds(positions: &[Position], beta: f64) -> (Interval, Interval) {
    let of_position = |position: &Position| -> [Interval; 2] {
        let unbounded = Interval { low: Some(0.0), high: None };
        let Ok(at) = Beta::new(beta) else { return [unbounded; 2] };
        match position.unlisted {
            None => {
                let thermo = Canonical::new(&position.listed, at).thermo();
                [thermo.entropy, thermo.heat_capacity].map(|x| Interval { low: Some(x), high: Some(x) })
            }
            Some(unlisted) => position_bounds(position, unlisted, beta)
                .map_or([unbounded; 2], |bounds| [bounds.entropy, bounds.heat_capacity]),
        }
    };
    let with_list: Vec<&Position> = positions.iter().filter(|position| !has_no_list(position)).collect();
    let all: Vec<[Interval; 2]> = with_list.into_par_iter().with_min_len(16).map(of_position).collect();
    let mean = |k: usize| {
        let end = |f: fn(&Interval) -> Option<f64>| {
            let values: Option<Vec<f64>> = all.iter().map(|pair| f(&pair[k])).collect();
            values.map(|values| sum(values) / all.len() as f64)
        };
        Interval { low: end(|i| i.low), high: end(|i| i.high) }
    };
    (mean(0), mean(1))
}

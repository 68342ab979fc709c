//! Finite-size scaling: Binder cumulants that cross at T_c, and the same on one scaled axis.

use super::rows::{Kind, PARTICLES, Row, Rows};
use super::sides;
use crate::experiments::finite_size::{Family, Study};
use crate::report::plot::{Axis, Figure, Guide, Panel, Series};
use crate::report::table::Table;

const FAMILIES: [Family; 2] = [Family::Ising, Family::Potts3];
/// What each family's rows are split into, after its name.
const CUMULANT: &str = ": cumulant";
const COLLAPSE: &str = ": collapse";

/// The data: cumulants against temperature and against the scaled temperature, and the crossings in words.
pub(super) fn table(studies: &[Study]) -> Table {
    let mut rows = Rows::of_many_quantities();
    let (of_temperature, scaled) = ("temperature[J/k_B]", "(T/T_c-1)L^(1/nu)[1]");
    for study in studies {
        let (family, critical) = (study.family, study.family.critical_temperature());
        let (cumulant, collapse) = (family.name().to_owned() + CUMULANT, family.name().to_owned() + COLLAPSE);
        for size in &study.sizes {
            let name = format!("L = {}", size.side);
            let scale = (size.side as f64).powf(1.0 / family.nu());
            for (panel, quantity, critical_scale) in
                [(&cumulant, of_temperature, None), (&collapse, scaled, Some(scale))]
            {
                rows.these(quantity, "binder_cumulant[1]");
                let x = |t: f64| critical_scale.map_or(t, |scale| (t / critical - 1.0) * scale);
                size.curve
                    .iter()
                    .for_each(|(t, binder)| rows.point(panel, &name, Kind::Prediction, x(*t), binder.value));
                size.points.iter().for_each(|(t, binder)| rows.estimate(panel, &name, x(*t), *binder, None));
            }
        }
        rows.these(of_temperature, "");
        for crossing in &study.crossings {
            let deviation = crossing.temperature.scaled(1.0 / critical).shifted(-1.0).scaled(100.0);
            let text = format!(
                "L = {} and {} cross at T = {}, U_{{4}} = {}: {deviation} % from T_{{c}}",
                crossing.sides.0, crossing.sides.1, crossing.temperature, crossing.binder
            );
            rows.label(&cumulant, "crossings", Kind::Text, crossing.temperature.value, &text);
        }
    }
    rows.finish()
}

/// The figure of the rows of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let present = FAMILIES.iter().filter(|f| rows.iter().any(|row| row.panel.starts_with(f.name())));
    let panels = present.flat_map(|&family| {
        let (cumulant, collapse) = (family.name().to_owned() + CUMULANT, family.name().to_owned() + COLLAPSE);
        let notes = Row::of(rows, &cumulant, "crossings", Kind::Text).map(|row| row.label.clone()).collect();
        [
            Panel {
                title: format!("{}: cumulants of all sizes cross at T_{{c}}", family.name()),
                x: Axis::linear("temperature k_{B}T / J"),
                y: Axis::linear("Binder cumulant U_{4}"),
                series: series(rows, &cumulant),
                guides: vec![Guide::X { at: family.critical_temperature(), label: "exact T_{c}".to_owned() }],
                notes,
                ..Panel::default()
            },
            Panel {
                title: format!("{}: on a scaled axis they collapse", family.name()),
                x: Axis::linear(format!("(T/T_{{c}} − 1) L^{{1/ν}},  ν = {}", exponent(family))),
                y: Axis::linear("Binder cumulant U_{4}"),
                series: series(rows, &collapse),
                notes: vec![
                    "Points sampled by clusters, lines reweighted from all points of a size; T_{c} and ν are exact, not fitted."
                        .to_owned(),
                ],
                ..Panel::default()
            },
        ]
    });
    Figure {
        title: "Finite-size scaling on the square lattice".to_owned(),
        panels: panels.collect(),
        ..Figure::default()
    }
}

fn exponent(family: Family) -> &'static str {
    match family {
        Family::Ising => "1",
        Family::Potts3 => "5/6",
    }
}

fn series(rows: &[Row], panel: &str) -> Vec<Series> {
    let names = Row::series_of(rows, panel).into_iter().filter(|name| name.starts_with('L'));
    names
        .enumerate()
        .flat_map(|(k, name)| {
            let line = Row::of(rows, panel, name, Kind::Prediction).map(|r| (r.x, r.y));
            let points = Row::of(rows, panel, name, Kind::Sampled).map(|r| (r.x, r.y, r.std_error));
            [Series::line(name, line), Series::points(name, points)].map(|s| s.coloured(sides::colour(PARTICLES, k)))
        })
        .collect()
}

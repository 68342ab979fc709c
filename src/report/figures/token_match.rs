//! Temperatures at which one model has the mean entropy of another: matched temperature, entropy and heat capacity against T.

use super::rows::{Kind, Row, Rows, TOKENS};
use super::sides;
use crate::report::plot::{Axis, Colour, Figure, Panel, Series};
use crate::report::table::Table;
use crate::tokens::views::matching::Match;

const MATCHED: &str = "matched_temperature";
const ENTROPY: &str = "entropy";
const HEAT_CAPACITY: &str = "heat_capacity";
/// Panels with their titles and the labels of their vertical axes.
const PANELS: [(&str, &str, &str); 3] = [
    (MATCHED, "Temperature of equal mean entropy", "matched T of the second model"),
    (ENTROPY, "Entropy", "mean entropy S of both [nat]"),
    (HEAT_CAPACITY, "Heat capacity", "mean heat capacity C [k_{B}]"),
];
const FIRST: &str = "first model at T";
const SECOND: &str = "second model at its matched temperature";
const BOTH: &str = "both models";
/// Where both models have the same temperature.
const EQUAL: &str = "equal temperatures";
const GREY: Colour = Colour(110, 110, 110);

/// One colour for each series, the same in all panels.
fn colour(series: &str) -> Colour {
    match series {
        FIRST => sides::colour(TOKENS, 0),
        SECOND => sides::colour(TOKENS, 1),
        BOTH => sides::colour(TOKENS, 2),
        _ => GREY,
    }
}

/// The data: one row per finite temperature and quantity.
pub(super) fn table(matches: &[Match]) -> Table {
    let mut rows = Rows::of_many_quantities();
    let finite = || matches.iter().filter(|m| m.temperature.get().is_finite() && m.matched.value.is_finite());
    let temperature = "temperature[k_B=1]";
    rows.these(temperature, "matched_temperature[k_B=1]");
    finite().for_each(|m| rows.estimate(MATCHED, SECOND, m.temperature.get(), m.matched, None));
    finite().for_each(|m| rows.point(MATCHED, EQUAL, Kind::Prediction, m.temperature.get(), m.temperature.get()));
    rows.these(temperature, "entropy[nat]");
    finite().for_each(|m| rows.estimate(ENTROPY, BOTH, m.temperature.get(), m.entropy, None));
    rows.these(temperature, "heat_capacity[k_B]");
    finite().for_each(|m| rows.estimate(HEAT_CAPACITY, FIRST, m.temperature.get(), m.heat_capacity, None));
    finite().for_each(|m| rows.estimate(HEAT_CAPACITY, SECOND, m.temperature.get(), m.matched_heat_capacity, None));
    rows.finish()
}

/// The figure of the rows of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let panel = |(name, title, label): (&str, &str, &str)| {
        let mut series = Vec::new();
        for own in Row::series_of(rows, name) {
            let points: Vec<_> = Row::of(rows, name, own, Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
            let mut line: Vec<_> = Row::of(rows, name, own, Kind::Prediction).map(|r| (r.x, r.y)).collect();
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
            if !line.is_empty() {
                series.push(Series::dashed(own, line).coloured(colour(own)));
            }
            if !points.is_empty() {
                series.push(Series::points(own, points).coloured(colour(own)));
            }
        }
        Panel {
            title: title.to_owned(),
            x: Axis::linear("temperature T of the first model"),
            y: Axis::linear(label),
            series,
            ..Panel::default()
        }
    };
    Figure {
        title: "Two models at one mean entropy; bars: standard errors of independent prompts".to_owned(),
        panels: PANELS.map(panel).into(),
        columns: 3,
        panel_width: 620,
        frame_height: 420,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Spectrum;
    use crate::report::plot::Mark;
    use crate::tokens::views::matching::{Prompts, match_models};
    use crate::units::Temperature;

    #[test]
    fn every_finite_match_is_a_point_with_its_error() {
        let spectra = |scale: f64| -> Vec<Spectrum> {
            let levels = [[0.0, 0.3, 1.0], [0.0, 1.0, 1.1], [0.0, 0.5, 4.0]];
            levels.iter().map(|e| Spectrum::new(e.iter().map(|x| scale * x).collect()).unwrap()).collect()
        };
        let at = |t: f64| {
            let t = Temperature::new(t).unwrap();
            match_models(&spectra(1.0), &spectra(2.0), t, Prompts::Different).unwrap()
        };
        let matches = [at(0.5), at(1.0), at(f64::INFINITY)];
        let figure = figure(&Row::read("token_match", &table(&matches).to_csv()).unwrap());
        let Mark::Points(points) = &figure.panels[0].series[0].mark else { panic!("{figure:?}") };
        assert_eq!(points.iter().map(|p| p.0).collect::<Vec<_>>(), [0.5, 1.0]);
        for (point, found) in points.iter().zip(&matches) {
            assert!((point.1 / point.0 - 2.0).abs() < 1e-12 && point.2 == found.matched.std_error && point.2 > 0.01);
        }
        assert_eq!(figure.panels[2].series.len(), 2);
    }
}

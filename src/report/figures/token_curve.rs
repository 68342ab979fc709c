//! Next-token distributions along the temperature: exact U, S and C of each context and their mean, or bounds.

use super::rows::{Kind, Row, Rows, TOKENS};
use super::sides;
use super::system::broken_at_zero;
use crate::ensemble::Thermo;
use crate::report::plot::{Axis, Colour, Figure, Mark, Panel, RightAxis, RightScale, Series};
use crate::report::table::Table;
use crate::tokens::thermometer::{Bounds, Interval};
use crate::tokens::views::{MeanThermo, mean_over_contexts};
use crate::units::Temperature;

/// What is known of one context along the temperature.
#[derive(Clone, Copy, Debug)]
pub enum ContextValues<'a> {
    /// All of it, and how many tokens a truncation keeps at each temperature; `[n_temperatures]`, the second empty without one.
    Exact(&'a [Thermo], &'a [usize]),
    /// Bounds from a list of the most likely tokens; `[n_temperatures]` both.
    Bounded(&'a [Temperature], &'a [Bounds]),
}

/// The curve of one context.
#[derive(Clone, Copy, Debug)]
pub struct ContextCurve<'a> {
    /// The prompt, or where it stands in its source.
    pub context: &'a str,
    /// What is known.
    pub values: ContextValues<'a>,
}

/// Panels with the labels of their vertical axes and the headers of their quantities.
const PANELS: [(&str, &str, &str, &str); 4] = [
    ("energy", "Mean energy", "U [nat]", "energy[nat]"),
    (ENTROPY, "Entropy", "S [nat]", "entropy[nat]"),
    (HEAT_CAPACITY, "Heat capacity", "C [k_{B}]", "heat_capacity[k_B]"),
    (KEPT, "Tokens kept by the truncations", "tokens kept", "kept[1]"),
];
const ENTROPY: &str = "entropy";
const HEAT_CAPACITY: &str = "heat_capacity";
const KEPT: &str = "kept";
const MEAN: &str = "mean over contexts";
/// The mean is drawn in black, over the contexts.
const BLACK: Colour = Colour(0, 0, 0);
/// Most contexts that have a colour each, black being that of the mean.
const COLOURS: usize = 6;
/// From this ratio of temperatures on, their axis is logarithmic.
const WIDE: f64 = 20.0;

/// The data: exact values or bounds at every finite temperature, and the mean where all contexts are exact and there is more than one.
pub(super) fn table(contexts: &[ContextCurve<'_>]) -> Table {
    let mut rows = Rows::of_many_quantities();
    for (curve, name) in contexts.iter().zip(names(contexts)) {
        match curve.values {
            ContextValues::Exact(points, kept) => {
                for (k, t) in points.iter().enumerate() {
                    let n_kept = kept.get(k).map_or(f64::NAN, |&n| n as f64);
                    let values = [t.energy, t.entropy, t.heat_capacity, n_kept];
                    add(&mut rows, &name, Kind::Exact, t.temperature().get(), values);
                }
            }
            ContextValues::Bounded(temperatures, bounds) => {
                for (t, b) in temperatures.iter().zip(bounds) {
                    let intervals = [b.energy, b.entropy, b.heat_capacity];
                    for (kind, end) in
                        [(Kind::Low, (|i| i.low) as fn(Interval) -> Option<f64>), (Kind::High, |i| i.high)]
                    {
                        let [u, s, c] = intervals.map(|interval| end(interval).unwrap_or(f64::NAN));
                        add(&mut rows, &name, kind, t.get(), [u, s, c, f64::NAN]);
                    }
                }
            }
        }
    }
    mean(contexts, &mut rows);
    rows.finish()
}

/// The mean over contexts, where all are exact and there is more than one.
fn mean(contexts: &[ContextCurve<'_>], rows: &mut Rows) {
    let exact = contexts.iter().map(|curve| match curve.values {
        ContextValues::Exact(points, kept) => Some((points, kept)),
        ContextValues::Bounded(..) => None,
    });
    let Some(exact) = exact.collect::<Option<Vec<_>>>().filter(|exact| exact.len() > 1) else { return };
    for (k, first) in exact[0].0.iter().enumerate() {
        let mean = MeanThermo::over(exact.iter().map(|(points, _)| &points[k]));
        let n_kept = mean_over_contexts(exact.iter().map(|(_, kept)| kept.get(k).map_or(f64::NAN, |&n| n as f64)));
        let values = [mean.energy, mean.entropy, mean.heat_capacity, n_kept].map(|estimate| estimate.value);
        add(rows, MEAN, Kind::Exact, first.temperature().get(), values);
    }
}

/// Adds what is known at one temperature.
fn add(rows: &mut Rows, series: &str, kind: Kind, t: f64, values: [f64; 4]) {
    for ((panel, .., quantity), y) in PANELS.iter().zip(values).filter(|(_, y)| t.is_finite() && y.is_finite()) {
        rows.these("temperature[k_B=1]", quantity);
        rows.point(panel, series, kind, t, y);
    }
}

/// The names of the contexts, no two alike.
fn names(contexts: &[ContextCurve<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for curve in contexts {
        let numbered = (2..).map(|k| format!("{} ({k})", curve.context));
        let mut choices = std::iter::once(curve.context.to_owned()).chain(numbered);
        names.extend(choices.find(|name| name != MEAN && !names.contains(name)));
    }
    names
}

/// The figure of the rows of [`table`].
pub(super) fn figure(title: &str, rows: &[Row]) -> Figure {
    let mut names: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.series != MEAN) {
        if !names.contains(&row.series.as_str()) {
            names.push(&row.series);
        }
    }
    let panels: Vec<Panel> = PANELS
        .iter()
        .filter(|(panel, ..)| rows.iter().any(|row| row.panel == *panel))
        .map(|&(panel, title, label, _)| Panel {
            title: title.to_owned(),
            x: temperature_axis(rows),
            y: if panel == KEPT { Axis::log10(label) } else { Axis::linear(label) },
            right_axis: (panel == ENTROPY)
                .then(|| RightAxis { label: "effective vocabulary e^{S}".to_owned(), scale: RightScale::Exp }),
            series: series(rows, panel, &names),
            notes: notes(rows, panel),
            ..Panel::default()
        })
        .collect();
    let columns = if panels.len() == 3 { 3 } else { 2 };
    let panel_width = if columns == 3 { 640 } else { 800 };
    Figure { title: title.to_owned(), panels, columns, panel_width, frame_height: 420 }
}

/// A logarithmic axis where temperatures are positive and far apart.
fn temperature_axis(rows: &[Row]) -> Axis {
    let label = "sampling temperature T";
    let positive = || rows.iter().map(|row| row.x).filter(|t| *t > 0.0);
    let (low, high) = (positive().fold(f64::INFINITY, f64::min), positive().fold(0.0, f64::max));
    let is_negative = rows.iter().any(|row| row.x < 0.0);
    if !is_negative && high >= WIDE * low { Axis::log10(label) } else { Axis::linear(label) }
}

/// Curves and bands of a panel; more contexts than there are colours share one.
fn series(rows: &[Row], panel: &str, names: &[&str]) -> Vec<Series> {
    let together = format!("{} contexts", names.len());
    let mut series = Vec::new();
    for (k, own) in names.iter().enumerate() {
        let (label, colour) = if names.len() > COLOURS {
            (together.as_str(), sides::colour(TOKENS, 0))
        } else {
            (*own, sides::colour(TOKENS, k))
        };
        let curve = |kind| -> Vec<[f64; 2]> { Row::of(rows, panel, own, kind).map(|row| [row.x, row.y]).collect() };
        let (exact, low, high) = (curve(Kind::Exact), curve(Kind::Low), curve(Kind::High));
        let upper = |t: f64| high.iter().find(|[x, _]| *x == t).map(|[_, y]| *y);
        series.push(Series::band(label, low.iter().filter_map(|&[x, y]| Some((x, y, upper(x)?)))).coloured(colour));
        series.push(line(label, &exact).coloured(colour));
        series.push(line(label, &high).coloured(colour));
        let (closed, open): (Vec<_>, Vec<_>) = low.into_iter().partition(|[x, _]| upper(*x).is_some());
        series.push(line(label, &closed).coloured(colour));
        // At T = 1 the list says more: the probability of what is not listed is known. No curve goes through that point.
        for piece in open.chunk_by(|a, b| a[0] != 1.0 && b[0] != 1.0 && (a[0] < 1.0) == (b[0] < 1.0)) {
            let piece = match piece {
                [_] => line(label, piece),
                _ => Series::dashed(label, piece.iter().map(|&[x, y]| (x, y))),
            };
            series.push(piece.coloured(colour));
        }
    }
    let mean: Vec<[f64; 2]> = Row::of(rows, panel, MEAN, Kind::Exact).map(|row| [row.x, row.y]).collect();
    series.push(line(MEAN, &mean).coloured(BLACK));
    series.retain(has_data);
    series
}

fn has_data(series: &Series) -> bool {
    match &series.mark {
        Mark::Line(points) | Mark::Dashed(points) => !points.is_empty(),
        Mark::Points(points) | Mark::Band(points) | Mark::Histogram(points) => !points.is_empty(),
    }
}

/// A line, or the point where there is only one.
fn line(label: &str, points: &[[f64; 2]]) -> Series {
    match points {
        [[x, y]] => Series::points(label, [(*x, *y, 0.0)]),
        _ => Series::line(label, broken_at_zero(points).into_iter().map(|[x, y]| (x, y))),
    }
}

/// What bands and dashed curves are, and why curves of truncated ensembles jump.
fn notes(rows: &[Row], panel: &str) -> Vec<String> {
    let jumps = rows.iter().any(|row| row.panel == KEPT) && panel == HEAT_CAPACITY;
    let jumps = jumps
        .then_some("C is the variance of E/T over the tokens kept; where their number changes with T, curves jump.");
    let of = |kind| rows.iter().filter(|row| row.panel == panel && row.kind == kind).count();
    let (low, high) = (of(Kind::Low), of(Kind::High));
    let band = (high > 0).then_some("Bands hold whatever the tokens are that are not listed.");
    let open = (low > high).then_some("Dashed: a lower bound; the upper one needs the size of the vocabulary.");
    band.into_iter().chain(open).chain(jumps).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};
    use crate::tokens::Unlisted;
    use crate::tokens::thermometer::bounds;

    fn temperatures() -> Vec<Temperature> {
        [0.5, 1.0, 2.0, f64::INFINITY].map(|t| Temperature::new(t).unwrap()).into()
    }

    fn points(levels: &[f64]) -> Vec<Thermo> {
        let spectrum = Spectrum::new(levels.to_vec()).unwrap();
        temperatures().iter().map(|t| Canonical::new(&spectrum, t.beta()).thermo()).collect()
    }

    fn drawn(contexts: &[ContextCurve<'_>]) -> Figure {
        figure("", &Row::read("token_curve", &table(contexts).to_csv()).unwrap())
    }

    #[test]
    fn exact_contexts_are_lines_under_their_mean() {
        let (a, b) = (points(&[0.0, 1.0]), points(&[0.0, 2.0, 3.0]));
        let exact = |points| ContextCurve { context: "And", values: ContextValues::Exact(points, &[]) };
        let figure = drawn(&[exact(&a), exact(&b)]);
        assert_eq!(figure.panels.len(), 3);
        let labels: Vec<&str> = figure.panels[1].series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(labels, ["And", "And (2)", MEAN]);
        let line = |k: usize| match &figure.panels[1].series[k].mark {
            Mark::Line(points) => points.clone(),
            mark => panic!("{mark:?}"),
        };
        for (k, (x, y)) in line(2).into_iter().enumerate() {
            assert_eq!(x, [0.5, 1.0, 2.0][k]);
            assert!((y - 0.5 * (a[k].entropy + b[k].entropy)).abs() < 1e-14);
        }
        let mut colours: Vec<_> = figure.panels[1].series.iter().map(|series| series.colour).collect();
        colours.dedup();
        assert_eq!(colours.len(), 3);
    }

    #[test]
    fn many_contexts_share_a_colour_and_kept_tokens_have_a_panel() {
        let points = points(&[0.0, 1.0]);
        let names: Vec<String> = (0..9).map(|k| format!("row {k}")).collect();
        let kept = [1, 2, 2, 2];
        let curve = |name| ContextCurve { context: name, values: ContextValues::Exact(&points, &kept) };
        let figure = drawn(&names.iter().map(|name| curve(name)).collect::<Vec<_>>());
        assert_eq!(figure.panels.len(), 4);
        let labels: Vec<&str> = figure.panels[3].series.iter().map(|series| series.label.as_str()).collect();
        assert_eq!(labels, [["9 contexts"; 9].to_vec(), vec![MEAN]].concat());
    }

    #[test]
    fn lists_are_bands_where_both_bounds_are_known_and_dashed_where_one_is() {
        let listed = Spectrum::new(vec![-0.6f64.ln(), -0.3f64.ln()]).unwrap();
        let temperatures = [0.5, 0.8, 1.0, 1.5, 2.0].map(|t| Temperature::new(t).unwrap());
        for (n_tokens, has_band) in [(Some(50), true), (None, false)] {
            let at = |t: &Temperature| bounds(&listed, Unlisted { mass: 0.1, n_tokens }, t.beta().get()).unwrap();
            let bounds: Vec<Bounds> = temperatures.iter().map(at).collect();
            let list = ContextCurve { context: "row 1", values: ContextValues::Bounded(&temperatures, &bounds) };
            let figure = drawn(&[list]);
            let entropy = &figure.panels[1];
            let bands = entropy.series.iter().filter_map(|series| match &series.mark {
                Mark::Band(points) => Some(points.clone()),
                _ => None,
            });
            let bands: Vec<_> = bands.flatten().collect();
            assert_eq!(bands.len(), if has_band { 5 } else { 0 });
            assert!(bands.iter().all(|(_, low, high)| low < high));
            // Bounds jump at T = 1, where the probability of all that is not listed is known: a point, and no curve through it.
            let n = |is: fn(&Mark) -> bool| entropy.series.iter().filter(|series| is(&series.mark)).count();
            let (points, dashed) =
                (n(|mark| matches!(mark, Mark::Points(_))), n(|mark| matches!(mark, Mark::Dashed(_))));
            assert_eq!((points, dashed), if has_band { (0, 0) } else { (1, 2) });
            assert!(entropy.series.iter().all(|series| series.label == "row 1"));
            assert_eq!(entropy.notes.len(), 1);
        }
    }
}

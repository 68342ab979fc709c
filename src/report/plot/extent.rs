//! Which positions the data of a panel use.

use super::axis::Span;
use super::figure::{Mark, Panel};

/// Every horizontal position the data use.
pub(super) fn x_values(panel: &Panel) -> impl Iterator<Item = f64> {
    let series = panel.series.iter().flat_map(|series| -> Vec<f64> {
        match &series.mark {
            Mark::Line(points) | Mark::Dashed(points) => points.iter().map(|p| p.0).collect(),
            Mark::Points(points) | Mark::Band(points) => points.iter().map(|p| p.0).collect(),
            Mark::Histogram(bars) => bars.iter().flat_map(|bar| [bar.0, bar.1]).collect(),
        }
    });
    series.chain(panel.residuals.iter().flat_map(|r| &r.series).flat_map(|(_, points)| points).map(|p| p.0))
}

/// Every vertical position the data use within the horizontal range, ends of error bars and feet of histograms included.
pub(super) fn y_values<'a>(panel: &'a Panel, x: &'a Span) -> impl Iterator<Item = f64> + 'a {
    let seen = |at: f64| x.position(at).is_some_and(|share| (-1e-9..=1.0 + 1e-9).contains(&share));
    panel.series.iter().flat_map(move |series| -> Vec<f64> {
        match &series.mark {
            Mark::Line(points) | Mark::Dashed(points) => points.iter().filter(|p| seen(p.0)).map(|p| p.1).collect(),
            Mark::Points(points) => {
                // On a logarithmic axis a bar may reach below zero: the ends that have a place count.
                let ends = |&(_, y, error): &(f64, f64, f64)| {
                    let error = if error > 0.0 { error } else { 0.0 };
                    [y, y + error, y - error]
                };
                points.iter().filter(|p| seen(p.0)).flat_map(ends).collect()
            }
            Mark::Band(points) => points.iter().filter(|p| seen(p.0)).flat_map(|p| [p.1, p.2]).collect(),
            Mark::Histogram(bars) => bars.iter().flat_map(|bar| [0.0, bar.2]).collect(),
        }
    })
}

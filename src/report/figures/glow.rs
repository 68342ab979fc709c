//! Heating a body and heating a model: photons on Planck spectra with colours beside tokens on theirs with text.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use super::sides;
use crate::experiments::compare::Glow;
use crate::experiments::glow::{Glowing, VISIBLE};
use crate::report::number::significant;
use crate::report::plot::{Axis, Caption, Colour, Figure, Panel, Residuals, Series};
use crate::report::table::Table;

/// Abscissa and ordinate of spectra.
const WAVELENGTH: &str = "wavelength[nm]";
const RADIANCE: &str = "radiance[W/(sr m^2 nm)]";
/// Name of the row with the prompt of the texts.
const PROMPT: &str = "prompt";
/// Smallest token probability shown.
const FAINTEST: f64 = 1e-8;
/// Cells and ranks that expect fewer draws are not shown: a choice by what was drawn would favour the lucky ones.
const FEWEST: f64 = 10.0;
/// Behind bodies, which have their own colours.
const NIGHT: Colour = Colour(24, 24, 32);
/// The band of wavelengths that the eye sees.
const GREY: Colour = Colour(150, 150, 150);

/// The data: radiance over wavelength, probability over rank, swatches and texts as labels.
pub(super) fn table(glow: &Glow) -> Table {
    let mut rows = Rows::of_many_quantities();
    rows.these(WAVELENGTH, RADIANCE);
    for (name, body) in &glow.bodies {
        add_body(&format!("{name}, {} K", body.kelvin), body, &mut rows);
    }
    rows.these("rank[1]", "probability[1]");
    rows.label(TOKENS, PROMPT, Kind::Text, f64::NAN, &glow.prompt);
    for spectrum in &glow.tokens {
        let name = format!("T = {}, e^{{S}} = {:.1}", spectrum.temperature, spectrum.entropy.exp());
        for (rank, &p) in (1..).zip(&spectrum.by_rank) {
            if p > FAINTEST && (rank <= 32 || rank % 16 == 0) {
                rows.point(TOKENS, &name, Kind::Exact, f64::from(rank), p);
            }
        }
        for share in &spectrum.drawn {
            let p = share.probability;
            if p.exact * p.estimate.n_eff >= FEWEST {
                rows.estimate(TOKENS, &name, share.rank as f64, p.estimate, p.resolved.then_some(p.exact));
            }
        }
        rows.label(TOKENS, &name, Kind::Text, spectrum.temperature, spectrum.text.trim_start());
    }
    rows.finish()
}

/// The data of [`spectra`].
pub(super) fn spectra_table(bodies: &[Glowing]) -> Table {
    let mut rows = Rows::new(WAVELENGTH, RADIANCE);
    for body in bodies {
        add_body(&format!("{} K", body.kelvin), body, &mut rows);
    }
    rows.finish()
}

fn add_body(name: &str, body: &Glowing, rows: &mut Rows) {
    for &(wavelength, radiance) in &body.spectrum {
        rows.point(PARTICLES, name, Kind::Exact, wavelength, radiance);
    }
    for cell in body.cells.iter().filter(|cell| cell.expected >= FEWEST) {
        let exact = cell.radiance.resolved.then_some(cell.radiance.exact);
        rows.estimate(PARTICLES, name, cell.wavelength, cell.radiance.estimate, exact);
    }
    if let Some(colour) = body.colour {
        let [r, g, b] = colour.srgb;
        rows.label(PARTICLES, name, Kind::Swatch, body.kelvin, &format!("#{r:02x}{g:02x}{b:02x}"));
    }
    let share = format!("{} % of its power is visible", significant(100.0 * body.visible_share.exact, 4));
    rows.label(PARTICLES, name, Kind::Text, body.kelvin, &share);
}

/// The figure of [`table`].
pub(super) fn figure(rows: &[Row]) -> Figure {
    let mut light = light(rows, (100.0, 10_000.0), (1e-3, 1e7));
    light.title = "A hot body".to_owned();
    let (series, residuals) = curves(rows, TOKENS);
    let prompt = Row::of(rows, TOKENS, PROMPT, Kind::Text).next().map(|r| r.label.as_str()).unwrap_or_default();
    let mut notes = vec![
        "Lines: exact. Points: tokens drawn, where at least ten are expected.".to_owned(),
        "e^{S}: the number of equally likely tokens with the same entropy S.".to_owned(),
    ];
    // Rows of a file write nothing.
    let writes = !prompt.is_empty();
    if writes {
        notes.push(format!("What the model writes after “{prompt}”:"));
    }
    let tokens = Panel {
        title: "A hot language model".to_owned(),
        x: Axis::log10("rank of the token"),
        y: Axis::log10("probability, mean over prompts").with_range(FAINTEST, 2.0),
        series,
        residuals,
        captions: if writes { captions(rows, TOKENS) } else { Vec::new() },
        notes,
        ..Panel::default()
    };
    Figure {
        title: "Heating: from invisible to red to white to blue, from one token to a spectrum of nonsense".to_owned(),
        panels: vec![light, tokens],
        ..Figure::default()
    }
}

/// The figure of [`spectra_table`]: one panel.
pub(super) fn spectra(rows: &[Row]) -> Figure {
    let exact = || rows.iter().filter(|row| row.kind == Kind::Exact);
    let top = exact().map(|row| row.y).fold(0.0, f64::max);
    let ends = |(low, high): (f64, f64), row: &Row| (low.min(row.x), high.max(row.x));
    let peak_of = |name: &str| Row::of(rows, PARTICLES, name, Kind::Exact).map(|row| row.y).fold(0.0, f64::max);
    let lowest = Row::series_of(rows, PARTICLES).into_iter().map(peak_of).fold(f64::INFINITY, f64::min);
    // The lowest peak keeps five decades below it.
    let panel = light(rows, exact().fold((f64::INFINITY, 0.0), ends), (1e-5 * lowest, 5.0 * top));
    Figure {
        title: "Black-body radiation".to_owned(),
        panels: vec![panel],
        columns: 1,
        panel_width: 1000,
        ..Figure::default()
    }
}

/// Spectra of bodies within a range of wavelengths and one of radiances, with their colours below.
fn light(rows: &[Row], wavelengths: (f64, f64), radiances: (f64, f64)) -> Panel {
    let (mut series, residuals) = curves(rows, PARTICLES);
    let band = [VISIBLE.0, VISIBLE.1].map(|nm| (nm, radiances.0, radiances.1));
    if band.iter().any(|(nm, ..)| (wavelengths.0..wavelengths.1).contains(nm)) {
        series.push(Series::band("", band).coloured(GREY));
    }
    Panel {
        ground: Some(NIGHT),
        x: Axis::log10("wavelength [nm]").with_range(wavelengths.0, wavelengths.1),
        y: Axis::log10("spectral radiance [W sr^{−1} m^{−2} nm^{−1}]").with_range(radiances.0, radiances.1),
        series,
        residuals,
        notes: vec![
            "Lines: Planck’s law. Points: photons drawn, where at least ten are expected.".to_owned(),
            format!("Grey: what the eye sees, {}–{} nm.", VISIBLE.0, VISIBLE.1),
            "Each curve has the colour of its body: CIE 1931 chromaticity at full brightness, clipped to sRGB."
                .to_owned(),
        ],
        captions: captions(rows, PARTICLES),
        ..Panel::default()
    }
}

/// Exact curves with what was drawn on them, and the deviations of the latter.
fn curves(rows: &[Row], panel: &'static str) -> (Vec<Series>, Option<Residuals>) {
    let (mut series, mut residuals) = (Vec::new(), Vec::new());
    for (k, name) in Row::series_of(rows, panel).into_iter().enumerate() {
        let own = swatch(rows, panel, name).unwrap_or(sides::colour(panel, k));
        let line: Vec<_> = Row::of(rows, panel, name, Kind::Exact).map(|r| (r.x, r.y)).collect();
        let points: Vec<_> = Row::of(rows, panel, name, Kind::Sampled).map(|r| (r.x, r.y, r.std_error)).collect();
        let resolved = Row::of(rows, panel, name, Kind::Sampled).filter(|r| r.exact.is_finite() && r.std_error > 0.0);
        let z: Vec<_> = resolved.map(|r| (r.x, (r.y - r.exact) / r.std_error)).collect();
        match line[..] {
            [] => {}
            // At T = 0 one token has all the probability: a point, not a line.
            [(x, y)] if points.is_empty() => series.push(Series::points(name, [(x, y, 0.0)]).coloured(own)),
            _ => series.push(sides::curve(panel, name, line).coloured(own)),
        }
        if !points.is_empty() {
            series.push(Series::points(name, points).coloured(own));
        }
        if !z.is_empty() {
            residuals.push((name.to_owned(), z));
        }
    }
    let residuals = Residuals { label: "z".to_owned(), series: residuals };
    (series, (!residuals.series.is_empty()).then_some(residuals))
}

fn captions(rows: &[Row], panel: &'static str) -> Vec<Caption> {
    let names = Row::series_of(rows, panel).into_iter().filter(|name| *name != PROMPT);
    let caption = |name: &str| Caption {
        swatch: swatch(rows, panel, name),
        label: name.split(", e^").next().unwrap_or(name).to_owned(),
        text: Row::of(rows, panel, name, Kind::Text).next().map(|r| r.label.clone()).unwrap_or_default(),
    };
    names.map(caption).collect()
}

/// The colour of a body.
fn swatch(rows: &[Row], panel: &str, name: &str) -> Option<Colour> {
    Row::of(rows, panel, name, Kind::Swatch).next().and_then(|r| colour(&r.label))
}

fn colour(hex: &str) -> Option<Colour> {
    let digits = hex.strip_prefix('#')?;
    let channel = |k: usize| u8::from_str_radix(digits.get(k..k + 2)?, 16).ok();
    Some(Colour(channel(0)?, channel(2)?, channel(4)?))
}

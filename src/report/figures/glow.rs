//! Heating a body and heating a model: Planck spectra with their colours beside token spectra with their text.

use super::rows::{Kind, PARTICLES, Row, Rows, TOKENS};
use crate::experiments::compare::{Glow, VISIBLE};
use crate::report::Table;
use crate::report::plot::{Axis, Caption, Colour, Figure, Guide, Panel, Series};

/// Name of the row with the prompt of the texts.
const PROMPT: &str = "prompt";
/// Smallest token probability shown.
const FAINTEST: f64 = 1e-8;

/// The data: radiance over wavelength, probability over rank, swatches and texts as labels.
pub fn table(glow: &Glow) -> Table {
    let mut rows = Rows::new("wavelength[nm] or rank[1]", "radiance[W/(sr m^2 nm)] or probability[1]");
    for body in &glow.bodies {
        let name = format!("{}, {} K", body.name, body.kelvin);
        for &(wavelength, radiance) in &body.spectrum {
            rows.point(PARTICLES, &name, Kind::Exact, wavelength, radiance);
        }
        let [r, g, b] = body.srgb;
        rows.label(PARTICLES, &name, Kind::Swatch, body.kelvin, &format!("#{r:02x}{g:02x}{b:02x}"));
        let share = format!("{:.3} % of its power is visible", 100.0 * body.visible_share);
        rows.label(PARTICLES, &name, Kind::Text, body.kelvin, &share);
    }
    rows.label(TOKENS, PROMPT, Kind::Text, f64::NAN, &glow.prompt);
    for spectrum in &glow.tokens {
        let name = format!("T = {}, e^{{S}} = {:.1}", spectrum.temperature, spectrum.entropy.exp());
        for (rank, &p) in (1..).zip(&spectrum.by_rank) {
            if p > FAINTEST && (rank <= 32 || rank % 16 == 0) {
                rows.point(TOKENS, &name, Kind::Exact, f64::from(rank), p);
            }
        }
        rows.label(TOKENS, &name, Kind::Text, spectrum.temperature, spectrum.text.trim_start());
    }

    rows.finish()
}

/// The figure.
pub fn figure(rows: &[Row]) -> Figure {
    let names = |panel| Row::series_of(rows, panel);
    let lines = |panel: &'static str| {
        let line = |name: &&str| {
            let points: Vec<(f64, f64)> = Row::of(rows, panel, name, Kind::Exact).map(|r| (r.x, r.y)).collect();
            // At T = 0 one token has all the probability: a point, not a line.
            match points[..] {
                [(x, y)] => Series::points(*name, [(x, y, 0.0)]),
                _ => Series::line(*name, points),
            }
        };
        let drawn = |name: &&&str| Row::of(rows, panel, name, Kind::Exact).next().is_some();
        names(panel).iter().filter(drawn).map(line).collect::<Vec<_>>()
    };
    let caption = |panel: &'static str, name: &str| Caption {
        swatch: Row::of(rows, panel, name, Kind::Swatch).next().and_then(|r| colour(&r.label)),
        label: name.split(", e^").next().unwrap_or(name).to_owned(),
        text: Row::of(rows, panel, name, Kind::Text).next().map(|r| r.label.clone()).unwrap_or_default(),
    };
    let light = Panel {
        title: "A hot body".to_owned(),
        x: Axis::log10("wavelength [nm]").with_range(150.0, 10_000.0),
        y: Axis::log10("spectral radiance [W sr^{−1} m^{−2} nm^{−1}]").with_range(1e-3, 1e5),
        series: lines(PARTICLES),
        guides: vec![
            Guide::X { at: VISIBLE.0, label: "visible:".to_owned() },
            Guide::X { at: VISIBLE.1, label: "380–750 nm".to_owned() },
        ],
        notes: vec!["Colours: CIE 1931 chromaticity at full brightness, clipped to sRGB.".to_owned()],
        captions: names(PARTICLES).into_iter().map(|name| caption(PARTICLES, name)).collect(),
        ..Panel::default()
    };
    let tokens = Panel {
        title: "A hot language model".to_owned(),
        x: Axis::log10("rank of the token"),
        y: Axis::log10("probability, mean over prompts").with_range(FAINTEST, 2.0),
        series: lines(TOKENS),
        captions: names(TOKENS).into_iter().map(|name| caption(TOKENS, name)).collect(),
        notes: vec![
            "e^{S}: tokens that share the probability. Below, what the model writes after the prompt.".to_owned(),
        ],
        ..Panel::default()
    };
    Figure {
        title: "Heating: from invisible to red to white, from one token to a spectrum of nonsense".to_owned(),
        panels: vec![light, tokens],
        ..Figure::default()
    }
}

fn colour(hex: &str) -> Option<Colour> {
    let digits = hex.strip_prefix('#')?;
    let channel = |k: usize| u8::from_str_radix(digits.get(k..k + 2)?, 16).ok();
    Some(Colour(channel(0)?, channel(2)?, channel(4)?))
}

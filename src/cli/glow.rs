//! `gibbs glow`: what black bodies at temperatures in kelvin look like.

use std::io::IsTerminal;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::arguments::{Common, Format, GlowArgs};
use super::figure::{check_figure, write_figure};
use super::{Outcome, advise, print_raw, print_table, progress, temperatures};
use gibbs::experiments::glow::{self, Glowing, MOST_PHOTONS};
use gibbs::report::{Cell, Table, figures};
use gibbs::rng::Seed;

/// Most spectra in one figure.
const MOST_SPECTRA: usize = 8;
/// Name of the figure's files.
const STEM: &str = "glow_spectra";

/// Runs `gibbs glow`.
pub fn run(common: &Common, args: &GlowArgs) -> Result<Outcome> {
    let temperatures = temperatures::parse("-T", &args.temperatures)?;
    for t in &temperatures {
        ensure!(
            t.get() > 0.0 && t.get().is_finite(),
            "-T: a temperature in kelvin must be positive and finite, got {t}"
        );
    }
    ensure!(
        (1_000..=MOST_PHOTONS).contains(&args.particles),
        "--particles must be from 1000 to 10^10, got {}",
        args.particles
    );
    ensure!(
        !args.plot || temperatures.len() <= MOST_SPECTRA,
        "--plot draws at most {MOST_SPECTRA} temperatures, got {}; ask for fewer",
        temperatures.len()
    );
    if args.plot {
        check_figure(common, STEM)?;
    }
    let bar = progress::bar(common.quiet, "drawing photons", glow::n_ticks(temperatures.len(), args.particles));
    let range = glow::range(&temperatures);
    let bodies = glow::run(&temperatures, args.particles, range, Seed(common.seed), &|| bar.inc(1))
        .with_context(|| format!("-T {}", args.temperatures))?;
    bar.finish_and_clear();
    if args.plot {
        plot(common, args, &bodies)?;
    }
    match common.format {
        Format::Table => print_raw(&readable(&bodies, std::io::stdout().is_terminal()))?,
        Format::Csv | Format::Json => print_table(common, &table(&bodies))?,
    }
    if bodies.iter().any(|body| !body.visible_share.resolved) {
        advise(common, "too few visible photons were drawn for a z of their share; ask for more --particles");
    }
    Ok(Outcome::Done)
}

/// Every number, under names that scripts depend on.
fn table(bodies: &[Glowing]) -> Table {
    let mut table = Table::new(&[
        "temperature",
        "peak_wavelength_nm",
        "exitance_w_per_m2",
        "visible_share",
        "visible_share_sampled",
        "visible_share_std_error",
        "visible_share_z_score",
        "photon_energy_ev",
        "photon_energy_sampled_ev",
        "photon_energy_std_error_ev",
        "photon_energy_z_score",
        "chromaticity_x",
        "chromaticity_y",
        "correlated_temperature",
        "srgb",
    ]);
    for body in bodies {
        let mut row: Vec<Cell> = vec![body.kelvin.into(), body.peak_wavelength.into(), body.exitance.into()];
        for value in [&body.visible_share, &body.photon_energy] {
            // Without a visible photon there is nothing to estimate an error from.
            let std_error = (value.estimate.std_error > 0.0).then_some(value.estimate.std_error);
            row.extend([value.exact.into(), value.estimate.value.into(), std_error.into(), value.z_score().into()]);
        }
        let colour = body.colour;
        row.extend([
            colour.map(|c| c.chromaticity.0).into(),
            colour.map(|c| c.chromaticity.1).into(),
            colour.and_then(|c| c.correlated_temperature).into(),
            colour.map(|c| hex(c.srgb)).into(),
        ]);
        table.push(row);
    }
    table
}

/// The same for people: the light, then its colours, with swatches where the terminal can show them.
fn readable(bodies: &[Glowing], swatches: bool) -> String {
    let mut light = Table::new(&[
        "T [K]",
        "peak [nm]",
        "exitance [W/m2]",
        "visible",
        "sampled",
        "std_error",
        "z_score",
        "<h nu> [eV]",
        "sampled",
        "std_error",
        "z_score",
    ]);
    let mut colours = Table::new(&["T [K]", "x", "y", "CCT [K]", "sRGB"]);
    let rounded = |x: f64, digits: i32| (x * 10f64.powi(digits)).round() / 10f64.powi(digits);
    for body in bodies {
        let mut row: Vec<Cell> = vec![body.kelvin.into(), body.peak_wavelength.into(), body.exitance.into()];
        for value in [&body.visible_share, &body.photon_energy] {
            let sampled = Some(value.estimate).filter(|estimate| estimate.std_error > 0.0);
            let (sampled, std_error) =
                (sampled.map(|estimate| estimate.value), sampled.map(|estimate| estimate.std_error));
            row.extend([value.exact.into(), sampled.into(), std_error.into(), value.z_score().into()]);
        }
        light.push(row);
        let colour = body.colour;
        colours.push(vec![
            body.kelvin.into(),
            colour.map(|c| rounded(c.chromaticity.0, 5)).into(),
            colour.map(|c| rounded(c.chromaticity.1, 5)).into(),
            colour.and_then(|c| c.correlated_temperature).map(|t| rounded(t, 2)).into(),
            colour.map(|c| hex(c.srgb)).into(),
        ]);
    }
    let colours = colours.to_text();
    // The first line is the header; swatches follow the rows, so that escape codes do not disturb the columns.
    let swatch = std::iter::once(None).chain(bodies.iter().map(|body| body.colour.filter(|_| swatches)));
    let width = colours.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let line = |(line, colour): (&str, Option<glow::BodyColour>)| match colour {
        Some(colour) => {
            let [r, g, b] = colour.srgb;
            format!("{line:<width$}  \x1b[48;2;{r};{g};{b}m      \x1b[0m\n")
        }
        None => format!("{line}\n"),
    };
    let colours: String = colours.lines().zip(swatch).map(line).collect();
    format!("{}\n{colours}", light.to_text())
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Writes the figure with its table and manifest to the output folder.
fn plot(common: &Common, args: &GlowArgs, bodies: &[Glowing]) -> Result<()> {
    let csv = figures::spectra_table(bodies).to_csv();
    let drawn = figures::draw_spectra(&csv)?;
    let config = json!({ "temperatures": args.temperatures, "particles": args.particles });
    write_figure(common, STEM, csv, drawn, config)
}

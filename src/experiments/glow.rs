//! Bodies that glow: spectrum, colour and visible share of a black body, exact and from photons drawn.

use rayon::prelude::*;

use super::error::ExperimentError;
use super::tick::Tick;
use crate::estimators::{Counts, Estimate, Moments};
use crate::rng::{Seed, Stream, TaskRng};
use crate::samplers::Sampler;
use crate::systems::Photons;
use crate::systems::radiation::colour::{ColourError, Tristimulus};
use crate::systems::radiation::planck::{BlackBody, MEAN_PHOTON_ENERGY};
use crate::units::Temperature;
use crate::units::constants::{BOLTZMANN, ELEMENTARY_CHARGE, SECOND_RADIATION};

/// Wavelengths the eye sees \[nm\].
pub const VISIBLE: (f64, f64) = (380.0, 750.0);

/// Most photons drawn at one temperature: the streams of their chunks are numbered by 15 bits.
pub const MOST_PHOTONS: u64 = 10_000_000_000;

/// Photons of one random stream.
const CHUNK: u64 = 1 << 20;
/// Points of an exact curve.
const CURVE_POINTS: usize = 300;
/// Cells of the histogram of wavelengths.
const CELLS: usize = 30;
const METRE_PER_NM: f64 = 1e-9;
const EV_PER_KELVIN: f64 = BOLTZMANN / ELEMENTARY_CHARGE;

/// An exact value and what the photons say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The exact value.
    pub exact: f64,
    /// The estimate.
    pub estimate: Estimate,
    /// Whether enough photons stand behind it for its error to be quoted.
    pub resolved: bool,
}

impl Measured {
    /// (estimate - exact) / error, where the error can be quoted.
    #[must_use]
    pub fn z_score(&self) -> Option<f64> {
        self.estimate.finite_z_score(self.exact).filter(|_| self.resolved)
    }
}

/// The colour of a body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyColour {
    /// CIE 1931 (x, y), 2-degree observer.
    pub chromaticity: (f64, f64),
    /// Correlated colour temperature \[K\]; for a black body its own, found from the colour alone.
    pub correlated_temperature: Option<f64>,
    /// sRGB at full brightness; channels outside the gamut are at 0.
    pub srgb: [u8; 3],
}

/// A cell of the histogram of wavelengths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Wavelength \[nm\] at which the exact radiance is its mean over the cell, so that the point belongs on the curve.
    pub wavelength: f64,
    /// Mean spectral radiance over the cell \[W sr^-1 m^-2 nm^-1\].
    pub radiance: Measured,
    /// Number of photons expected in the cell.
    pub expected: f64,
}

/// A black body with its photons.
#[derive(Clone, Debug, PartialEq)]
pub struct Glowing {
    /// Its temperature \[K\].
    pub kelvin: f64,
    /// Wavelength of the largest spectral radiance \[nm\].
    pub peak_wavelength: f64,
    /// Radiant exitance \[W/m^2\].
    pub exitance: f64,
    /// Share of its power in [`VISIBLE`].
    pub visible_share: Measured,
    /// Mean energy of a photon \[eV\].
    pub photon_energy: Measured,
    /// Its colour; `None` where there is no light for the eye at all.
    pub colour: Option<BodyColour>,
    /// Exact spectrum: (wavelength \[nm\], radiance \[W sr^-1 m^-2 nm^-1\]).
    pub spectrum: Vec<(f64, f64)>,
    /// The same from photons; cells without any are left out.
    pub cells: Vec<Cell>,
}

/// Wavelengths \[nm\] between which spectra at these temperatures are worth drawing: x = h nu / (k_B T) from 20 for the
/// hottest to 0.3 for the coldest.
#[must_use]
pub fn range(temperatures: &[Temperature]) -> (f64, f64) {
    let of = |t: f64, x: f64| SECOND_RADIATION / (x * t) / METRE_PER_NM;
    let kelvin = || temperatures.iter().map(|t| t.get());
    (of(kelvin().fold(0.0, f64::max), 20.0), of(kelvin().fold(f64::INFINITY, f64::min), 0.3))
}

/// Number of ticks [`run`] gives.
#[must_use]
pub fn n_ticks(n_temperatures: usize, photons: u64) -> usize {
    n_temperatures * 2 * photons.div_ceil(CHUNK) as usize
}

/// Draws `photons` photons by power and as many by number at every temperature \[K\], and puts them beside Planck's law.
///
/// `range`: ends of the spectra \[nm\]. The result depends on the arguments alone, not on the number of threads.
///
/// # Errors
///
/// A temperature that is not positive and finite; no photon, or more than [`MOST_PHOTONS`].
///
/// # Examples
///
/// ```
/// use gibbs::{experiments::glow, rng::Seed, units::Temperature};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sun = [Temperature::new(5778.0)?];
/// let bodies = glow::run(&sun, 10_000, glow::range(&sun), Seed(1), &|| ())?;
/// assert!((bodies[0].visible_share.exact - 0.438_055_911).abs() < 1e-9);
/// assert!(bodies[0].visible_share.z_score().is_some_and(|z| z.abs() < 4.5));
/// # Ok(())
/// # }
/// ```
pub fn run(
    temperatures: &[Temperature],
    photons: u64,
    range: (f64, f64),
    seed: Seed,
    tick: Tick<'_>,
) -> Result<Vec<Glowing>, ExperimentError> {
    if !(1_000..=MOST_PHOTONS).contains(&photons) {
        let (name, expected, value) = ("photons", "from 1000 to 10^10", photons.to_string());
        return Err(ExperimentError::Setting { name, expected, value });
    }
    let bodies: Vec<BlackBody> = temperatures.iter().map(|t| BlackBody::new(t.get())).collect::<Result<_, _>>()?;
    let edges: Vec<f64> = (0..=CELLS).map(|k| range.0 * (range.1 / range.0).powf(k as f64 / CELLS as f64)).collect();
    let chunks = photons.div_ceil(CHUNK);
    let tasks: Vec<(usize, u64)> = (0..bodies.len()).flat_map(|b| (0..2 * chunks).map(move |c| (b, c))).collect();
    let drawn: Vec<Drawn> = tasks
        .par_iter()
        .map(|&(b, task)| {
            let n = CHUNK.min(photons - task / 2 * CHUNK);
            let mut rng = seed.stream(Stream::Photons { body: b as u32, chunk: task as u16 }.id());
            let drawn = if task % 2 == 0 {
                by_power(temperatures[b], n, &edges, &mut rng)
            } else {
                by_number(temperatures[b], n, &mut rng)
            };
            tick();
            drawn
        })
        .collect::<Result<_, _>>()?;
    let chunks = 2 * chunks as usize;
    bodies.iter().zip(drawn.chunks(chunks)).map(|(body, drawn)| conclude(body, drawn, photons, &edges)).collect()
}

/// What one task found.
#[derive(Clone, Debug, Default)]
struct Drawn {
    /// Photons by power in each cell, `[CELLS]`.
    counts: Vec<u64>,
    /// Photons by power that are visible.
    visible: u64,
    /// Energies of photons by number \[K\].
    energies: Moments,
}

fn by_power(temperature: Temperature, n: u64, edges: &[f64], rng: &mut TaskRng) -> Result<Drawn, ExperimentError> {
    let mut photons = Photons::by_power(temperature.beta())?;
    let mut drawn = Drawn { counts: vec![0; CELLS], ..Drawn::default() };
    let (first, width) = (edges[0].ln(), (edges[CELLS] / edges[0]).ln() / CELLS as f64);
    for _ in 0..n {
        photons.advance(rng);
        let wavelength = SECOND_RADIATION / photons.energy() / METRE_PER_NM;
        drawn.visible += u64::from(wavelength >= VISIBLE.0 && wavelength <= VISIBLE.1);
        // `as` saturates: what is shorter than the first edge is told apart by its sign.
        let cell = (wavelength.ln() - first) / width;
        if cell >= 0.0
            && let Some(count) = drawn.counts.get_mut(cell as usize)
        {
            *count += 1;
        }
    }
    Ok(drawn)
}

fn by_number(temperature: Temperature, n: u64, rng: &mut TaskRng) -> Result<Drawn, ExperimentError> {
    let mut photons = Photons::by_number(temperature.beta())?;
    let mut drawn = Drawn::default();
    for _ in 0..n {
        photons.advance(rng);
        drawn.energies.push(photons.energy());
    }
    Ok(drawn)
}

fn conclude(body: &BlackBody, drawn: &[Drawn], photons: u64, edges: &[f64]) -> Result<Glowing, ExperimentError> {
    let mut energies = Moments::default();
    drawn.iter().for_each(|d| energies.merge(&d.energies));
    let share_of = |hits: u64, lower: f64, upper: f64| -> Result<Measured, ExperimentError> {
        let occupation = [photons - hits, hits];
        let counts = Counts::new(&[0.0, 1.0], &occupation);
        Ok(Measured {
            exact: body.power_fraction(lower * METRE_PER_NM, upper * METRE_PER_NM)?,
            estimate: counts.share(|i| i == 1),
            resolved: counts.is_resolved(),
        })
    };
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    let wavelengths = (0..CURVE_POINTS).map(|k| low * (high / low).powf(k as f64 / (CURVE_POINTS - 1) as f64));
    let mut cells = Vec::new();
    for (k, edge) in edges.windows(2).enumerate() {
        let n = drawn.iter().filter_map(|d| d.counts.get(k)).sum();
        if n > 0 {
            // Power from a share of it, then per solid angle of a diffuse emitter and per nanometre.
            let factor = body.exitance() / std::f64::consts::PI / (edge[1] - edge[0]);
            let share = share_of(n, edge[0], edge[1])?;
            let radiance = Measured { exact: share.exact * factor, estimate: share.estimate.scaled(factor), ..share };
            let wavelength = place(body, edge[0], edge[1], radiance.exact)?;
            cells.push(Cell { wavelength, radiance, expected: share.exact * photons as f64 });
        }
    }
    Ok(Glowing {
        kelvin: body.kelvin(),
        peak_wavelength: body.peak_wavelength() / METRE_PER_NM,
        exitance: body.exitance(),
        visible_share: share_of(drawn.iter().map(|d| d.visible).sum(), VISIBLE.0, VISIBLE.1)?,
        photon_energy: Measured {
            exact: MEAN_PHOTON_ENERGY * body.kelvin() * EV_PER_KELVIN,
            estimate: energies.estimate()?.scaled(EV_PER_KELVIN),
            resolved: true,
        },
        colour: colour(body)?,
        spectrum: wavelengths.map(|nm| Ok((nm, radiance(body, nm)?))).collect::<Result<_, ExperimentError>>()?,
        cells,
    })
}

/// What a black body looks like, without any photon drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Its colour; `None` where there is no light for the eye at all.
    pub colour: Option<BodyColour>,
    /// Power that the eye sees \[W/m^2\].
    pub visible_power: f64,
    /// Share of its power that the eye sees.
    pub visible_share: f64,
    /// Its spectrum around what the eye sees: (wavelength \[nm\], radiance \[W sr^-1 m^-2 nm^-1\]).
    pub spectrum: Vec<(f64, f64)>,
}

/// Wavelengths of [`Look::spectrum`] \[nm\], and how many.
const LOOKED_AT: (f64, f64, usize) = (100.0, 5000.0, 60);

/// What a black body at `kelvin` looks like.
///
/// # Errors
///
/// A temperature that is not positive and finite.
pub fn look(kelvin: f64) -> Result<Look, ExperimentError> {
    let body = BlackBody::new(kelvin)?;
    let visible_share = body.power_fraction(VISIBLE.0 * METRE_PER_NM, VISIBLE.1 * METRE_PER_NM)?;
    let (low, high, n) = LOOKED_AT;
    let wavelengths = (0..n).map(|k| low * (high / low).powf(k as f64 / (n - 1) as f64));
    Ok(Look {
        colour: colour(&body)?,
        visible_power: visible_share * body.exitance(),
        visible_share,
        spectrum: wavelengths.map(|nm| Ok((nm, radiance(&body, nm)?))).collect::<Result<_, ExperimentError>>()?,
    })
}

/// Spectral radiance per nanometre at a wavelength in nanometres.
fn radiance(body: &BlackBody, nm: f64) -> Result<f64, ExperimentError> {
    Ok(body.spectral_radiance(nm * METRE_PER_NM)? * METRE_PER_NM)
}

/// Where between two wavelengths the radiance has its `mean`; the middle of a cell that holds the peak.
///
/// # References
///
/// G. D. Lafferty and T. R. Wyatt, Nucl. Instrum. Methods A 355, 541 (1995), doi:10.1016/0168-9002(94)01112-5.
fn place(body: &BlackBody, lower: f64, upper: f64, mean: f64) -> Result<f64, ExperimentError> {
    let (mut from, mut to) = (lower, upper);
    let rises = radiance(body, to)? > radiance(body, from)?;
    let peak = body.peak_wavelength() / METRE_PER_NM;
    if (lower..upper).contains(&peak) {
        return Ok((lower * upper).sqrt());
    }
    for _ in 0..50 {
        let middle = 0.5 * (from + to);
        if (radiance(body, middle)? < mean) == rises { from = middle } else { to = middle }
    }
    Ok(0.5 * (from + to))
}

fn colour(body: &BlackBody) -> Result<Option<BodyColour>, ExperimentError> {
    let light = match Tristimulus::of_black_body(body) {
        Err(ColourError::Dark { .. }) => return Ok(None),
        light => light?,
    };
    let correlated_temperature = match light.correlated_colour_temperature() {
        Err(ColourError::NoTemperature { .. }) => None,
        correlated => Some(correlated?.kelvin),
    };
    let srgb = light.brightest_colour()?.to_bytes();
    Ok(Some(BodyColour { chromaticity: light.chromaticity(), correlated_temperature, srgb }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_holds_its_share() {
        let temperatures = [3.0, 1000.0, 5778.0, 1e6].map(|t| Temperature::new(t).unwrap());
        for t in temperatures {
            let body = run(&[t], 300_000, range(&[t]), Seed(1), &|| ()).unwrap().remove(0);
            let resolved = || body.cells.iter().filter(|cell| cell.radiance.resolved);
            assert!(resolved().count() > CELLS / 2, "{t}");
            assert!(resolved().all(|cell| cell.radiance.z_score().is_some_and(|z| z.abs() < 4.5)), "{t}");
            // Control: 5 % hotter, with the same exitance, since only the shape is sampled.
            let wrong = BlackBody::new(1.05 * t.get()).unwrap();
            let z = |cell: &Cell| {
                let exact = radiance(&wrong, cell.wavelength).unwrap() / 1.05f64.powi(4);
                cell.radiance.estimate.z_score(exact)
            };
            assert!(resolved().any(|cell| z(cell).abs() > 4.5), "{t}");
            assert!(body.photon_energy.z_score().is_some_and(|z| z.abs() < 4.5));
        }
    }

    #[test]
    fn points_lie_on_their_curve() {
        let t = [Temperature::new(2700.0).unwrap()];
        let body = run(&t, 1000, (100.0, 20_000.0), Seed(1), &|| ()).unwrap().remove(0);
        let planck = BlackBody::new(2700.0).unwrap();
        for cell in &body.cells {
            let there = radiance(&planck, cell.wavelength).unwrap();
            // Exactly, but for the cell of the peak, where the middle stands for the mean.
            assert!((there / cell.radiance.exact - 1.0).abs() < 0.05, "{cell:?}");
        }
        let exact = body
            .cells
            .iter()
            .filter(|cell| (radiance(&planck, cell.wavelength).unwrap() / cell.radiance.exact - 1.0).abs() < 1e-9);
        assert!(exact.count() + 1 >= body.cells.len());
    }

    #[test]
    fn ticks_are_announced_and_settings_checked() {
        let ticks = std::sync::atomic::AtomicUsize::new(0);
        let count = || {
            ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        };
        let t = [Temperature::new(300.0).unwrap(); 2];
        run(&t, CHUNK + 1, range(&t), Seed(1), &count).unwrap();
        assert_eq!(ticks.into_inner(), n_ticks(2, CHUNK + 1));
        for photons in [0, 999, MOST_PHOTONS + 1] {
            assert!(run(&t, photons, range(&t), Seed(1), &|| ()).is_err());
        }
        let zero = [Temperature::ZERO];
        assert!(run(&zero, 1000, (100.0, 1000.0), Seed(1), &|| ()).is_err());
    }
}

//! Heating a body and heating a model: Planck spectra with their colours, and token spectra by rank with their text.

use super::Context;
use crate::ensemble::Canonical;
use crate::experiments::ExperimentError;
use crate::systems::colour::Tristimulus;
use crate::systems::planck::BlackBody;
use crate::units::Temperature;

/// Bodies that glow: a heating element, an incandescent bulb, the sun.
const BODIES: [(&str, f64); 3] = [("heating element", 1000.0), ("bulb", 2700.0), ("sun", 5772.0)];
/// Wavelengths the eye sees, in nanometres.
pub const VISIBLE: (f64, f64) = (380.0, 750.0);
const SHORTEST: f64 = 150.0;
const LONGEST: f64 = 10_000.0;
const WAVELENGTHS: usize = 300;

/// A glowing body.
#[derive(Clone, Debug)]
pub struct Glowing {
    /// What it is.
    pub name: &'static str,
    /// Its temperature in kelvin.
    pub kelvin: f64,
    /// (wavelength in nm, spectral radiance in W sr^-1 m^-2 nm^-1).
    pub spectrum: Vec<(f64, f64)>,
    /// Share of its power in [`VISIBLE`].
    pub visible_share: f64,
    /// Its colour, brightest channel full: CIE 1931 observer, sRGB, out-of-gamut channels at 0.
    pub srgb: [u8; 3],
}

/// Token probabilities by rank at one temperature.
#[derive(Clone, Debug)]
pub struct TokenSpectrum {
    /// Sampling temperature.
    pub temperature: f64,
    /// Mean over contexts of the largest, second largest, ... probability, `[n_tokens]`.
    pub by_rank: Vec<f64>,
    /// Mean entropy over contexts, in nats.
    pub entropy: f64,
    /// What the model wrote at that temperature, without the prompt.
    pub text: String,
}

/// Both halves of the figure.
#[derive(Clone, Debug)]
pub struct Glow {
    /// Hot bodies.
    pub bodies: Vec<Glowing>,
    /// Hot models.
    pub tokens: Vec<TokenSpectrum>,
    /// Prompt that the texts continue.
    pub prompt: String,
}

/// Computes the spectra of the bodies, and of `contexts` at the temperatures of `texts`.
///
/// # Errors
///
/// The tables of the standard observer or a temperature are refused.
pub fn glow(contexts: &[Context], prompt: &str, texts: &[(Temperature, String)]) -> Result<Glow, ExperimentError> {
    let bodies: Result<Vec<Glowing>, ExperimentError> =
        BODIES.into_iter().map(|(name, kelvin)| glowing(name, kelvin)).collect();
    let tokens = texts.iter().map(|(temperature, text)| token_spectrum(contexts, *temperature, text)).collect();
    Ok(Glow { bodies: bodies?, tokens, prompt: prompt.to_owned() })
}

fn glowing(name: &'static str, kelvin: f64) -> Result<Glowing, ExperimentError> {
    const NM: f64 = 1e-9;
    let body = BlackBody::new(kelvin)?;
    let spectrum: Result<Vec<(f64, f64)>, ExperimentError> = (0..WAVELENGTHS)
        .map(|k| SHORTEST * (LONGEST / SHORTEST).powf(k as f64 / (WAVELENGTHS - 1) as f64))
        .map(|nm| Ok((nm, body.spectral_radiance(nm * NM)? * NM)))
        .collect();
    Ok(Glowing {
        name,
        kelvin,
        spectrum: spectrum?,
        visible_share: body.power_fraction(VISIBLE.0 * NM, VISIBLE.1 * NM)?,
        srgb: Tristimulus::of_black_body(&body)?.brightest_colour()?.to_bytes(),
    })
}

fn token_spectrum(contexts: &[Context], temperature: Temperature, text: &str) -> TokenSpectrum {
    let n = contexts.len() as f64;
    let mut by_rank: Vec<f64> = Vec::new();
    let mut entropy = 0.0;
    for context in contexts {
        let ensemble = Canonical::new(&context.spectrum, temperature.beta());
        entropy += ensemble.thermo().entropy / n;
        let mut probabilities = ensemble.probabilities();
        probabilities.sort_by(|a, b| b.total_cmp(a));
        by_rank.resize(by_rank.len().max(probabilities.len()), 0.0);
        for (sum, p) in by_rank.iter_mut().zip(probabilities) {
            *sum += p / n;
        }
    }
    TokenSpectrum { temperature: temperature.get(), by_rank, entropy, text: text.to_owned() }
}

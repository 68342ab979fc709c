//! What the script of the page looks up, all of it as the text that is shown.

use serde::Serialize;
use serde_json::{Value, json};

use super::charts::{Chart, spectrum_path};
use crate::ensemble::Thermo;
use crate::estimators::Estimate;
use crate::experiments::compare::{At, Body, Comparison, Lookup, SimulatedPoint, Subject, written};
use crate::report::number::significant;
use crate::report::printable::printable_line;

/// Digits of exact values and of probabilities.
const DIGITS: usize = 6;
const PERCENT_DIGITS: usize = 4;
/// Powers [W/m^2] that the eye begins to see and that look fully bright on the page.
const BRIGHTNESS: (f64, f64) = (1e-2, 1e5);
/// Percent of the power that is called practically nothing if it is less.
const FAINTEST: f64 = 1e-9;
/// Colour of what does not glow.
const DARK: &str = "#181820";

/// One temperature as text.
pub fn label(t: f64) -> String {
    if t.is_infinite() { "∞".to_owned() } else { t.to_string() }
}

/// The same, to be read aloud.
pub fn spoken(t: f64) -> String {
    if t.is_infinite() { "infinity".to_owned() } else { t.to_string() }
}

/// Everything, `[..][n_temperatures]`.
#[derive(Serialize)]
pub struct LookedUp {
    temperatures: Vec<String>,
    fragments: Vec<String>,
    /// U - E_0, S and C of each subject: exact, then sampled.
    subjects: Vec<Vec<[String; 6]>>,
    /// Particles in each level, the highest first.
    fillings: Vec<Vec<Vec<u64>>>,
    lattices: Vec<LatticeAt>,
    bodies: Vec<BodyAt>,
    contexts: Vec<ContextAt>,
    /// Number of the text to show at each temperature, and the temperatures of the texts.
    written: Vec<usize>,
    written_at: Vec<String>,
    charts: Vec<Vec<Vec<f64>>>,
    #[serde(skip)]
    names: Vec<String>,
    #[serde(skip)]
    filling_names: Vec<&'static str>,
}

#[derive(Serialize)]
struct LatticeAt {
    /// One bit a spin, as hexadecimal digits.
    spins: String,
    words: String,
}

/// A glowing body.
#[derive(Clone, Serialize)]
pub struct BodyAt {
    colour: String,
    opacity: String,
    path: String,
    text: String,
}

#[derive(Serialize)]
struct ContextAt {
    name: String,
    tokens: Vec<String>,
    /// Probabilities in percent, `[n_temperatures][n_tokens]`.
    percents: Vec<Vec<String>>,
    entropy: Vec<String>,
    effective: Vec<String>,
    texts: Vec<String>,
}

impl LookedUp {
    /// Of a comparison and what was computed for its page, with the names of the likeliest tokens of each context, and the texts after it.
    pub fn of(
        comparison: &Comparison,
        lookup: &Lookup,
        (token_names, texts): (&[Vec<String>], &[Vec<String>]),
        charts: &[Chart],
    ) -> Self {
        let temperatures: Vec<f64> = lookup.temperatures.iter().map(|t| t.get()).collect();
        let subjects: Vec<&Subject> = comparison.findings.iter().map(|findings| &findings.subject).collect();
        let texts_at: Vec<f64> = written().iter().map(|t| t.get()).collect();
        let tokens = subjects.len() - lookup.contexts.len();
        let context = |k: usize| {
            let entropies: Vec<f64> =
                lookup.subjects[tokens + k].iter().map(|at| at.exact.map_or(f64::NAN, |exact| exact.entropy)).collect();
            let percents = |shares: &Vec<f64>| shares.iter().map(|p| significant(100.0 * p, PERCENT_DIGITS)).collect();
            ContextAt {
                name: printable_line(&subjects[tokens + k].name).into_owned(),
                tokens: token_names[k].clone(),
                percents: lookup.contexts[k].probabilities.iter().map(percents).collect(),
                entropy: entropies.iter().map(|s| significant(*s, DIGITS)).collect(),
                effective: entropies.iter().map(|s| significant(s.exp(), PERCENT_DIGITS)).collect(),
                texts: texts.get(k).cloned().unwrap_or_default(),
            }
        };
        let highest_first = |levels: &Vec<u64>| levels.iter().rev().copied().collect();
        Self {
            temperatures: temperatures.iter().map(|&t| label(t)).collect(),
            fragments: temperatures.iter().map(ToString::to_string).collect(),
            subjects: lookup
                .subjects
                .iter()
                .zip(&subjects)
                .map(|(at, subject)| at.iter().map(|at| values(at, subject)).collect())
                .collect(),
            fillings: lookup
                .fillings
                .iter()
                .map(|filling| filling.particles.iter().map(highest_first).collect())
                .collect(),
            lattices: lookup.lattices.iter().map(|spins| lattice(spins)).collect(),
            bodies: lookup.bodies.iter().map(|body| body_at(body.as_ref())).collect(),
            contexts: (0..lookup.contexts.len()).map(context).collect(),
            // The hottest text that is not hotter.
            written: temperatures.iter().map(|t| texts_at.iter().rposition(|at| at <= t).unwrap_or(0)).collect(),
            written_at: texts_at.iter().map(|&t| label(t)).collect(),
            charts: charts.iter().map(|chart| chart.places.clone()).collect(),
            names: subjects.iter().map(|subject| name_with_sites(subject)).collect(),
            filling_names: lookup.fillings.iter().map(|filling| filling.name).collect(),
        }
    }

    /// As JSON that may stand within a page.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }

    /// The fillings at a temperature.
    pub fn fillings_at(&self, t: usize) -> Vec<Value> {
        // Of an oscillator, the highest level stands for all above.
        let level = |above: usize, all: usize, n: u64| {
            let is = if all > 2 && above + 1 == all { "≥" } else { "=" };
            let energy = if all > 2 { above as f64 + 0.5 } else { above as f64 };
            json!({ "energy": format!("E {is} {energy}"), "n": n })
        };
        let filling = |(name, particles): (&&str, &Vec<Vec<u64>>)| {
            let n = &particles[t];
            let levels: Vec<Value> =
                n.iter().enumerate().map(|(k, &n_k)| level(n.len() - 1 - k, n.len(), n_k)).collect();
            json!({ "name": name, "levels": levels })
        };
        self.filling_names.iter().zip(&self.fillings).map(filling).collect()
    }

    /// The contexts at a temperature.
    pub fn prompts_at(&self, t: usize) -> Vec<Value> {
        let prompt = |context: &ContextAt| {
            let tokens = context.tokens.iter().zip(&context.percents[t]);
            let tokens: Vec<Value> =
                tokens.map(|(name, percent)| json!({ "name": name, "percent": percent })).collect();
            json!({ "name": context.name, "tokens": tokens, "entropy": context.entropy[t], "effective": context.effective[t] })
        };
        self.contexts.iter().map(prompt).collect()
    }

    /// e^S of one context.
    pub fn effective(&self, context: usize, t: usize) -> &str {
        self.contexts.get(context).map_or("", |context| &context.effective[t])
    }

    /// The text of the first prompt.
    pub fn text_at(&self, t: usize) -> Value {
        let k = self.written[t];
        let words = self.contexts.first().and_then(|context| context.texts.get(k));
        json!({ "temperature": self.written_at[k], "words": words })
    }

    /// The subjects at a temperature.
    pub fn subjects_at(&self, t: usize) -> Vec<Value> {
        let row = |(name, at): (&String, &Vec<[String; 6]>)| json!({ "name": name, "values": at[t] });
        self.names.iter().zip(&self.subjects).map(row).collect()
    }

    /// The glowing body at a temperature.
    pub fn body(&self, t: usize) -> &BodyAt {
        &self.bodies[t]
    }

    /// What is said of the lattice at a temperature.
    pub fn magnetization(&self, t: usize) -> &str {
        &self.lattices[t].words
    }
}

/// The name of a subject, and that its values are per site where there is more than one.
fn name_with_sites(subject: &Subject) -> String {
    let per_site = if subject.n_sites > 1.0 { ", per site" } else { "" };
    printable_line(&subject.name).into_owned() + per_site
}

/// U - E_0, S and C per site: exact, then sampled; a dash where there is none.
fn values(at: &At, subject: &Subject) -> [String; 6] {
    let (per_site, zero) = (1.0 / subject.n_sites, subject.ground_energy);
    let exact = |of: &dyn Fn(&Thermo) -> f64| {
        at.exact.as_ref().map_or("–".to_owned(), |exact| significant(of(exact) * per_site, DIGITS))
    };
    let sampled = |of: &dyn Fn(&SimulatedPoint) -> Option<Estimate>| {
        let estimate = at.sampled.as_ref().and_then(of);
        estimate.map_or("–".to_owned(), |estimate| estimate.scaled(per_site).to_string())
    };
    [
        exact(&|t| t.energy - zero),
        sampled(&|point| Some(point.energy.shifted(-zero))),
        exact(&|t| t.entropy),
        sampled(&|point| point.entropy),
        exact(&|t| t.heat_capacity),
        sampled(&|point| Some(point.heat_capacity())),
    ]
}

fn lattice(spins: &[i8]) -> LatticeAt {
    let digit = |four: &[i8]| {
        let bits = four.iter().fold(0, |bits, &spin| 2 * bits + u32::from(spin > 0));
        char::from_digit(bits, 16).unwrap_or('0')
    };
    let up = spins.iter().filter(|spin| **spin > 0).count() as f64 / spins.len() as f64;
    LatticeAt {
        spins: spins.chunks(4).map(digit).collect(),
        words: format!("{} % of these spins are up.", significant(100.0 * up, 3)),
    }
}

fn body_at(body: Option<&Body>) -> BodyAt {
    let Some(body) = body else {
        let text = "At T = 0 the body does not radiate.".to_owned();
        return BodyAt { colour: DARK.to_owned(), opacity: "1".to_owned(), path: String::new(), text };
    };
    let look = &body.look;
    let colour = look.colour.map_or(DARK.to_owned(), |colour| {
        let [r, g, b] = colour.srgb;
        format!("#{r:02x}{g:02x}{b:02x}")
    });
    let decades = (look.visible_power / BRIGHTNESS.0).log10() / (BRIGHTNESS.1 / BRIGHTNESS.0).log10();
    let text = if body.kelvin.is_finite() {
        let share = match 100.0 * look.visible_share {
            percent if percent < FAINTEST => "practically nothing".to_owned(),
            percent => format!("{} %", significant(percent, PERCENT_DIGITS)),
        };
        format!("A body at {} K: {share} of its power is visible.", significant(body.kelvin, DIGITS))
    } else {
        "The hotter the body, the less of its power is visible; its colour stays this blue.".to_owned()
    };
    BodyAt { colour, opacity: format!("{:.3}", decades.clamp(0.0, 1.0)), path: spectrum_path(&look.spectrum), text }
}

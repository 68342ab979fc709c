//! The figures: each first a CSV table, then drawn from that table alone.

mod along_text;
mod boltzmann_test;
mod collapse;
mod curves;
mod finite_size;
mod glow;
mod rows;
mod same_form;
mod sequences;
mod sides;
mod system;
mod token_curve;
mod token_match;
mod token_states;
mod token_tables;

use super::files::ReportError;
use super::plot::{Figure, svg_to_png};
use super::table::Table;
use crate::experiments::compare::{Comparison, Glow};
use crate::experiments::exact::Curve;
use crate::experiments::finite_size::Study;
use crate::experiments::glow::Glowing;
use crate::experiments::random_energy::RandomEnergy;
use crate::experiments::sequences::{Language, Study as SequenceStudy};
use crate::simulation::Sampled;
use crate::tokens::truncation::TemperatureOrder;
#[cfg(feature = "llm")]
use crate::tokens::views::corpus::CorpusTemperature;
use crate::tokens::views::matching::Match;
use crate::tokens::views::states::States;
use crate::tokens::views::{AlongText, Explanation};
use crate::units::EnergyUnit;
use curves::Quantity;
use rows::Row;
pub use system::{Sites, SystemCurve};
pub use token_curve::{ContextCurve, ContextValues};

/// Pixels of the PNG per unit of the SVG.
const PNG_SCALE: f32 = 1.5;

/// The figures of the comparison by the names of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureName {
    /// Mean energy of particles beside token entropy, and dU = T dS.
    SameForm,
    /// U(T).
    MeanEnergy,
    /// S(T).
    Entropy,
    /// C(T).
    HeatCapacity,
    /// Occupation of the ground state as T -> 0.
    Limits,
    /// ln of the ratio of energy histograms.
    BoltzmannTest,
    /// S/ln W on one axis.
    Collapse,
    /// Spectra and colours.
    Glow,
}

impl FigureName {
    /// All, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::SameForm,
        Self::MeanEnergy,
        Self::Entropy,
        Self::HeatCapacity,
        Self::Limits,
        Self::BoltzmannTest,
        Self::Collapse,
        Self::Glow,
    ];

    /// Name of its files without extension.
    #[must_use]
    pub fn stem(self) -> &'static str {
        match self {
            Self::SameForm => "same_form",
            Self::MeanEnergy => "mean_energy",
            Self::Entropy => "entropy",
            Self::HeatCapacity => "heat_capacity",
            Self::Limits => "limits",
            Self::BoltzmannTest => "boltzmann_test",
            Self::Collapse => "collapse",
            Self::Glow => "glow",
        }
    }

    /// The data of the figure.
    #[must_use]
    pub fn table(self, comparison: &Comparison, light: &Glow) -> Table {
        match self {
            Self::SameForm => same_form::table(comparison),
            Self::MeanEnergy => curves::table(comparison, Quantity::Energy),
            Self::Entropy => curves::table(comparison, Quantity::Entropy),
            Self::HeatCapacity => curves::table(comparison, Quantity::HeatCapacity),
            Self::Limits => curves::table(comparison, Quantity::GroundProbability),
            Self::BoltzmannTest => boltzmann_test::table(comparison),
            Self::Collapse => collapse::table(comparison),
            Self::Glow => glow::table(light),
        }
    }

    /// The figure described by the text of its CSV file.
    ///
    /// # Errors
    ///
    /// The text is not a table of this figure.
    pub fn describe(self, csv: &str) -> Result<Figure, ReportError> {
        let rows = Row::read(self.stem(), csv)?;
        Ok(match self {
            Self::SameForm => same_form::figure(&rows),
            Self::MeanEnergy => curves::figure(&rows, Quantity::Energy),
            Self::Entropy => curves::figure(&rows, Quantity::Entropy),
            Self::HeatCapacity => curves::figure(&rows, Quantity::HeatCapacity),
            Self::Limits => curves::figure(&rows, Quantity::GroundProbability),
            Self::BoltzmannTest => boltzmann_test::figure(&rows),
            Self::Collapse => collapse::figure(&rows),
            Self::Glow => glow::figure(&rows),
        })
    }
}

/// A figure ready to be written.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Scalable.
    pub svg: String,
    /// The same, as pixels.
    pub png: Vec<u8>,
}

/// Draws `name` from the text of its CSV file.
///
/// # Errors
///
/// The text is not a table of this figure, or it cannot be drawn.
pub fn draw(name: FigureName, csv: &str) -> Result<Drawn, ReportError> {
    drawn(&name.describe(csv)?)
}

/// The data of the figure of one system, per site: exact values where they exist, and what was sampled. With a `unit` both
/// are known in kelvin and are written in that unit.
#[must_use]
pub fn system_table(exact: Option<&Curve>, sampled: Option<&Sampled>, sites: Sites, unit: Option<EnergyUnit>) -> Table {
    let exact: Vec<_> = exact.iter().map(|curve| SystemCurve { name: system::EXACT, curve, sites }).collect();
    system::table(&exact, sampled.map(|sampled| (sampled, sites)), unit)
}

/// The data of the figure of several systems, per site: one exact curve of each. With a `unit` all are known in kelvin and
/// are written in that unit.
#[must_use]
pub fn systems_table(curves: &[SystemCurve<'_>], unit: Option<EnergyUnit>) -> Table {
    system::table(curves, None, unit)
}

/// Draws one system, or several, from the text of their CSV file.
///
/// # Errors
///
/// The text is not a table of this figure, or it cannot be drawn.
pub fn draw_system(title: &str, unit: Option<EnergyUnit>, csv: &str) -> Result<Drawn, ReportError> {
    drawn(&system::figure(title, unit, &Row::read("system", csv)?))
}

/// The data of the figure of finite-size scaling.
#[must_use]
pub fn finite_size_table(studies: &[Study]) -> Table {
    finite_size::table(studies)
}

/// Draws finite-size scaling from the text of its CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_finite_size(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&finite_size::figure(&Row::read("finite_size", csv)?))
}

/// The data of the figure of glowing bodies.
#[must_use]
pub fn spectra_table(bodies: &[Glowing]) -> Table {
    glow::spectra_table(bodies)
}

/// Draws glowing bodies from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_spectra(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&glow::spectra(&Row::read("glow_spectra", csv)?))
}

/// The data of the figure of whole sequences beside tempered tokens.
#[must_use]
pub fn sequences_table(study: &SequenceStudy, language: Option<&Language>) -> Table {
    sequences::table(study, language)
}

/// Draws whole sequences beside tempered tokens from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_sequences(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&sequences::figure(&Row::read("sequences", csv)?))
}

/// A study of sequences for reading: one row per temperature.
#[must_use]
pub fn sequences_summary(study: &SequenceStudy) -> Table {
    sequences::summary(study)
}

/// Sequences of a language model for reading: one row per temperature.
#[must_use]
pub fn sequences_language_summary(language: &Language) -> Table {
    sequences::language_summary(language)
}

/// Contexts beside the random energy model: one row each, `gaussian_` columns for the average over models of the same
/// number and spread of levels. T_c is asymptotic: the mean peak of V = 10^3 to 10^5 levels sits at 1.3 to 1.4 T_c.
#[must_use]
pub fn random_energy_table(contexts: &[RandomEnergy]) -> Table {
    token_tables::random_energy(contexts)
}

/// Temperatures of equal entropy: one row per temperature of the first model.
#[must_use]
pub fn match_table(matches: &[Match]) -> Table {
    token_tables::matches(matches)
}

/// The data of the figure of matched temperatures.
#[must_use]
pub fn token_match_table(matches: &[Match]) -> Table {
    token_match::table(matches)
}

/// Draws matched temperatures from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_token_match(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&token_match::figure(&Row::read("token_match", csv)?))
}

/// The data of the figure of next-token distributions along the temperature: exact curves or bounds, and the mean.
#[must_use]
pub fn token_curve_table(contexts: &[ContextCurve<'_>]) -> Table {
    token_curve::table(contexts)
}

/// Draws next-token distributions along the temperature from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_token_curve(title: &str, csv: &str) -> Result<Drawn, ReportError> {
    drawn(&token_curve::figure(title, &Row::read("token_curve", csv)?))
}

/// What truncations keep of contexts: one row per context, temperature and step, in the order of the steps.
#[must_use]
pub fn explanation_table(explanations: &[Explanation], order: TemperatureOrder) -> Table {
    token_tables::explanations(explanations, order)
}

/// Corpus temperatures of texts, by name.
#[cfg(feature = "llm")]
#[must_use]
pub fn corpus_table(texts: &[(String, CorpusTemperature)]) -> Table {
    token_tables::corpus(texts)
}

/// Means along texts: one row per position and temperature.
#[must_use]
pub fn position_table(texts: &[AlongText]) -> Table {
    along_text::position_table(texts)
}

/// The data of the figure of means along texts.
#[must_use]
pub fn along_text_table(texts: &[AlongText]) -> Table {
    along_text::table(texts)
}

/// Draws means along texts from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_along_text(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&along_text::figure(&Row::read("along_text", csv)?))
}

/// Ties and lattices of contexts: one row each.
#[must_use]
pub fn ties_table(states: &[States]) -> Table {
    token_states::ties_table(states)
}

/// The data of the figure of densities of states.
#[must_use]
pub fn token_states_table(states: &[States]) -> Table {
    token_states::table(states)
}

/// Draws densities of states from the text of their CSV file.
///
/// # Errors
///
/// As [`draw_system`].
pub fn draw_token_states(csv: &str) -> Result<Drawn, ReportError> {
    drawn(&token_states::figure(&Row::read("token_states", csv)?))
}

fn drawn(figure: &Figure) -> Result<Drawn, ReportError> {
    let svg = figure.to_svg()?;
    let png = svg_to_png(&svg, PNG_SCALE)?;
    Ok(Drawn { svg, png })
}

//! The commands and options of the program.

mod apart;
mod count;
mod examples;
mod tokens;
mod truncations;

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use apart::{NEXT_SYSTEM, with_systems_apart};
#[cfg(feature = "llm")]
pub use tokens::{
    CorpusArgs, CurveArgs, DrawArgs, ExportArgs, MatchArgs, ModelArgs, RandomEnergyArgs, SequencesArgs, StatesArgs,
    TextArgs,
};
pub use tokens::{Endpoint, FormArgs, ServerArgs, SourceArgs, ThermometerArgs, TokensCommand};
pub use truncations::TruncationArgs;

use count::count;

/// A laboratory for the canonical ensemble: particles and tokens sampled from one Boltzmann distribution.
#[derive(Debug, Parser)]
#[command(version, about, term_width = 100, args_conflicts_with_subcommands = false, after_help = examples::GIBBS)]
pub struct Cli {
    /// The command; without one, `compare`
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings of `compare` that differ from the defaults (TOML)
    #[arg(long, value_name = "CONFIG.toml")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// Options every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Seed of all random numbers: the same seed gives the same results
    #[arg(long, global = true, default_value_t = 1, value_name = "N", value_parser = count::<u64>(0..=u64::MAX))]
    #[arg(help_heading = "Sampling")]
    pub seed: u64,
    /// Number of threads (default: all cores); results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = count::<u16>(1..=1024))]
    pub threads: Option<u16>,
    /// Folder for result files
    #[arg(long, global = true, default_value = "output", value_name = "DIR", help_heading = "Output")]
    pub out: PathBuf,
    /// No progress bars and no advice on stderr
    #[arg(long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Format of the result on stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    pub format: Format,
}

/// Form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for reading
    Table,
    /// Comma-separated values, numbers exact
    Csv,
    /// A JSON array of objects, numbers exact
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the whole comparison of particles and tokens: figures, CSV files and a summary
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Write the page of the comparison, report.html, and nothing else
    #[command(after_help = examples::PAGE)]
    Page(CompareArgs),
    /// List the systems, or describe one
    #[command(after_help = examples::SYSTEMS)]
    Systems {
        /// System to describe
        name: Option<String>,
    },
    /// Exact thermodynamics of a system
    #[command(after_help = examples::EXACT)]
    Exact(ExactArgs),
    /// Sample a system and put estimates beside exact values
    #[command(after_help = examples::SAMPLE)]
    Sample(SampleArgs),
    /// Check samplers against exact results
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Spectrum, colour and photons of black bodies at temperatures in kelvin
    #[command(after_help = examples::GLOW)]
    Glow(GlowArgs),
    /// Treat the tokens of a language model as a canonical ensemble
    #[command(subcommand, after_help = examples::TOKENS)]
    Tokens(TokensCommand),
    /// Measure the temperature at which tokens were drawn, and find hidden truncations
    #[command(after_help = examples::THERMOMETER)]
    Thermometer(ThermometerArgs),
}

/// `gibbs compare`.
#[derive(Debug, Default, Args)]
pub struct CompareArgs {
    /// Settings that differ from the defaults (TOML)
    #[arg(value_name = "CONFIG.toml")]
    pub settings: Option<PathBuf>,
    /// The same file, as an option
    #[arg(long, value_name = "CONFIG.toml", conflicts_with = "settings")]
    pub config: Option<PathBuf>,
    /// Use a tenth of the tokens
    #[arg(long)]
    pub quick: bool,
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Temperatures and the form of what is known there.
#[derive(Debug, Args)]
pub struct ThermalArgs {
    /// Temperatures, in kelvin where energies carry a unit: a comma list of T, start:stop:count or start:stop:count:log;
    /// `0` and `inf` are allowed
    #[arg(short = 'T', long, value_name = "TEMPS", allow_hyphen_values = true, help_heading = "System")]
    pub temperatures: String,
    /// Divide totals by the number of sites
    #[arg(long, help_heading = "Output")]
    pub per_site: bool,
    /// Unit of the resulting energies (J, eV, meV, K, cm-1, kJ/mol or kcal/mol), if those of the system carry one; default:
    /// theirs
    #[arg(long, value_name = "UNIT", help_heading = "Output")]
    pub unit: Option<String>,
}

/// A system with its parameters.
#[derive(Clone, Debug, Args)]
pub struct SystemArgs {
    /// Name of the system; `gibbs systems` lists them
    pub system: String,
    /// Parameters as key=value; `gibbs systems NAME` lists them
    #[arg(value_name = "KEY=VALUE")]
    pub parameters: Vec<String>,
}

impl fmt::Display for SystemArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.system)?;
        self.parameters.iter().try_for_each(|parameter| write!(f, " {parameter}"))
    }
}

/// `gibbs exact`.
#[derive(Debug, Args)]
#[command(override_usage = "gibbs exact [OPTIONS] -T <TEMPS> <SYSTEM> [KEY=VALUE]... [-- <SYSTEM> [KEY=VALUE]...]...")]
pub struct ExactArgs {
    /// Name of the system; `gibbs systems` lists them
    pub system: String,
    /// Parameters as key=value; `gibbs systems NAME` lists them. After `--` comes another system, or the same with other
    /// parameters, for one table and one figure
    #[arg(value_name = "KEY=VALUE")]
    pub words: Vec<String>,
    #[command(flatten)]
    pub thermal: ThermalArgs,
    /// Also draw the curves: exact.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs sample`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling")]
pub struct SampleArgs {
    #[command(flatten)]
    pub system: SystemArgs,
    #[command(flatten)]
    pub thermal: ThermalArgs,
    /// Sampler; `auto` chooses one and says why; `gibbs systems NAME` lists those that apply
    #[arg(long, default_value = "auto", value_name = "NAME")]
    pub sampler: String,
    /// Least number of measured sweeps of each Markov chain; a chain with a longer memory is measured for longer
    #[arg(long, value_name = "N", conflicts_with_all = ["particles", "error"], value_parser = count::<u64>(0..=u64::MAX))]
    pub sweeps: Option<u64>,
    /// Largest number of sweeps of each Markov chain, including those that are thrown away
    #[arg(long, value_name = "N", conflicts_with = "particles", value_parser = count::<u64>(0..=u64::MAX))]
    pub limit: Option<u64>,
    /// Independent particles at each temperature (direct sampling; up to 10^18)
    #[arg(long, value_name = "N", conflicts_with = "error", value_parser = count::<u64>(0..=u64::MAX))]
    pub particles: Option<u64>,
    /// Run until the standard error of the mean energy (per site with --per-site) is at most X
    #[arg(long, value_name = "X")]
    pub error: Option<f64>,
    /// Number of independent chains at each temperature; they start alternately ordered and disordered
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = count::<u16>(1..=1024))]
    pub replicas: u16,
    /// Also reweight the samples to these temperatures, between or near those of -T (U, C, S and F)
    #[arg(long, value_name = "TEMPS", allow_hyphen_values = true)]
    pub curve: Option<String>,
    /// How `tempering` spaces its temperatures
    #[arg(long, value_enum, default_value_t = LadderRule::Acceptance, value_name = "RULE")]
    pub ladder: LadderRule,
    /// Start the particles of a fluid from the last frame of this file (extended XYZ)
    #[arg(long, value_name = "FILE.xyz")]
    pub restart: Option<PathBuf>,
    /// Write configurations of a fluid to this file (extended XYZ), 50 of each replica at each temperature
    #[arg(long, value_name = "FILE.xyz", help_heading = "Output")]
    pub trajectory: Option<PathBuf>,
    /// Also draw points, curves and energy histograms: sample.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// How the temperatures of replica exchange are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LadderRule {
    /// All neighbours exchange equally often
    Acceptance,
    /// The entropy rises by the same amount from each temperature to the next
    Entropy,
}

/// `gibbs verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Systems to check; default: all
    pub systems: Vec<String>,
    /// Repeat with 26 seeds and report how often the error bars cover the exact value
    #[arg(long, help_heading = "Sampling")]
    pub full: bool,
    /// Print every row instead of a line for each case
    #[arg(long, conflicts_with = "full", help_heading = "Output")]
    pub verbose: bool,
}

/// `gibbs glow`.
#[derive(Debug, Args)]
pub struct GlowArgs {
    /// Temperatures in kelvin: a comma list of T, start:stop:count or start:stop:count:log; positive and finite
    #[arg(short = 'T', long, value_name = "TEMPS", allow_hyphen_values = true)]
    pub temperatures: String,
    /// Photons drawn at each temperature: this many weighted by power, and again by number
    #[arg(long, default_value_t = 1_000_000, value_name = "N", value_parser = count::<u64>(0..=u64::MAX), help_heading = "Sampling")]
    pub particles: u64,
    /// Also draw the spectra: glow_spectra.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

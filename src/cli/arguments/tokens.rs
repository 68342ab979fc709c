//! Options of `gibbs tokens` and `gibbs thermometer`.

use std::path::PathBuf;

#[cfg(feature = "llm")]
use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::count::count;
use super::{TruncationArgs, examples};
use gibbs::tokens::thermometer::LogprobsMode;

/// Which language model and which prompts.
#[derive(Clone, Debug, Default, Args)]
pub struct ModelArgs {
    /// Hugging Face folder (config.json, safetensors, tokenizer.json) or GGUF file; default: the embedded model
    #[arg(long, value_name = "DIR|FILE.gguf", help_heading = "Model")]
    pub model: Option<PathBuf>,
    /// File with one prompt per line
    #[arg(long, value_name = "FILE", conflicts_with = "prompt", help_heading = "Model")]
    pub prompts: Option<PathBuf>,
    /// A prompt; may be repeated
    #[arg(long, value_name = "TEXT", help_heading = "Model")]
    pub prompt: Vec<String>,
}

/// Where next-token distributions come from: a model with prompts, or a file.
#[derive(Clone, Debug, Default, Args)]
pub struct SourceArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Distributions from a file instead of a model: logits (.npy, .npz, .safetensors, .csv, .json, .jsonl) or recorded
    /// responses with logprobs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "prompts", "prompt"], help_heading = "Model")]
    pub logits: Option<PathBuf>,
    #[command(flatten)]
    pub form: FormArgs,
}

/// How a file of logits or responses is to be read.
#[derive(Clone, Debug, Default, Args)]
pub struct FormArgs {
    /// Format of recorded responses; default: detected. One of openai-chat, openai-responses, openai-completions,
    /// llama.cpp, llama.cpp-old, vllm, sglang, tgi, ai21, ollama, mistral.rs, gemini or cohere
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    pub input_format: Option<String>,
    /// Array to read from an .npz or .safetensors file that holds several
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    pub tensor: Option<String>,
    /// Size of the vocabulary, for responses that list only some of its tokens; of logits with columns of padding behind it,
    /// the first V
    #[arg(long, value_name = "V", value_parser = count::<u64>(0..=u64::MAX), help_heading = "Model")]
    pub vocabulary: Option<u64>,
}

impl FormArgs {
    /// Refuses options of a file if no file is read.
    #[cfg(feature = "llm")]
    pub fn refuse(&self, remedy: &str) -> Result<()> {
        let given = [
            ("--input-format", self.input_format.is_some()),
            ("--tensor", self.tensor.is_some()),
            ("--vocabulary", self.vocabulary.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => bail!("{option} applies to a file of distributions; {remedy}"),
            None => Ok(()),
        }
    }
}

/// `gibbs tokens`.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Exact U, S and C of next-token distributions, for each prompt and their mean
    #[command(after_help = examples::CURVE)]
    Curve(CurveArgs),
    /// Generate text at several temperatures, with surprisal, entropy, heat capacity and participation ratio along it
    #[command(after_help = examples::TEXT)]
    Text(TextArgs),
    /// Draw tokens from each context, as JSON lines that `gibbs thermometer` reads
    #[command(after_help = examples::DRAW)]
    Draw(DrawArgs),
    /// Find the temperature at which one model has the mean entropy of another at T
    #[command(after_help = examples::MATCH)]
    Match(MatchArgs),
    /// Compare each context with a random-energy model of equal size and spread
    #[command(after_help = examples::RANDOM_ENERGY)]
    RandomEnergy(RandomEnergyArgs),
    /// Densities of states of contexts, tokens of equal energy, and the quantum of the gaps
    #[command(after_help = examples::STATES)]
    States(StatesArgs),
    /// Find the temperature at which the model's mean energy equals that of a text
    #[command(after_help = examples::CORPUS)]
    Corpus(CorpusArgs),
    /// Compare tempering each token with the Boltzmann distribution of whole sequences
    #[command(after_help = examples::SEQUENCES)]
    Sequences(SequencesArgs),
    /// Write the model as a GGUF file
    #[command(after_help = examples::EXPORT)]
    Export(ExportArgs),
}

/// `gibbs tokens curve`.
#[derive(Debug, Args)]
pub struct CurveArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub truncations: TruncationArgs,
    /// Temperatures, as in `exact`
    #[arg(short = 'T', long, value_name = "TEMPS", default_value = "0,0.1:10:25:log,inf", allow_hyphen_values = true)]
    #[arg(help_heading = "Sampling")]
    pub temperatures: String,
    /// Print, in place of U, S and C, how many tokens each step of the truncation leaves at each T, and why temperature changes
    /// nothing where that is so
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Also draw the curves: token_curve.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs tokens text`.
#[derive(Debug, Args)]
pub struct TextArgs {
    #[command(flatten)]
    pub source: ModelArgs,
    #[command(flatten)]
    pub truncations: TruncationArgs,
    /// Temperatures, as in `exact`
    #[arg(short = 'T', long, value_name = "TEMPS", default_value = "0,0.7,1,2,5", allow_hyphen_values = true)]
    #[arg(help_heading = "Sampling")]
    pub temperatures: String,
    /// Tokens to generate
    #[arg(long, default_value_t = 80, value_name = "N", value_parser = count::<usize>(0..=u64::MAX))]
    #[arg(help_heading = "Sampling")]
    pub length: usize,
    /// Independent texts after each prompt
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = count::<u32>(1..=100_000))]
    #[arg(help_heading = "Sampling")]
    pub texts: u32,
    /// Also draw the means over texts along the position: along_text.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs tokens draw`.
#[derive(Debug, Args)]
pub struct DrawArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub truncations: TruncationArgs,
    /// Sampling temperature
    #[arg(short = 'T', long, value_name = "T", default_value = "1", allow_hyphen_values = true)]
    #[arg(help_heading = "Sampling")]
    pub temperature: String,
    /// Tokens to draw from each context
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = count::<u32>(1..=10_000_000))]
    #[arg(help_heading = "Sampling")]
    pub draws: u32,
}

/// `gibbs tokens match`.
#[derive(Debug, Args)]
pub struct MatchArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// The model to be matched; default: the embedded model
    #[arg(long, value_name = "DIR|FILE.gguf", help_heading = "Model")]
    pub with: Option<PathBuf>,
    /// File of logits to be matched, in place of a model
    #[arg(long, value_name = "FILE", conflicts_with = "with", help_heading = "Model")]
    pub with_logits: Option<PathBuf>,
    /// Temperatures of the first model, as in `exact`
    #[arg(short = 'T', long, value_name = "TEMPS", default_value = "0.5,0.7,1,1.5,2", allow_hyphen_values = true)]
    #[arg(help_heading = "Sampling")]
    pub temperatures: String,
    /// Also draw the matched temperatures: token_match.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs tokens random-energy`.
#[derive(Debug, Args)]
pub struct RandomEnergyArgs {
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `gibbs tokens states`.
#[derive(Debug, Args)]
pub struct StatesArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// Also draw the densities: token_states.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs tokens corpus`.
#[derive(Debug, Args)]
pub struct CorpusArgs {
    /// Text file
    pub text: PathBuf,
    /// Hugging Face folder or GGUF file; default: the embedded model
    #[arg(long, value_name = "DIR|FILE.gguf", help_heading = "Model")]
    pub model: Option<PathBuf>,
}

/// `gibbs tokens sequences`.
#[derive(Debug, Args)]
pub struct SequencesArgs {
    /// Temperatures, as in `exact`
    #[arg(short = 'T', long, value_name = "TEMPS", default_value = "0.25:4:13:log", allow_hyphen_values = true)]
    #[arg(help_heading = "Sampling")]
    pub temperatures: String,
    /// Temperatures at which sequences of the language model are sampled as well; `none` leaves them out
    #[arg(long, value_name = "TEMPS", default_value = "0.8,1,1.25", help_heading = "Sampling")]
    pub model_temperatures: String,
    /// Hugging Face folder or GGUF file; default: the embedded model
    #[arg(long, value_name = "DIR|FILE.gguf", help_heading = "Model")]
    pub model: Option<PathBuf>,
    /// Text before the sequences of the language model
    #[arg(long, value_name = "TEXT", help_heading = "Model")]
    pub prompt: Option<String>,
    /// Also draw the curves: sequences.svg, .png and .csv in the output folder
    #[arg(long, help_heading = "Output")]
    pub plot: bool,
}

/// `gibbs tokens export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// File to write
    #[arg(value_name = "FILE.gguf")]
    pub file: PathBuf,
    /// Hugging Face folder of a Llama; default: the embedded model
    #[arg(long, value_name = "DIR", help_heading = "Model")]
    pub model: Option<PathBuf>,
}

/// Part of an OpenAI-compatible server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endpoint {
    /// /v1/chat/completions
    Chat,
    /// /v1/completions
    Completions,
}

/// Which distribution a source reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogprobsModeArg {
    /// The model's distribution at T = 1
    Raw,
    /// The distribution at the sampling temperature
    Tempered,
}

impl From<LogprobsModeArg> for LogprobsMode {
    fn from(mode: LogprobsModeArg) -> Self {
        match mode {
            LogprobsModeArg::Raw => Self::Raw,
            LogprobsModeArg::Tempered => Self::Tempered,
        }
    }
}

/// `gibbs thermometer`.
#[derive(Debug, Args)]
pub struct ThermometerArgs {
    /// Tokens with their distributions: lines of `tokens draw`, recorded responses with logprobs, or, with --model, lines
    /// {"prompt": TEXT, "tokens": [IDS]}; `-` reads stdin
    #[arg(value_name = "FILE", required_unless_present = "server", conflicts_with = "server")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub form: FormArgs,
    /// Model that computes the distributions for lines {"prompt": TEXT, "tokens": [IDS]}: a folder, a GGUF file or
    /// `embedded`
    #[arg(long, value_name = "DIR|FILE.gguf", help_heading = "Model")]
    pub model: Option<PathBuf>,
    /// Requested temperature: the verdict says whether the draws agree with it
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub requested: Option<String>,
    #[command(flatten)]
    pub truncations: TruncationArgs,
    /// Whether the reported logprobs are raw (at T = 1) or tempered (at the sampling temperature); default: inferred from
    /// the gaps and the draws, where possible
    #[arg(long, alias = "reading", value_enum, value_name = "MODE")]
    pub logprobs_mode: Option<LogprobsModeArg>,
    /// Probability that a correct sampler is rejected, over all tests together
    #[arg(long, default_value_t = 0.01, value_name = "A")]
    pub alpha: f64,
    /// Confidence level of the intervals
    #[arg(long, default_value_t = 0.95, value_name = "P")]
    pub level: f64,
    /// Relative error of the temperature that must have been seen for the draws to agree; with fewer tokens the verdict is
    /// undecided
    #[arg(long, default_value_t = 0.1, value_name = "E")]
    pub detect: f64,
    /// A token whose draws are not recorded; it is taken out of the lists. May be repeated; tokens that end answers are taken
    /// out by themselves if none was drawn
    #[arg(long, value_name = "TOKEN")]
    pub never_drawn: Vec<String>,
    /// Read at most this many positions
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = count::<u64>(1..=u64::MAX))]
    pub positions: u64,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// A live server to be measured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct ServerArgs {
    /// Measure a live OpenAI-compatible server; the key is read from OPENAI_API_KEY
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Endpoint of the server
    #[arg(long, value_enum, default_value_t = Endpoint::Completions, requires = "server", conflicts_with = "file")]
    pub endpoint: Endpoint,
    /// Name of the model on the server
    #[arg(long, value_name = "NAME", requires = "server", conflicts_with = "file")]
    pub server_model: Option<String>,
    /// Temperature to ask the server for; the verdict is about it, as with --requested
    #[arg(short = 'T', long, value_name = "T", requires = "server", conflicts_with = "file")]
    pub temperature: Option<f64>,
    /// Number of likeliest tokens to ask for at each position
    #[arg(long, default_value_t = 20, value_name = "N", requires = "server", conflicts_with = "file")]
    #[arg(value_parser = count::<u32>(0..=u32::MAX.into()))]
    pub top_logprobs: u32,
    /// A prompt to send; may be repeated
    #[arg(long, value_name = "TEXT", requires = "server", conflicts_with = "file")]
    pub prompt: Vec<String>,
    /// Tokens to ask for in each answer
    #[arg(long, default_value_t = 64, value_name = "N", requires = "server", conflicts_with = "file")]
    #[arg(value_parser = count::<u32>(0..=u32::MAX.into()))]
    pub max_tokens: u32,
    /// Number of answers to ask for; the prompts take turns
    #[arg(long, default_value_t = 16, value_name = "N", requires = "server", conflicts_with = "file")]
    #[arg(value_parser = count::<u32>(0..=u32::MAX.into()))]
    pub requests: u32,
    /// Further parameters of the request as JSON: '{"top_k": 0, "repeat_penalty": 1}'
    #[arg(long, value_name = "JSON", requires = "server", conflicts_with = "file")]
    pub body: Option<String>,
    /// Seconds to wait for an answer
    #[arg(long, default_value_t = 60.0, value_name = "S", requires = "server", conflicts_with = "file")]
    pub timeout: f64,
    /// Number of times a failed request is sent again
    #[arg(long, default_value_t = 4, value_name = "N", requires = "server", conflicts_with = "file")]
    #[arg(value_parser = count::<u32>(0..=u32::MAX.into()))]
    pub retries: u32,
    /// Maximum requests per second; default: as fast as the server answers
    #[arg(long, value_name = "R", requires = "server", conflicts_with = "file")]
    pub rate: Option<f64>,
    /// Environment variable that holds the key; default: OPENAI_API_KEY where it is set
    #[arg(long, value_name = "NAME", requires = "server", conflicts_with = "file")]
    pub key_variable: Option<String>,
    /// File that answers are appended to as they come; where it holds some of the answers to the same requests, the others
    /// are asked for. Default: answers.jsonl, or the next free number, in the folder of --out
    #[arg(long, value_name = "FILE", requires = "server", conflicts_with = "file")]
    pub save: Option<PathBuf>,
    /// Send --seed with the first request, the next number with the next one, and so on
    #[arg(long, requires = "server", conflicts_with = "file")]
    pub send_seed: bool,
}

//! The command line: arguments to a validated configuration, an experiment, a report.

mod arguments;
#[cfg(feature = "llm")]
mod compare;
mod description;
mod exact;
mod figure;
mod glow;
mod hints;
mod interrupt;
#[cfg(feature = "llm")]
mod models;
mod progress;
mod sample;
mod sources;
mod system;
mod temperatures;
mod thermometer;
#[cfg(feature = "llm")]
mod tokens;
mod verify;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use arguments::{Cli, Command, Common, Format};
use gibbs::experiments::ExperimentError;
use gibbs::report::{Table, printable, printable_line};
use gibbs::simulation::{Setting, SimulationError};

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// A check failed: exit code 1.
    CheckFailed,
    /// What was asked for could not be decided: exit code 3.
    Undecided,
    /// Ended by Ctrl-C: what was done is written. Exit code 130, as of any program that this signal ends.
    Interrupted,
}

/// Parses, runs, and turns the outcome into an exit code: 0 done, 1 a check failed, 2 bad input, 3 undecided, 130
/// interrupted.
pub fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            return refuse(&hints::of_flag(&error, &words).unwrap_or_else(|| one_line(&error.to_string())));
        }
    };
    match run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::CheckFailed) => ExitCode::from(1),
        Ok(Outcome::Undecided) => ExitCode::from(3),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("error: {}", with_flags(&error))),
    }
}

/// The command line; a negative number is a value that may be refused, and no unknown flag.
fn parse() -> Result<Cli, clap::Error> {
    fn with_negative_numbers(command: clap::Command) -> clap::Command {
        let numbers = |arg: clap::Arg| {
            let takes_values = arg.get_action().takes_values();
            arg.allow_negative_numbers(takes_values)
        };
        command.mut_args(numbers).mut_subcommands(with_negative_numbers)
    }
    let command = with_negative_numbers(Cli::command());
    let words = arguments::with_systems_apart(&command, std::env::args_os().collect());
    Cli::from_arg_matches(&command.try_get_matches_from(words)?)
}

fn run(cli: Cli) -> Result<Outcome> {
    let common = cli.common;
    let alone = matches!(cli.command, None | Some(Command::Compare(_) | Command::Page(_)));
    anyhow::ensure!(alone || cli.config.is_none(), "--config has the settings of `compare` and `page`; leave it out");
    gibbs::experiments::check_environment()?;
    check_threads()?;
    if let Some(threads) = common.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global().context("--threads")?;
    }
    interrupt::watch();
    match cli.command {
        #[cfg(feature = "llm")]
        None => compare::run(&common, &arguments::CompareArgs { config: cli.config, ..Default::default() }),
        #[cfg(feature = "llm")]
        Some(Command::Compare(mut args)) => {
            args.config = args.config.or(cli.config);
            compare::run(&common, &args)
        }
        #[cfg(feature = "llm")]
        Some(Command::Page(mut args)) => {
            args.config = args.config.or(cli.config);
            compare::page(&common, &args)
        }
        #[cfg(feature = "llm")]
        Some(Command::Tokens(command)) => tokens::run(&common, &command),
        #[cfg(not(feature = "llm"))]
        None | Some(Command::Compare(_) | Command::Page(_) | Command::Tokens(_)) => {
            anyhow::bail!("this program was built without a language model; build it with the feature `llm`")
        }
        Some(Command::Thermometer(args)) => thermometer::run(&common, &args),
        Some(Command::Systems { name }) => system::describe(&common, name.as_deref()),
        Some(Command::Exact(args)) => exact::run(&common, &args),
        Some(Command::Sample(args)) => sample::run(&common, &args),
        Some(Command::Glow(args)) => glow::run(&common, &args),
        Some(Command::Verify(args)) => verify::run(&common, &args),
    }
}

/// Checks the variables that set the number of threads as `--threads` is checked.
fn check_threads() -> Result<()> {
    for name in ["RAYON_NUM_THREADS", "RAYON_RS_NUM_CPUS"] {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else { continue };
        let number = value.to_str().and_then(|text| text.parse::<u16>().ok());
        ensure!(
            number.is_some_and(|number| (1..=1024).contains(&number)),
            "{name} must be a number of threads from 1 to 1024, got `{}`; unset it, or set it to one",
            value.to_string_lossy()
        );
    }
    Ok(())
}

/// The error with what led to it, in which the settings of a simulation are called by their flags.
fn with_flags(error: &anyhow::Error) -> String {
    let cause = |cause: &(dyn std::error::Error + 'static)| match (cause.downcast_ref(), cause.downcast_ref()) {
        (Some(error), _) => ExperimentError::message(error, &flag),
        (None, Some(error)) => SimulationError::message(error, &flag),
        (None, None) => cause.to_string(),
    };
    error.chain().map(cause).collect::<Vec<_>>().join(": ")
}

/// The flag that sets a setting.
fn flag(setting: Setting) -> String {
    match setting {
        Setting::Sampler => "--sampler",
        Setting::Temperatures => "-T",
        Setting::Particles => "--particles",
        Setting::Sweeps => "--sweeps",
        Setting::Limit => "--limit",
        Setting::Error => "--error",
        Setting::Curve => "--curve",
        Setting::Start => "--restart",
        Setting::Snapshots => "--trajectory",
        Setting::Replicas => "--replicas",
    }
    .to_owned()
}

/// Prints one line on stderr; exit code 2.
fn refuse(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}

/// Prints one line on stderr.
fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable_line(&message.replace(['\n', '\r'], " ")));
}

/// The sentence of a parser's error, with its tips, on one line.
fn one_line(message: &str) -> String {
    let sentences: Vec<&str> = message
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        // No command takes values that begin with dashes behind `--`.
        .filter(|line| !line.is_empty() && !line.starts_with("tip: to pass"))
        .collect();
    format!("{}; see `gibbs --help`", sentences.join(" "))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes a result to stdout.
fn print(text: &str) -> Result<()> {
    print_raw(&printable(text))
}

/// Writes a result to stdout that holds no text from outside.
fn print_raw(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Writes a table to stdout in the form asked for.
fn print_table(common: &Common, table: &Table) -> Result<()> {
    print(&match common.format {
        Format::Table => table.to_text(),
        Format::Csv => table.to_csv(),
        Format::Json => table.to_json(),
    })
}

/// Writes advice to stderr.
fn advise(common: &Common, text: &str) {
    if !common.quiet {
        let _ = writeln!(std::io::stderr(), "{}", printable(text));
    }
}

/// With `--quiet`, says in one line on stderr why the exit code will be 1; without, more is said already.
fn complain(common: &Common, line: &str) {
    if common.quiet {
        say(line);
    }
}

/// Refuses a folder that cannot be written before anything is computed.
fn check_writable(option: &str, folder: &Path) -> Result<()> {
    // The nearest folder that exists: none is made before everything else is known to be right.
    let existing = folder.ancestors().find(|folder| folder.exists()).filter(|folder| !folder.as_os_str().is_empty());
    // It has no name, so that nothing is left of it.
    let probe = tempfile::tempfile_in(existing.unwrap_or(Path::new(".")));
    probe.map(drop).with_context(|| format!("{option} `{}` cannot be written; choose another folder", folder.display()))
}

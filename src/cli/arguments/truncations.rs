//! Truncations of a distribution, in the order in which they were typed.

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use gibbs::tokens::truncation::{Engine, Pipeline, TemperatureOrder, Truncation, TruncationKind};

/// Where help lists them.
const HEADING: &str = "Truncation";

/// Options that forbid tokens. Unlike other options their order counts.
#[derive(Clone, Debug, Default)]
pub struct TruncationArgs {
    /// By place on the command line.
    typed: Vec<(usize, TruncationKind, f64)>,
    engine: Option<Engine>,
    order: Option<TemperatureOrder>,
}

/// What each truncation is called in help.
fn described(kind: TruncationKind) -> (&'static str, &'static str) {
    match kind {
        TruncationKind::TopK => ("K", "Keep the K most likely tokens; 0 keeps all"),
        TruncationKind::TopP => ("P", "Keep the fewest tokens whose probabilities add up to P"),
        TruncationKind::MinP => ("P", "Keep tokens at least P times as likely as the most likely one"),
        TruncationKind::Typical => {
            ("P", "Keep the tokens whose surprisal is nearest to the entropy, until their probabilities add up to P")
        }
        TruncationKind::Epsilon => ("E", "Keep tokens of probability E or more"),
        TruncationKind::Eta => ("E", "Keep tokens of probability min(E, sqrt(E) exp(-S)) or more"),
        TruncationKind::TopNSigma => ("N", "Keep tokens whose logit is within N standard deviations of the highest"),
    }
}

impl TruncationArgs {
    /// The truncations as a pipeline.
    pub fn pipeline(&self) -> Result<Pipeline> {
        // Engines write top-k 0 where there is no such truncation.
        let is_off = |kind, value| kind == TruncationKind::TopK && value == 0.0;
        let on = self.typed.iter().filter(|&&(_, kind, value)| !is_off(kind, value));
        let stages = on.map(|&(_, kind, value)| Truncation::new(kind, value));
        Ok(Pipeline::new(stages.collect::<Result<_, _>>()?, self.engine, self.order)?)
    }
}

impl FromArgMatches for TruncationArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for kind in TruncationKind::ALL {
            let (places, values) = (matches.indices_of(kind.name()), matches.get_many::<f64>(kind.name()));
            if let (Some(places), Some(values)) = (places, values) {
                self.typed.extend(places.zip(values).map(|(place, &value)| (place, kind, value)));
            }
        }
        self.typed.sort_by_key(|&(place, _, _)| place);
        self.engine = matches.get_one::<Engine>("as").copied();
        self.order = matches.get_one::<TemperatureOrder>("temper").copied();
        Ok(())
    }
}

impl Args for TruncationArgs {
    fn augment_args(command: Command) -> Command {
        let number = |kind: TruncationKind| {
            let (symbol, help) = described(kind);
            Arg::new(kind.name())
                .long(kind.name())
                .value_name(symbol)
                .value_parser(value_parser!(f64))
                .action(ArgAction::Append)
                .help_heading(HEADING)
                .help(help)
        };
        command
            .args(TruncationKind::ALL.map(number))
            .arg(Arg::new("as").long("as").value_name("ENGINE").value_parser(str::parse::<Engine>).help_heading(HEADING).help(
                "Follow an engine's rules for order, ties and boundaries: llama.cpp, transformers, vllm or candle",
            ))
            .arg(
                Arg::new("temper").long("temper").value_name("WHEN").value_parser(str::parse::<TemperatureOrder>).help_heading(HEADING).help(
                    "Apply the temperature before (first) or after (last) the truncations; default: first, or as the \
                     engine does",
                ),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

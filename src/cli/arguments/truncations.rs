//! Truncations of a distribution, in the order in which they were typed.

use anyhow::Result;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use gibbs::ensemble::truncation::{Engine, Pipeline, TemperatureOrder, Truncation};

/// Options that forbid tokens. Unlike other options their order counts.
#[derive(Clone, Debug, Default)]
pub struct TruncationArgs {
    /// By place on the command line.
    typed: Vec<(usize, &'static str, f64)>,
    engine: Option<String>,
    order: Option<String>,
}

/// Name, symbol and meaning of each truncation.
const KINDS: [(&str, &str, &str); 7] = [
    ("top-k", "K", "Keep the K most likely tokens"),
    ("top-p", "P", "Keep the fewest tokens whose probabilities add up to P"),
    ("min-p", "P", "Keep tokens at least P times as likely as the most likely one"),
    ("typical", "P", "Keep the tokens whose surprisal is nearest to the entropy, up to the mass P"),
    ("epsilon", "E", "Keep tokens of probability E or more"),
    ("eta", "E", "Keep tokens of probability min(E, sqrt(E) exp(-S)) or more"),
    ("top-n-sigma", "N", "Keep tokens whose logit is within N standard deviations of the highest"),
];

impl TruncationArgs {
    /// The truncations as a pipeline.
    pub fn pipeline(&self) -> Result<Pipeline> {
        let stages = self.typed.iter().map(|&(_, name, value)| Ok(Truncation::from_name(name, value)?));
        let engine = self.engine.as_deref().map(str::parse::<Engine>).transpose()?;
        let order = self.order.as_deref().map(|order| match order {
            "first" => TemperatureOrder::First,
            _ => TemperatureOrder::Last,
        });
        Ok(Pipeline::new(stages.collect::<Result<_>>()?, engine, order)?)
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty() && self.engine.is_none() && self.order.is_none()
    }
}

impl FromArgMatches for TruncationArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for (name, _, _) in KINDS {
            let (Some(places), Some(values)) = (matches.indices_of(name), matches.get_many::<f64>(name)) else {
                continue;
            };
            self.typed.extend(places.zip(values).map(|(place, &value)| (place, name, value)));
        }
        self.typed.sort_by_key(|&(place, _, _)| place);
        self.engine = matches.get_one::<String>("as").cloned();
        self.order = matches.get_one::<String>("temper").cloned();
        Ok(())
    }
}

impl Args for TruncationArgs {
    fn augment_args(command: Command) -> Command {
        let number = |(name, symbol, help): (&'static str, &'static str, &'static str)| {
            Arg::new(name).long(name).value_name(symbol).value_parser(value_parser!(f64)).help(help)
        };
        command
            .args(KINDS.map(number))
            .arg(
                Arg::new("as")
                    .long("as")
                    .value_name("ENGINE")
                    .value_parser(["llama.cpp", "transformers", "vllm", "candle"])
                    .help("Truncate in the order and with the ties and boundaries of this engine"),
            )
            .arg(
                Arg::new("temper")
                    .long("temper")
                    .value_name("WHEN")
                    .value_parser(["first", "last"])
                    .help("Apply the temperature before or after truncations; default: first, or the engine's way"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

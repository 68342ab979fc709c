//! `gibbs tokens draw`: tokens drawn from each context, one JSON line a context.

use std::io::Write as _;

use anyhow::{Result, bail, ensure};

use super::super::arguments::{Common, DrawArgs};
use super::super::models::{self, Gauge};
use super::super::{Outcome, say, temperatures};
use super::stream;
use gibbs::report::printable;
use gibbs::rng::{Seed, Stream};
use gibbs::tokens::Position;
use gibbs::tokens::sources::logits;
use gibbs::tokens::views;

/// Draws, and writes the lines that the thermometer reads.
pub fn run(common: &Common, args: &DrawArgs) -> Result<Outcome> {
    let [temperature] = temperatures::parse("-T", &args.temperature)?[..] else {
        bail!("-T must be a single temperature, got `{}`", args.temperature);
    };
    ensure!(
        common.format != super::super::arguments::Format::Csv,
        "--format csv cannot hold draws with their distributions; leave it out to get JSON lines"
    );
    let pipeline = args.truncations.pipeline()?;
    let mut contexts = models::contexts(&args.source, Gauge::Logits)?;
    let line = |k, context: Position| {
        let mut rng = Seed(common.seed).stream(Stream::TokenDraws(k).id());
        let position = views::draw(&context, temperature, &pipeline, args.draws, &mut rng)?;
        Ok(logits::write_draws_line(Some(&context.origin), &position)?)
    };
    let mut stdout = std::io::stdout().lock();
    let write = |line: String| Ok(writeln!(stdout, "{}", printable(&line))?);
    stream::each(common, "contexts drawn from", &mut contexts, line, write)?;
    stdout.flush()?;
    // The lines are draws alone, for the thermometer to read.
    contexts.reading().iter().for_each(|sentence| say(&format!("warning: --logits: {sentence}")));
    Ok(Outcome::Done)
}

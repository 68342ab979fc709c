//! `gibbs tokens draw`: tokens drawn from each context, one JSON line a context.

use std::io::Write as _;

use anyhow::{Result, bail, ensure};

use super::super::arguments::{Common, DrawArgs};
use super::super::models::{self, Gauge};
use super::super::{Outcome, progress, temperatures};
use gibbs::experiments::tokens;
use gibbs::language::arrays;
use gibbs::rng::{Seed, StreamId};

/// Number of this experiment in the random streams.
const EXPERIMENT: u16 = 9;

/// Draws, and writes the lines that the thermometer reads.
pub fn run(common: &Common, args: &DrawArgs) -> Result<Outcome> {
    let [temperature] = temperatures::parse("-T", &args.temperature)?[..] else {
        bail!("-T must be a single temperature, got `{}`", args.temperature);
    };
    ensure!(
        common.format != super::super::arguments::Format::Csv,
        "--format csv does not hold draws with their distributions; leave it out for JSON lines"
    );
    let pipeline = args.truncations.pipeline()?;
    let contexts = models::contexts(&args.source, Gauge::Logits)?;
    let bar = progress::bar(common.quiet, "drawing tokens", contexts.len());
    let mut stdout = std::io::stdout().lock();
    for (k, context) in (0..).zip(contexts) {
        let mut rng = Seed(common.seed).stream(StreamId::new(EXPERIMENT, k, 0));
        let position = tokens::draw(&context, temperature, &pipeline, args.draws, &mut rng)?;
        writeln!(stdout, "{}", arrays::write_draws_line(Some(&context.prompt), &position)?)?;
        bar.inc(1);
    }
    stdout.flush()?;
    bar.finish_and_clear();
    Ok(Outcome::Done)
}

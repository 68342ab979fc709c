//! `gibbs thermometer`: the temperature of drawn tokens, and the verdict on a requested one.

#[cfg(feature = "llm")]
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};

use super::arguments::{Common, Endpoint, Format, ServerArgs, ThermometerArgs};
use super::{Outcome, advise, check_writable, complain, interrupt, print, progress, sources, temperatures};
use gibbs::report::{Provenance, Requests, thermometer_json, thermometer_sentence, thermometer_text};
use gibbs::rng::Seed;
use gibbs::simulation::Control;
use gibbs::tokens::Position;
use gibbs::tokens::sources::server::{self, Recording, Server, ServerConfig, ServerError};
use gibbs::tokens::sources::{ReadOptions, Reading};
use gibbs::tokens::thermometer::{Decision, LogprobsMode, Request, measure};
use gibbs::units::Temperature;

/// Runs the command: exit code 1 if the draws reject the requested setting, or every temperature; 3 if they do not decide.
pub fn run(common: &Common, args: &ThermometerArgs) -> Result<Outcome> {
    ensure!(common.format != Format::Csv, "--format csv cannot hold the verdict; use --format json or table");
    for (option, share) in [("--alpha", args.alpha), ("--level", args.level)] {
        ensure!(share > 0.0 && share < 1.0, "{option} must be between 0 and 1, got {share}");
    }
    let pipeline = args.truncations.pipeline()?;
    let requested = match (&args.requested, args.server.temperature) {
        (Some(text), _) => Some(one_temperature("--requested", text)?),
        (None, Some(asked)) => Some(Temperature::new(asked).context("-T")?),
        (None, None) => args.server.server.is_some().then(|| Temperature::new(1.0)).transpose()?,
    };
    ensure!(
        pipeline.keeps_all() || requested.is_some(),
        "truncations belong to a requested setting: give --requested T as well"
    );
    let request = Request {
        temperature: requested,
        truncations: (!pipeline.keeps_all()).then_some(pipeline),
        mode: args.logprobs_mode.map(LogprobsMode::from),
        alpha: args.alpha,
        level: args.level,
        detect: args.detect,
        never_drawn: args.never_drawn.clone(),
    };
    let form = sources::form(&args.form)?;
    let (positions, provenance) = match (&args.file, &args.server.server) {
        (_, Some(url)) => ask(common, &args.server, url, &form, args.positions)?,
        (Some(path), None) => read(path, args, &form)?,
        (None, None) => bail!("nothing to measure: give a FILE or --server URL"),
    };
    let bar = progress::bar(common.quiet, "measuring", None);
    bar.enable_steady_tick(Duration::from_millis(500));
    let report = measure(&positions, &request, Seed(common.seed))?;
    bar.finish_and_clear();
    print(&match common.format {
        Format::Json => thermometer_json(&report, &provenance)? + "\n",
        Format::Table | Format::Csv => thermometer_text(&report, &provenance),
    })?;
    Ok(match report.decision() {
        Decision::Agrees => Outcome::Done,
        Decision::Rejected => {
            complain(common, &thermometer_sentence(&report));
            Outcome::CheckFailed
        }
        Decision::Undecided { .. } => Outcome::Undecided,
    })
}

fn one_temperature(option: &str, text: &str) -> Result<Temperature> {
    match temperatures::parse(option, text)?[..] {
        [temperature] => Ok(temperature),
        _ => bail!("{option} must be a single temperature, got `{text}`"),
    }
}

/// Positions of a file, put back through a model if one is given.
fn read(path: &Path, args: &ThermometerArgs, form: &ReadOptions) -> Result<(Vec<Position>, Provenance)> {
    let limit = args.positions as usize;
    match &args.model {
        None => {
            let mut source = sources::positions("FILE ", path, form)?;
            let positions = sources::keep(source.by_ref().take(limit), |position| position.listed.len())?;
            let is_part = positions.len() == limit && source.next().is_some();
            Ok((positions, Provenance { reading: Reading { is_part, ..source.reading() }, requests: None }))
        }
        #[cfg(feature = "llm")]
        Some(model) => {
            args.form.refuse("with --model, lines hold tokens and not distributions; leave this option out")?;
            let mut positions = replayed(path, model, limit.saturating_add(1))?;
            let is_part = positions.len() > limit;
            positions.truncate(limit);
            Ok((positions, Provenance { reading: Reading { is_part, ..Reading::default() }, requests: None }))
        }
        #[cfg(not(feature = "llm"))]
        Some(_) => bail!("--model: this program was built without a language model; build it with the feature `llm`"),
    }
}

#[cfg(feature = "llm")]
fn replayed(path: &Path, model: &Path, limit: usize) -> Result<Vec<Position>> {
    use gibbs::tokens::replay::{Recorded, replay};
    use std::io::Read as _;

    let name = || format!("FILE `{}`", path.display());
    let model = super::models::open(Some(&model.to_owned()).filter(|path| path.as_os_str() != "embedded"))?;
    let mut reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(std::fs::File::open(path).with_context(name)?))
    };
    let mut positions = Vec::new();
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        let n = reader.by_ref().take(super::models::LARGEST).read_line(&mut line).with_context(name)?;
        ensure!((n as u64) < super::models::LARGEST, "{}: line {number} is longer than 64 MiB", name());
        if n == 0 || positions.len() >= limit {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let origin = format!("line {number}");
        let recorded: Recorded = serde_json::from_str(&line).with_context(|| {
            format!(r#"{}, {origin}: with --model a line is {{"prompt": TEXT, "tokens": [IDS]}}"#, name())
        })?;
        positions.extend(replay(&model, &recorded, &origin).with_context(name)?);
    }
    positions.truncate(limit);
    ensure!(!positions.is_empty(), "{} holds no tokens", name());
    Ok(positions)
}

/// Positions of a live server.
fn ask(
    common: &Common,
    args: &ServerArgs,
    url: &str,
    form: &ReadOptions,
    limit: u64,
) -> Result<(Vec<Position>, Provenance)> {
    ensure!(!args.prompt.is_empty(), "--server needs a --prompt TEXT to send");
    ensure!(args.prompt.iter().all(|prompt| !prompt.is_empty()), "--prompt must not be empty");
    let parameters: Map<String, Value> = match &args.body {
        Some(text) => serde_json::from_str(text).context("--body must be a JSON object")?,
        None => Map::new(),
    };
    let timeout = Duration::try_from_secs_f64(args.timeout).ok().filter(|timeout| !timeout.is_zero());
    let timeout =
        timeout.with_context(|| format!("--timeout must be a positive number of seconds, got {}", args.timeout))?;
    let config = ServerConfig {
        model: args.server_model.clone(),
        endpoint: match args.endpoint {
            Endpoint::Chat => server::Endpoint::Chat,
            Endpoint::Completions => server::Endpoint::Completions,
        },
        top_logprobs: args.top_logprobs,
        temperature: args.temperature.unwrap_or(1.0),
        parameters,
        max_tokens: args.max_tokens,
        n_requests: args.requests,
        seed: args.send_seed.then_some(common.seed),
        timeout,
        retries: args.retries,
        requests_per_second: args.rate,
        key_variable: args.key_variable.clone(),
        reading: gibbs::tokens::sources::recorded::Options {
            format: form.responses,
            vocabulary: form.vocabulary,
            ..Default::default()
        },
        ..ServerConfig::new(url, args.prompt.clone())
    };
    converse(common, args, config, limit)
}

/// Asks until all requests are answered, one fails for good, `limit` positions are there, or Ctrl-C; what arrived is kept.
fn converse(
    common: &Common,
    args: &ServerArgs,
    config: ServerConfig,
    limit: u64,
) -> Result<(Vec<Position>, Provenance)> {
    let (url, asked) = (config.url.clone(), u64::from(config.n_requests));
    let server = Server::new(config.clone()).map_err(|error| anyhow!("--server: {error}"))?;
    let (path, recording) = recording(common, args, &config)?;
    let tokens = asked.saturating_mul(config.max_tokens.into());
    let there = match recording.n_earlier() {
        0 => String::new(),
        n => format!("; {n} answers are there already"),
    };
    let each = config.max_tokens;
    let announced = format!(
        "{asked} requests of up to {each} tokens, {tokens} in all; answers are saved in `{}`{there}",
        path.display()
    );
    advise(common, &announced);
    let control = Control::default();
    interrupt::stop_first(control.clone());

    let bar = progress::bar(common.quiet, "positions", tokens.min(limit) as usize);
    let (mut positions, mut source, mut failure, mut answered) = (Vec::new(), server.recorded(recording), None, 0);
    while positions.len() < limit as usize && failure.is_none() {
        if control.is_stopped() {
            positions.extend(source.end());
            failure = Some("interrupted".to_owned());
            break;
        }
        match source.next() {
            Some(Ok(position)) => positions.push(position),
            // The message holds those of its causes.
            Some(Err(error)) => {
                let remedy = if let ServerError::Answer(cause) = &error { sources::remedy(cause) } else { "" };
                failure = Some(format!("{error}{remedy}"));
            }
            None => break,
        }
        bar.inc(1);
        if bar.is_hidden() && source.n_answered() > answered {
            answered = source.n_answered();
            advise(common, &format!("request {answered} of {asked} is answered"));
        }
    }
    bar.finish_and_clear();
    let is_part = positions.len() as u64 >= limit && (positions.len() as u64 > limit || source.end().next().is_some());
    positions.truncate(limit as usize);
    if positions.is_empty() {
        bail!("--server: {}", failure.unwrap_or_else(|| format!("`{url}` answered without tokens")));
    }
    let requests = Requests { asked, answered: source.n_answered(), failure };
    Ok((positions, Provenance { reading: Reading { is_part, ..source.tally().into() }, requests: Some(requests) }))
}

/// The file that answers are saved in: the one named, or the first in the folder of results that is free or holds a part of this session.
fn recording(common: &Common, args: &ServerArgs, config: &ServerConfig) -> Result<(PathBuf, Recording)> {
    /// Names that are tried.
    const MOST: u32 = 10_000;
    if let Some(path) = &args.save {
        check_writable("--save", path.parent().unwrap_or(Path::new("")))?;
        return Ok((path.clone(), Recording::open(path, config)?));
    }
    check_writable("--out", &common.out)?;
    for number in 1..MOST {
        let name = if number == 1 { "answers.jsonl".to_owned() } else { format!("answers-{number}.jsonl") };
        let path = common.out.join(name);
        if let Ok(recording) = Recording::open(&path, config) {
            return Ok((path, recording));
        }
    }
    bail!("--out `{}` has no free name for the answers; name a file with --save", common.out.display())
}

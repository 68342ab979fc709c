//! `gibbs thermometer`: the temperature of drawn tokens, and the verdict on a requested one.

#[cfg(feature = "llm")]
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};

use super::arguments::{Common, Endpoint, Format, ServerArgs, ThermometerArgs};
use super::{Outcome, complain, print, progress, sources, temperatures};
use gibbs::report::{thermometer_json, thermometer_sentence, thermometer_text};
use gibbs::rng::Seed;
use gibbs::tokens::Position;
use gibbs::tokens::sources::ReadOptions;
use gibbs::tokens::sources::server::{self, Server, ServerConfig, ServerError};
use gibbs::tokens::thermometer::{LogprobsMode, Request, measure};
use gibbs::units::Temperature;

/// Runs the command: exit code 1 if the requested setting is rejected.
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
    };
    let form = sources::form(&args.form)?;
    let positions = match (&args.file, &args.server.server) {
        (_, Some(url)) => ask(common, &args.server, url, &form, args.positions)?,
        (Some(path), None) => read(path, args, &form)?,
        (None, None) => bail!("nothing to measure: give a FILE or --server URL"),
    };
    let report = measure(&positions, &request, Seed(common.seed))?;
    print(&match common.format {
        Format::Json => thermometer_json(&report)? + "\n",
        Format::Table | Format::Csv => thermometer_text(&report),
    })?;
    if report.is_rejected() {
        complain(common, &thermometer_sentence(&report));
    }
    Ok(if report.is_rejected() { Outcome::CheckFailed } else { Outcome::Done })
}

fn one_temperature(option: &str, text: &str) -> Result<Temperature> {
    match temperatures::parse(option, text)?[..] {
        [temperature] => Ok(temperature),
        _ => bail!("{option} must be a single temperature, got `{text}`"),
    }
}

/// Positions of a file, put back through a model if one is given.
fn read(path: &Path, args: &ThermometerArgs, form: &ReadOptions) -> Result<Vec<Position>> {
    let limit = args.positions as usize;
    match &args.model {
        None => sources::keep(sources::positions("FILE ", path, form)?.take(limit), |position| position.listed.len()),
        #[cfg(feature = "llm")]
        Some(model) => {
            args.form.refuse("with --model, lines hold tokens and not distributions; leave this option out")?;
            replayed(path, model, limit)
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
fn ask(common: &Common, args: &ServerArgs, url: &str, form: &ReadOptions, limit: u64) -> Result<Vec<Position>> {
    ensure!(!args.prompt.is_empty(), "--server needs a --prompt TEXT to send");
    ensure!(args.prompt.iter().all(|prompt| !prompt.is_empty()), "--prompt must not be empty");
    let parameters: Map<String, Value> = match &args.body {
        Some(text) => serde_json::from_str(text).context("--body must be a JSON object")?,
        None => Map::new(),
    };
    let timeout = Duration::try_from_secs_f64(args.timeout).ok().filter(|timeout| !timeout.is_zero());
    let timeout =
        timeout.with_context(|| format!("--timeout must be a positive number of seconds, got {}", args.timeout))?;
    let n_prompts = args.prompt.len() as u32;
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
        n_requests: args.requests.div_ceil(n_prompts),
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
    let n_requests = u64::from(config.n_requests) * u64::from(n_prompts);
    let n_positions = n_requests.saturating_mul(args.max_tokens.into()).min(limit);
    let bar = progress::bar(common.quiet, "positions", n_positions as usize);
    let mut positions = Vec::new();
    for position in Server::new(config)?.positions().take(limit as usize) {
        // The message holds those of its causes.
        positions.push(position.map_err(|error| {
            let remedy = if let ServerError::Answer(cause) = &error { sources::remedy(cause) } else { "" };
            anyhow!("--server: {error}{remedy}")
        })?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    ensure!(!positions.is_empty(), "--server `{url}` answered without tokens");
    Ok(positions)
}

//! What the thermometer found, as text: one aligned line per answer, the verdict first.

use std::fmt::Write as _;

use serde::Serialize;

mod json;
mod reading;
mod verdict;

pub use json::thermometer_json;
pub use reading::reading_sentences;
pub use verdict::thermometer_sentence;

use self::verdict::{order_words, pair_words};
use crate::report::number::{short, with_error};
use crate::report::text::hanging;
use crate::tokens::sources::Reading;
use crate::tokens::thermometer::{
    Decision, Doubt, FitStatus, Interval, LogprobsMode, Measurement, POWER, ReferenceSource, TestKind,
};

/// Width of the names.
const WIDTH: usize = 13;

/// Where the positions come from: what was left out of them, and the requests where a server was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Provenance {
    /// What was left out, cut or guessed.
    pub reading: Reading,
    /// What became of the requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<Requests>,
}

/// The requests of a session with a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// How many were to be made.
    pub asked: u64,
    /// How many were answered.
    pub answered: u64,
    /// Why the others were not.
    pub failure: Option<String>,
}

/// The report in lines of `name value`, every number with its error, interval or p-value.
#[must_use]
pub fn thermometer_text(report: &Measurement, provenance: &Provenance) -> String {
    let mut lines = Lines::default();
    lines.add("verdict", &verdict(report));
    if let Decision::Undecided { doubts } = report.decision() {
        doubts.into_iter().for_each(|found| lines.add("undecided", &doubt(found)));
    }
    if let Some(Requests { asked, answered, failure: Some(failure) }) = &provenance.requests {
        let text = format!(
            "{answered} of {asked} were answered, and are judged: {failure}; the same command asks for the others"
        );
        lines.add("requests", &text);
    }
    lines.add("tokens", &tokens(report));
    reading_sentences(&provenance.reading).iter().for_each(|sentence| lines.add("reading", sentence));
    recorded(report, &mut lines);
    never_seen(report, &mut lines);
    lines.add("temperature", &temperature(report));
    lines.add("logprobs", &reference(report));
    tests(report, &mut lines);
    truncations(report, &mut lines);
    lines.add(
        "mean entropy",
        &format!("{} nats per position at the measured temperature", interval(report.mean_entropy)),
    );
    lines.add("mean C", &format!("{} per position", interval(report.mean_heat_capacity)));
    power(report, &mut lines);
    lines.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "{}", hanging(&format!("{name:WIDTH$} "), text));
    }
}

fn verdict(report: &Measurement) -> String {
    let word = match report.decision() {
        Decision::Rejected => format!(" [rejected at alpha = {}]", report.alpha),
        Decision::Agrees if report.rejected.is_none() => String::new(),
        Decision::Agrees => format!(" [agrees, at alpha = {}]", report.alpha),
        Decision::Undecided { .. } => " [undecided]".to_owned(),
    };
    format!("{}{word}", thermometer_sentence(report))
}

/// What would decide.
fn doubt(doubt: Doubt) -> String {
    match doubt {
        Doubt::LogprobsMode => {
            "the logprobs may be those of the model (T = 1) or those at the sampling temperature; --logprobs-mode raw or --logprobs-mode \
             tempered says which"
                .to_owned()
        }
        Doubt::Power { detect, tokens } => {
            let percent = short(100.0 * detect);
            let enough = tokens.map_or_else(
                || "tokens where more than one is likely".to_owned(),
                |tokens| format!("about {tokens} tokens of this kind"),
            );
            format!(
                "a temperature wrong by {percent} % might have been missed; {enough} would show it, or --detect sets a larger error"
            )
        }
        Doubt::NeverDrawn => {
            "a token was never drawn where many draws of it are expected: if these are not recorded, --never-drawn takes it out of the lists; else the \
             sampler does not draw it"
                .to_owned()
        }
        Doubt::MayBeWarm { detect, below } => {
            let known = below.map_or_else(
                || "no temperature is excluded".to_owned(),
                |below| format!("only a temperature of {} or more is excluded", short(below)),
            );
            format!("{known}, and {} is asked about; more tokens tell more, or --detect sets a higher one", short(detect))
        }
        Doubt::NotIdentifiable => {
            "the draws determine no temperature; more tokens do, or tokens where more than one is likely".to_owned()
        }
    }
}

fn tokens(report: &Measurement) -> String {
    let mut text = format!("{} drawn from {} positions", report.n_draws, report.n_positions);
    if report.n_partial > 0 {
        let _ = write!(text, ", {} of which list only their likeliest tokens", report.n_partial);
    }
    if report.n_without_draws > 0 {
        let _ = write!(text, ", {} of which have no draws", report.n_without_draws);
    }
    if report.n_without_list > 0 {
        let _ = write!(text, ", {} skipped because they list only the drawn token", report.n_without_list);
    }
    for (n, what) in [
        (report.n_impossible - report.n_outside, "of probability zero"),
        (report.n_outside, "outside the requested truncation"),
        (report.n_unlisted, "unlisted"),
    ] {
        if n > 0 {
            let _ = write!(text, "; {n} {what}");
        }
    }
    text
}

/// What was left out of the recording.
fn recorded(report: &Measurement, lines: &mut Lines) {
    let repeats = report.repeats;
    if repeats.draws > 0 {
        lines.add(
            "repeats",
            &format!(
                "{} answers repeat others, as those of a cache, of a fixed seed, or branches of one answer do; their {} repeated tokens are \
                 counted once",
                repeats.answers, repeats.draws
            ),
        );
    }
    for found in &report.never_drawn {
        lines.add(
            "never drawn",
            &format!(
                "`{}` is listed at {} positions and was never drawn: it is taken out of the lists, and the other draws follow the law \
                 given that",
                found.token, found.positions
            ),
        );
    }
}

/// Tokens that may be drawn without being recorded.
fn never_seen(report: &Measurement, lines: &mut Lines) {
    for found in &report.never_seen {
        let (token, positions, expected) = (&found.token, found.positions, short(found.mass));
        lines.add(
            "never drawn",
            &format!(
                "`{token}` is listed at {positions} positions and was never drawn, where {expected} draws are expected: a mask or a bias may forbid it, or \
                 its draws are not recorded, as those of a token that ends answers (then --never-drawn takes it out of the lists)"
            ),
        );
    }
}

fn temperature(report: &Measurement) -> String {
    let fit = &report.fit;
    let percent = 100.0 * fit.level;
    let bounds = match (fit.temperature_low, fit.temperature_high) {
        (Some(low), Some(high)) => format!("{percent} % interval {} to {}", short(low), short(high)),
        (Some(low), None) => format!("{percent} % interval {} to infinity and negative T", short(low)),
        (None, Some(high)) => format!("{percent} % interval up to {}", short(high)),
        (None, None) => "any temperature".to_owned(),
    };
    let value = match (fit.status, fit.temperature, fit.temperature_std_error) {
        (FitStatus::Measured, Some(t), Some(error)) => with_error(t, Some(error)),
        (FitStatus::GroundStates, ..) => "0: only the likeliest tokens were drawn".to_owned(),
        (FitStatus::Inverted, Some(t), _) if fit.temperature_low.is_none_or(|low| low < 0.0) => {
            format!("{} (negative: unlikely tokens are preferred)", short(t))
        }
        (FitStatus::Inverted, ..) => "infinite or negative".to_owned(),
        _ => "not determined".to_owned(),
    };
    let sum = short(fit.sum_heat_capacity);
    format!(
        "{value} times the temperature of the reported distribution; {bounds}; the heat capacities of {} draws add up to {sum}",
        fit.n_draws
    )
}

fn reference(report: &Measurement) -> String {
    let reference = &report.reference;
    let mut text = match (reference.mode, reference.source) {
        (Some(LogprobsMode::Raw), ReferenceSource::Given) => "assumed raw: those of the model at T = 1".to_owned(),
        (Some(LogprobsMode::Tempered), ReferenceSource::Given) => {
            "assumed tempered: those at the sampling temperature".to_owned()
        }
        (Some(LogprobsMode::Raw), ReferenceSource::Format) => {
            "raw (T = 1), as their format is by default; --logprobs-mode says otherwise".to_owned()
        }
        (Some(LogprobsMode::Tempered), ReferenceSource::Format) => {
            "tempered (at the sampling temperature), as their format is by default; --logprobs-mode says otherwise"
                .to_owned()
        }
        (Some(LogprobsMode::Raw), ReferenceSource::Gaps) => {
            "raw (T = 1), because their gaps are multiples of one quantum".to_owned()
        }
        (Some(LogprobsMode::Tempered), ReferenceSource::Gaps) => {
            "tempered (at the sampling temperature), because of the quantum of their gaps".to_owned()
        }
        (Some(LogprobsMode::Raw), _) => "raw (T = 1), if the requested temperature was applied".to_owned(),
        (Some(LogprobsMode::Tempered), _) => {
            "tempered if the requested temperature was applied; raw if no temperature was applied".to_owned()
        }
        (None, _) => "raw or tempered: the draws alone do not decide".to_owned(),
    };
    if let Some(found) = &reference.quantum {
        let _ = write!(text, "; all {} distinct gaps are multiples of {}", found.n_gaps, short(found.quantum));
        if !found.power_of_two && !found.temperatures.is_empty() {
            let list: Vec<String> = found.temperatures.iter().map(|t| short(*t)).collect();
            let _ = write!(text, ", as for 16-bit logits at T = {}", list.join(" or "));
        }
    }
    text
}

fn tests(report: &Measurement, lines: &mut Lines) {
    for tested in &report.tested {
        let names =
            tested.battery.tests.iter().filter(|test| !matches!(test.subject, TestKind::Impossible | TestKind::Gaps));
        let list: Vec<String> = names
            .map(|test| {
                let mark = if test.rejected { " (!)" } else { "" };
                format!("{} {}{mark}", test.subject.name(), p_value(test.p_value))
            })
            .collect();
        let each = short(tested.battery.alpha_each);
        // At T = 0 draws are possible or not.
        if !list.is_empty() {
            lines.add(
                "p-values",
                &format!("for {} logprobs: {}; below {each} rejects", tested.mode.name(), list.join(", ")),
            );
        }
    }
    if let Some(shape) = &report.at_fit.shape {
        lines.add(
            "fit",
            &format!(
                "at the measured temperature: p = {} for the ranks (conservative, because T was fitted), p = {} for \
                 the tail",
                p_value(shape.ks_p_value),
                p_value(shape.tail_p_value)
            ),
        );
    }
    let unlisted = report.best_tested().map_or(report.at_fit.unlisted, |tested| tested.battery.unlisted);
    if let Some(count) = unlisted {
        let range = format!("{} to {}", short(count.expected_low), short(count.expected_high));
        lines.add(
            "unlisted",
            &format!("{} drawn; {range} expected, depending on what the unlisted tokens are", count.seen),
        );
    }
}

fn truncations(report: &Measurement, lines: &mut Lines) {
    if report.truncations.is_empty() {
        let p = report.at_fit.truncation.as_ref().map(|test| (test.n_hypotheses, test.p_value));
        if let Some((n, p)) = p {
            let text = format!(
                "no sign of one: p = {} at the measured temperature, for the {n} kinds and orders that were tested",
                p_value(p)
            );
            lines.add("truncation", &text);
        }
    }
    if let Some(n) = report.n_searched {
        lines.add("truncations", &format!("looked for at {n} of the {} positions", report.n_positions));
    }
    if let Some(pair) = &report.pair {
        let (gain, removed) = (pair.second.gain, short(pair.second.removed));
        lines.add(
            "truncations",
            &format!("{}: ln L higher by {gain:.1}; the second removes {removed} of the probability", pair_words(pair)),
        );
    }
    for found in report.truncations.iter().take(4) {
        let mut text = format!(
            "{} {} ({} to {}){}: ln L higher by {:.1}; removes {} of the probability",
            found.kind,
            short(found.parameter),
            short(found.parameter_low),
            short(found.parameter_high),
            order_words(found.order),
            found.gain,
            short(found.removed)
        );
        if let Some([value, low, high]) = found.after {
            let _ = write!(
                text,
                "; the same tokens are kept by {} ({} to {}) after the temperature",
                short(value),
                short(low),
                short(high)
            );
        }
        lines.add("truncation", &text);
    }
}

fn power(report: &Measurement, lines: &mut Lines) {
    let power = &report.power;
    let n = report.fit.n_draws;
    let temperature = power.relative_temperature_error.map_or_else(
        || "no wrong temperature".to_owned(),
        |error| format!("a temperature wrong by {:.2} % (with {:.0} % probability)", 100.0 * error, 100.0 * POWER),
    );
    let removed = if power.removed_share < 1.0 {
        format!(", a truncation of {} of the probability", short(power.removed_share))
    } else {
        String::new()
    };
    let gap = power
        .deepest_gap
        .map_or(String::new(), |gap| format!(", a cut-off at an energy of {} or less above the lowest", short(gap)));
    let inside = if report.n_partial > report.n_without_list { " inside the lists" } else { "" };
    lines.add("power", &format!("these {n} tokens would have shown{inside}: {temperature}{removed}{gap}"));
    if !inside.is_empty() {
        lines.add("", "a truncation that keeps all listed tokens is seen in the unlisted draws alone; --vocabulary N makes that test sharper");
    }
    lines.add(
        "not seen",
        "smaller effects: random numbers of 24 bits change probabilities by at most 6e-8, and draws by exponential or Gumbel noise made of them \
         never take a token whose energy is more than 17 T above the lowest; whether top-k, min-p or top-n-sigma acts before or after the temperature",
    );
}

fn interval(interval: Interval) -> String {
    match (interval.low, interval.high) {
        (Some(low), Some(high)) if high - low <= 1e-9 * high.abs() => short(low),
        (Some(low), Some(high)) => format!("{} to {}", short(low), short(high)),
        (Some(low), None) => format!("{} or more", short(low)),
        (None, Some(high)) => format!("{} or less", short(high)),
        (None, None) => "unbounded".to_owned(),
    }
}

fn p_value(p: f64) -> String {
    if p == 0.0 {
        "0".to_owned()
    } else if p < 1e-3 {
        format!("{p:.1e}")
    } else {
        short(p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{Canonical, Spectrum};
    use crate::rng::Seed;
    use crate::samplers::InverseCdf;
    use crate::tokens::thermometer::{Request, measure};
    use crate::tokens::{Draw, Position};
    use crate::units::Temperature;

    #[test]
    fn the_verdict_stands_first_and_is_plain() {
        let logits: Vec<f64> = (0..60).map(|i| f64::from(i * i % 61) / 12.7).collect();
        let listed = Spectrum::from_logits(&logits).unwrap();
        let sampler = InverseCdf::new(&Canonical::new(&listed, Temperature::new(0.49).unwrap().beta()));
        let mut rng = Seed(1).set_up();
        let drawn = (0..2000).map(|_| Draw::Listed(sampler.draw(&mut rng))).collect();
        let positions = [Position { drawn, ..Position::full("row 1", listed) }];
        let request = Request { temperature: Some(Temperature::new(0.7).unwrap()), ..Request::default() };
        let report = measure(&positions, &request, Seed(1)).unwrap();
        let text = thermometer_text(&report, &Provenance::default());
        let (first, _) = text.split_once("\ntokens ").unwrap();
        assert!(first.starts_with("verdict       requested 0.7, measured 0."), "{first}");
        let sentence = first.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(sentence.contains(": the draws are as if the temperature were applied twice; a mask,"), "{first}");
        assert!(sentence.ends_with(" [rejected at alpha = 0.01]"), "{first}");
        assert!(text.lines().all(|line| line.len() > WIDTH && line.chars().nth(WIDTH) == Some(' ')), "{text}");
        let json = thermometer_json(&report, &Provenance::default()).unwrap();
        assert!(json.contains("\"kind\": \"applied_twice\""), "{json}");
    }
}

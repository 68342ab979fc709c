//! Tables of a model's tokens: contexts beside the random energy model, matched temperatures, the corpus temperature.

use crate::experiments::random_energy::{Freezing, RandomEnergy};
use crate::report::notes::no_effect_sentence;
use crate::report::table::{Cell, Table};
use crate::tokens::truncation::TemperatureOrder;
#[cfg(feature = "llm")]
use crate::tokens::views::corpus::CorpusTemperature;
use crate::tokens::views::matching::{Match, Prompts};
use crate::tokens::views::{Explanation, Steps};

/// One row per context, its own values before those of the Gaussian average of the same V and sigma.
pub(super) fn random_energy(contexts: &[RandomEnergy]) -> Table {
    let freezing =
        ["peak_temperature", "peak_heat_capacity", "peak_over_t_c", "y2_at_1", "y2_at_half_t_c", "y2_at_t_c", "depth"];
    let gaussian: Vec<String> = freezing.iter().map(|column| format!("gaussian_{column}")).collect();
    let gaussian: Vec<&str> = gaussian.iter().map(String::as_str).collect();
    let context = ["context"];
    let shape = ["n_tokens", "sigma", "skewness", "excess_kurtosis", "t_c", "gap_over_t_c"];
    let named = |columns| [&context[..], columns].concat();
    let mut table = Table::new(&[&context[..], &shape, &freezing, &gaussian].concat()).with_views(&[
        &named(&shape),
        &named(&freezing),
        &named(&gaussian),
    ]);
    for context in contexts {
        let t_c = context.freezing.get();
        let values = |f: &Freezing| {
            let peak = f.peak.temperature.get();
            [peak, f.peak.heat_capacity, peak / t_c].into_iter().chain([
                f.participation_at_one,
                f.participation_at_half,
                f.participation_at_freezing,
                f.depth,
            ])
        };
        let shape = [context.n_tokens, context.sigma, context.skewness, context.excess_kurtosis, t_c, context.gap];
        let numbers = shape.into_iter().chain(values(&context.context)).chain(values(&context.gaussian));
        table.push(std::iter::once(context.prompt.as_str().into()).chain(numbers.map(Cell::from)).collect());
    }
    table
}

/// One row per temperature of the first model.
pub(super) fn matches(matches: &[Match]) -> Table {
    let mut table = Table::new(&[
        "temperature",
        "entropy",
        "entropy_std_error",
        "heat_capacity",
        "matched_temperature",
        "matched_temperature_std_error",
        "matched_heat_capacity",
        "n_contexts",
        "prompts",
    ]);
    for m in matches {
        table.push(vec![
            m.temperature.get().into(),
            m.entropy.value.into(),
            m.entropy.std_error.into(),
            m.heat_capacity.value.into(),
            m.matched.value.into(),
            m.matched.std_error.into(),
            m.matched_heat_capacity.value.into(),
            m.matched.n_eff.into(),
            match m.prompts {
                Prompts::Same => "same",
                Prompts::Different => "different",
            }
            .into(),
        ]);
    }
    table
}

/// One row per context, temperature and step, with the reason why temperature changes nothing in files.
pub(super) fn explanations(explanations: &[Explanation], order: TemperatureOrder) -> Table {
    let mut table = Table::new(&["context", "temperature", "step", "kept", "removed", "reason"]).with_views(&[&[
        "context",
        "temperature",
        "step",
        "kept",
        "removed",
    ]]);
    for Explanation { context, n_tokens, steps, no_effect } in explanations {
        let reason = no_effect.as_ref().map(no_effect_sentence);
        for Steps { temperature, stages } in steps {
            let tempered = |n_kept: usize| ("temperature".to_owned(), n_kept, Some(0.0));
            let cut = stages.iter().map(|stage| (stage.truncation.to_string(), stage.n_kept, Some(stage.removed)));
            let mut rows = vec![("all tokens".to_owned(), *n_tokens, None)];
            match order {
                TemperatureOrder::First => rows.extend(std::iter::once(tempered(*n_tokens)).chain(cut)),
                TemperatureOrder::Last => {
                    rows.extend(cut);
                    rows.push(tempered(rows.last().map_or(0, |row| row.1)));
                }
            }
            for (step, n_kept, removed) in rows {
                table.push(vec![
                    context.as_str().into(),
                    temperature.get().into(),
                    step.into(),
                    (n_kept as u64).into(),
                    removed.into(),
                    reason.clone().into(),
                ]);
            }
        }
    }
    table
}

/// One row per text.
#[cfg(feature = "llm")]
pub(super) fn corpus(texts: &[(String, CorpusTemperature)]) -> Table {
    let mut table = Table::new(&[
        "text",
        "n_tokens",
        "corpus_temperature",
        "std_error",
        "information_error",
        "loss_at_1",
        "loss",
        "heat_capacity",
    ]);
    for (name, found) in texts {
        table.push(vec![
            name.as_str().into(),
            (found.n_tokens as u64).into(),
            found.temperature.value.into(),
            found.temperature.std_error.into(),
            found.information_error.into(),
            found.loss_at_one.into(),
            found.loss.into(),
            found.heat_capacity.into(),
        ]);
    }
    table
}

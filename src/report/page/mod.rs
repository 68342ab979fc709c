//! `report.html`: the whole story on one page with one temperature, self-contained. The page computes nothing; it looks up what was
//! computed at a list of temperatures.

mod charts;
mod looked_up;

use minijinja::Environment;
use minijinja::value::Serde;
use serde_json::json;

use super::figures::FigureName;
use super::files::ReportError;
use super::number::significant;
use super::printable::{printable, printable_line};
use super::summary::{verdict_line, word};
use crate::experiments::compare::{Comparison, Glow, KELVIN, Lookup, SHOWN_PARTICLES, SIDE, Side};
use charts::{Chart, labelled, visible_band};
use looked_up::{LookedUp, spoken};

const TEMPLATE: &str = include_str!("../../../assets/page/page.html");
const STYLE: &str = include_str!("../../../assets/page/page.css");
const SCRIPT: &str = include_str!("../../../assets/page/page.js");

/// Temperatures with a button of their own.
const MARKS: [f64; 9] = [0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0, f64::INFINITY];
/// The temperature at first, and all there is without a script.
const AT_FIRST: f64 = 1.0;

/// The temperature of the lattice without a script.
const STILL: f64 = 2.2;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// What is looked up.
    pub lookup: &'a Lookup,
    /// Hot bodies and hot models.
    pub glow: &'a Glow,
    /// Names of the likeliest tokens of each context, as in [`Lookup::contexts`].
    pub token_names: Vec<Vec<String>>,
    /// What the model wrote after each prompt at the temperatures of [`written`](crate::experiments::compare::written); empty for a file.
    pub texts: Vec<Vec<String>>,
    /// The model or file, as in "the next token of ...".
    pub model: String,
    /// The command that makes the page again.
    pub command: String,
    /// What was left out, cut or guessed of a file.
    pub reading: Vec<String>,
}

impl Page<'_> {
    /// The text of the file.
    ///
    /// # Errors
    ///
    /// A figure that cannot be drawn.
    pub fn to_html(&self) -> Result<String, ReportError> {
        let temperatures = &self.lookup.temperatures;
        let index = |t: f64| temperatures.iter().position(|at| at.get() == t).unwrap_or(0);
        let first = index(AT_FIRST);
        let charts = Chart::all(self.comparison, self.glow, temperatures)?;
        let data = LookedUp::of(self.comparison, self.lookup, (&self.token_names, &self.texts), &charts);
        let glow = FigureName::Glow.describe(&FigureName::Glow.table(self.comparison, self.glow).to_csv())?;
        let headline =
            FigureName::SameForm.describe(&FigureName::SameForm.table(self.comparison, self.glow).to_csv())?;
        let marks = MARKS.map(|t| json!({ "index": index(t), "label": looked_up::label(t), "spoken": spoken(t) }));
        let tokens = self.comparison.side(Side::Tokens).next();
        let page = json!({
            "css": STYLE,
            "script": SCRIPT,
            "data": data.to_json(),
            "index": first,
            "last": temperatures.len() - 1,
            "marks": marks,
            "model": printable(&self.model),
            "of_file": self.texts.is_empty(),
            "vocabulary": tokens.map(|f| significant(f.subject.ln_states.exp().round(), 7)),
            "headline": labelled(&headline.to_svg()?, &headline.title),
            "shown_particles": SHOWN_PARTICLES,
            "fillings": data.fillings_at(first),
            "prompts": data.prompts_at(first),
            "at_five": data.effective(0, index(5.0)),
            "text": data.text_at(first),
            "side": SIDE,
            "still": { "temperature": looked_up::label(STILL), "path": charts::lattice_path(&self.lookup.lattices[index(STILL)]) },
            "charts": charts.iter().map(|chart| json!({ "title": chart.title, "svg": chart.svg })).collect::<Vec<_>>(),
            "subjects": data.subjects_at(first),
            "now": { "temperature": looked_up::label(AT_FIRST), "body": data.body(first), "magnetization": data.magnetization(first) },
            "visible": { "left": visible_band().0, "width": visible_band().1 },
            "kelvin": significant(KELVIN, 6),
            "glow": labelled(&glow.to_svg()?, &glow.title),
            "verdict": verdict_line(self.comparison),
            "verdicts": self.verdicts(),
            "command": printable(&self.command),
            "version": env!("CARGO_PKG_VERSION"),
            "reading": &self.reading,
        });
        let mut environment = Environment::new();
        let refused =
            |error: minijinja::Error| ReportError::Data { figure: "report.html", reason: format!("{error:#}") };
        environment.add_template("page.html", TEMPLATE).map_err(refused)?;
        environment.get_template("page.html").and_then(|template| template.render(Serde(page))).map_err(refused)
    }

    /// One row for each test and subject.
    fn verdicts(&self) -> Vec<[String; 8]> {
        let rows = self.comparison.findings.iter().flat_map(|findings| {
            findings.tests.iter().map(|test| {
                [
                    findings.subject.side.name().to_owned(),
                    printable_line(&test.subject).into_owned(),
                    test.test.name().to_owned(),
                    test.measured.to_string(),
                    significant(test.predicted, 6),
                    format!("{:+.2}", test.z),
                    format!("{:+.2}", test.control_z),
                    word(test, self.comparison.bound).to_owned(),
                ]
            })
        });
        rows.collect()
    }
}

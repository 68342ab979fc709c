//! The common table of all figures: one row per curve point, estimate, text or swatch.

use crate::estimators::Estimate;
use crate::report::files::ReportError;
use crate::report::printable::from_csv_cell;
use crate::report::table::{Cell, Table};

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A point of an exact curve.
    Exact,
    /// An estimate.
    Sampled,
    /// A point of a prediction to compare with.
    Prediction,
    /// A point of a lower bound.
    Low,
    /// A point of an upper bound.
    High,
    /// A colour, in `label`.
    Swatch,
    /// A text, in `label`.
    Text,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Exact, Self::Sampled, Self::Prediction, Self::Low, Self::High, Self::Swatch, Self::Text];

    fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Sampled => "sampled",
            Self::Prediction => "prediction",
            Self::Low => "low",
            Self::High => "high",
            Self::Swatch => "swatch",
            Self::Text => "text",
        }
    }
}

/// The panel of particles.
pub const PARTICLES: &str = "particles";
/// The panel of tokens.
pub const TOKENS: &str = "tokens";

/// A table under construction.
pub struct Rows {
    table: Table,
    /// What abscissa and ordinate are, with units, where panels differ.
    quantities: Option<[String; 2]>,
}

/// The columns of all figures, but for abscissa and ordinate.
const BEFORE: [&str; 3] = ["panel", "series", "kind"];
const AFTER: [&str; 3] = ["std_error", "exact", "label"];

impl Rows {
    /// A table whose abscissa and ordinate have these headers, with units.
    pub fn new(x: &str, y: &str) -> Self {
        Self { table: Table::new(&[&BEFORE[..], &[x, y], &AFTER].concat()), quantities: None }
    }

    /// A table of panels with different abscissae and ordinates: each row says what its own are, as [`Rows::these`] has set it.
    pub fn of_many_quantities() -> Self {
        let own = ["x_quantity", "y_quantity"];
        Self {
            table: Table::new(&[&BEFORE[..], &["x", "y"], &AFTER, &own].concat()),
            quantities: Some(Default::default()),
        }
    }

    /// Says what abscissa and ordinate of the rows to come are, with units.
    pub fn these(&mut self, x: &str, y: &str) {
        self.quantities = Some([x, y].map(str::to_owned));
    }

    /// A point of a curve.
    pub fn point(&mut self, panel: &str, series: &str, kind: Kind, x: f64, y: f64) {
        self.push(panel, series, kind, [x.into(), y.into(), Cell::Empty, Cell::Empty, Cell::Empty]);
    }

    /// An estimate, beside the exact value where there is one to judge it by.
    pub fn estimate(&mut self, panel: &str, series: &str, x: f64, estimate: Estimate, exact: Option<f64>) {
        let cells = [x.into(), estimate.value.into(), estimate.std_error.into(), exact.into(), Cell::Empty];
        self.push(panel, series, Kind::Sampled, cells);
    }

    /// A text or colour that belongs to `x`.
    pub fn label(&mut self, panel: &str, series: &str, kind: Kind, x: f64, label: &str) {
        self.push(panel, series, kind, [x.into(), Cell::Empty, Cell::Empty, Cell::Empty, label.into()]);
    }

    fn push(&mut self, panel: &str, series: &str, kind: Kind, cells: [Cell; 5]) {
        let head = [panel, series, kind.name()].map(Cell::from);
        let own = self.quantities.iter().flatten().map(|quantity| Cell::from(quantity.as_str()));
        self.table.push(head.into_iter().chain(cells).chain(own).collect());
    }

    /// The finished table.
    pub fn finish(self) -> Table {
        self.table
    }
}

/// One row read back.
#[derive(Clone, Debug)]
pub struct Row {
    /// Panel it belongs to.
    pub panel: String,
    /// Series within the panel.
    pub series: String,
    /// What it is.
    pub kind: Kind,
    /// Abscissa.
    pub x: f64,
    /// Ordinate, NaN where empty.
    pub y: f64,
    /// Standard error, NaN where empty.
    pub std_error: f64,
    /// Exact value, NaN where empty.
    pub exact: f64,
    /// Text.
    pub label: String,
    /// What its abscissa is, with its unit; empty where that is the same in all panels.
    pub x_quantity: String,
    /// The same of its ordinate.
    pub y_quantity: String,
}

impl Row {
    /// Reads all rows of a CSV text.
    pub fn read(figure: &'static str, csv: &str) -> Result<Vec<Self>, ReportError> {
        let bad = |reason: String| ReportError::Data { figure, reason };
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        reader
            .records()
            .enumerate()
            .map(|(i, record)| {
                let record = record.map_err(|e| bad(e.to_string()))?;
                let field = |k: usize| from_csv_cell(record.get(k).unwrap_or_default());
                let number = |k: usize| match field(k) {
                    "" => Ok(f64::NAN),
                    text => text.parse::<f64>().map_err(|_| bad(format!("row {}: `{text}` is no number", i + 1))),
                };
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == field(2));
                Ok(Self {
                    panel: field(0).to_owned(),
                    series: field(1).to_owned(),
                    kind: kind.ok_or_else(|| bad(format!("row {}: unknown kind `{}`", i + 1, field(2))))?,
                    x: number(3)?,
                    y: number(4)?,
                    std_error: number(5)?,
                    exact: number(6)?,
                    label: field(7).to_owned(),
                    x_quantity: field(8).to_owned(),
                    y_quantity: field(9).to_owned(),
                })
            })
            .collect()
    }

    /// Names of the series of `panel`, in order of appearance.
    pub fn series_of<'a>(rows: &'a [Self], panel: &str) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for row in rows.iter().filter(|row| row.panel == panel) {
            if !names.contains(&row.series.as_str()) {
                names.push(&row.series);
            }
        }
        names
    }

    /// The rows of one series of one kind.
    pub fn of<'a>(rows: &'a [Self], panel: &'a str, series: &'a str, kind: Kind) -> impl Iterator<Item = &'a Self> {
        rows.iter().filter(move |row| row.panel == panel && row.series == series && row.kind == kind)
    }
}

//! Configurations of particles as extended XYZ, the text that viewers of trajectories read: written, and read back.

use std::fmt::Write;

use super::files::ReportError;
use crate::simulation::Snapshot;

/// Name of the particles: argon, so that viewers know a radius.
const SPECIES: &str = "Ar";

/// The frames of `snapshots`, one after the other: box, energy and temperature in the comment, then a line for each
/// particle. Lengths and energies are in the units of the simulation.
///
/// # References
///
/// The extended XYZ specification, <https://github.com/libAtoms/extxyz>.
#[must_use]
pub fn to_xyz(snapshots: &[Snapshot]) -> String {
    let mut text = String::new();
    for snapshot in snapshots {
        let side = snapshot.side;
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "{}\nLattice=\"{side} 0 0 0 {side} 0 0 0 {side}\" Properties=species:S:1:pos:R:3 pbc=\"T T T\" energy={} \
             temperature={}",
            snapshot.positions.len(),
            snapshot.energy,
            snapshot.temperature
        );
        for [x, y, z] in &snapshot.positions {
            let _ = writeln!(text, "{SPECIES} {x} {y} {z}");
        }
    }
    text
}

/// The last frame of a text in (extended) XYZ.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Positions, `[n]`.
    pub positions: Vec<[f64; 3]>,
    /// Side of the box, where the comment has a cubic one.
    pub side: Option<f64>,
}

/// Reads the last frame of `text`; columns other than the position are ignored.
///
/// # Errors
///
/// Text that is not of this form (the line is named), a box that is no cube, or no frame at all.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), gibbs::report::ReportError> {
/// let frame = gibbs::report::last_frame("1\nLattice=\"2 0 0 0 2 0 0 0 2\"\nAr 0.5 1e-1 0\n")?;
/// assert_eq!((frame.positions[0], frame.side), ([0.5, 0.1, 0.0], Some(2.0)));
/// assert!(gibbs::report::last_frame("2\n\nAr 0 0 0\n").is_err());
/// # Ok(())
/// # }
/// ```
pub fn last_frame(text: &str) -> Result<Frame, ReportError> {
    let refuse = |line: usize, reason: &str| ReportError::Xyz { line: line + 1, reason: reason.to_owned() };
    let lines: Vec<&str> = text.lines().collect();
    let (mut at, mut last) = (0, None);
    while at < lines.len() {
        if lines[at].trim().is_empty() {
            at += 1;
            continue;
        }
        let n: usize = lines[at].trim().parse().map_err(|_| refuse(at, "expected the number of particles"))?;
        let comment = lines.get(at + 1).ok_or_else(|| refuse(at, "expected a comment line after it"))?;
        let side = side(comment).map_err(|reason| refuse(at + 1, reason))?;
        let column = position_column(comment).map_err(|reason| refuse(at + 1, reason))?;
        let first = at + 2;
        let rows = n.checked_add(first).and_then(|end| lines.get(first..end));
        let rows = rows.ok_or_else(|| refuse(at, "fewer particles follow than it says"))?;
        let positions = (first..).zip(rows).map(|(number, row)| {
            position(row, column).ok_or_else(|| refuse(number, "expected a species and three finite coordinates"))
        });
        last = Some(Frame { positions: positions.collect::<Result<_, _>>()?, side });
        at = first + n;
    }
    last.ok_or_else(|| refuse(0, "expected the number of particles, got an empty file"))
}

fn position(row: &str, column: usize) -> Option<[f64; 3]> {
    let mut words = row.split_whitespace().skip(column).map(|word| word.parse::<f64>().ok().filter(|x| x.is_finite()));
    Some([words.next()??, words.next()??, words.next()??])
}

/// The value of `key` in a comment line, quotes removed.
fn value<'a>(comment: &'a str, key: &str) -> Option<&'a str> {
    let start = comment.to_ascii_lowercase().find(&format!("{key}="))? + key.len() + 1;
    let rest = &comment[start..];
    match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next(),
        _ => rest.split_whitespace().next(),
    }
}

/// The column in which positions start: after the species, unless the comment says otherwise.
fn position_column(comment: &str) -> Result<usize, &'static str> {
    let Some(properties) = value(comment, "properties") else { return Ok(1) };
    let fields: Vec<&str> = properties.split(':').collect();
    let mut column = 0;
    for field in fields.chunks(3) {
        match field {
            ["pos", "R", "3"] => return Ok(column),
            [_, _, width] => column += width.parse::<usize>().map_err(|_| "expected Properties=name:type:width:...")?,
            _ => return Err("expected Properties=name:type:width:..."),
        }
    }
    Err("expected pos:R:3 among its Properties")
}

/// The side of the box in a comment line, if there is a box.
fn side(comment: &str) -> Result<Option<f64>, &'static str> {
    let Some(lattice) = value(comment, "lattice") else { return Ok(None) };
    let numbers: Vec<f64> = lattice.split_whitespace().map(|x| x.parse().unwrap_or(f64::NAN)).collect();
    let cube = numbers.len() == 9
        && (0..9).all(|k| numbers[k] == if k % 4 == 0 { numbers[0] } else { 0.0 })
        && numbers[0] > 0.0
        && numbers[0].is_finite();
    if cube { Ok(Some(numbers[0])) } else { Err("expected a cubic box in Lattice=\"L 0 0 0 L 0 0 0 L\"") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Temperature;

    #[test]
    fn what_is_written_is_read_back_to_the_last_bit() {
        let snapshot = |shift: f64| Snapshot {
            temperature: Temperature::new(0.85).unwrap(),
            energy: -1.0 / 3.0,
            side: 1e3f64.cbrt() / 3.0,
            positions: vec![[shift / 3.0, 1e-300, -0.1], [0.0, 2.0 / 7.0, 1.0]],
        };
        let frame = last_frame(&to_xyz(&[snapshot(1.0), snapshot(2.0)])).unwrap();
        assert_eq!(frame, Frame { positions: snapshot(2.0).positions, side: Some(snapshot(2.0).side) });
    }

    #[test]
    fn plain_xyz_has_no_box() {
        let frame = last_frame("\n1\nany words\nH 1 2 3 9 9\n\n").unwrap();
        assert_eq!(frame, Frame { positions: vec![[1.0, 2.0, 3.0]], side: None });
    }

    #[test]
    fn columns_and_quotes_are_those_of_the_comment() {
        let text = "1\nproperties=species:S:1:velo:R:3:pos:R:3 lattice='9 0 0 0 9 0 0 0 9'\nAr 1 2 3 4 5 6\n";
        assert_eq!(last_frame(text).unwrap(), Frame { positions: vec![[4.0, 5.0, 6.0]], side: Some(9.0) });
    }

    #[test]
    fn what_is_no_frame_is_refused_with_its_line() {
        for (text, expected) in [
            ("", "line 1: expected the number of particles, got an empty file"),
            ("two\n\n", "line 1: expected the number of particles"),
            ("1", "line 1: expected a comment line after it"),
            ("2\n\nH 0 0 0\n", "line 1: fewer particles follow than it says"),
            ("18446744073709551615\n\nH 0 0 0\n", "line 1: fewer particles follow than it says"),
            ("1\n\nH 0 0\n", "line 3: expected a species and three finite coordinates"),
            ("1\n\nH 0 nan 0\n", "line 3: expected a species and three finite coordinates"),
            ("1\nProperties=species:S:1\nH\n", "line 2: expected pos:R:3 among its Properties"),
            ("1\nLattice=\"9 0 0 x 9 0 0 0 9\"\nH 0 0 0\n", "line 2: expected a cubic box"),
            ("1\nLattice=\"-9 0 0 0 -9 0 0 0 -9\"\nH 0 0 0\n", "line 2: expected a cubic box"),
            ("1\n\nH 0 0 0\n\n1\nLattice=\"1 0 0 0 2 0 0 0 1\"\nH 0 0 0\n", "line 6: expected a cubic box"),
        ] {
            let message = last_frame(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
    }
}

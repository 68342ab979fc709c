//! Bonds of a spin glass from a table, checked line by line.

use std::collections::BTreeMap;

use super::bonds::Bond;
use super::couplings_error::CouplingsError;
use crate::arrays::{ArrayError, NumberTable};

/// Sites are numbered below 2^31.
const MOST_SITES: f64 = 2_147_483_648.0;

/// The bonds of a table, sorted by their sites.
pub(super) fn parse(text: &str) -> Result<Vec<Bond>, CouplingsError> {
    let table = NumberTable::parse(text)?;
    if let Some(header) = &table.header {
        let names: Vec<&str> = header.iter().map(String::as_str).collect();
        if !matches!(names[..], ["i", "j", "j" | "j_ij"]) {
            return Err(ArrayError::Header { expected: "i,j,J", found: names.join(",") }.into());
        }
    }
    // By (smaller, larger) site: the coupling, the line of the first mention and whether it had the smaller site first.
    let mut seen: BTreeMap<(u32, u32), Mention> = BTreeMap::new();
    for (line, cells) in &table.rows {
        let line = *line;
        let &[i, j, coupling] = three(line, cells)?;
        let (i, j) = (site(line, i)?, site(line, j)?);
        if i == j {
            return Err(CouplingsError::SelfBond { line, site: i });
        }
        if !coupling.is_finite() {
            return Err(CouplingsError::Coupling { line, value: coupling });
        }
        let forward = i < j;
        let mention = Mention { coupling, line, forward, both: false };
        let first = seen.entry((i.min(j), i.max(j))).or_insert(mention);
        if first.line == line {
            continue;
        }
        let (first_line, first_coupling) = (first.line, first.coupling);
        if first.both || first.forward == forward {
            return Err(CouplingsError::Repeated { i, j, first_line, line });
        }
        if first_coupling != coupling {
            let (first, second) = (first_coupling, coupling);
            return Err(CouplingsError::Asymmetric { i, j, first_line, line, first, second });
        }
        first.both = true;
    }
    check_directions(&seen)?;
    check_gaps(seen.keys())?;
    Ok(seen.into_iter().map(|((i, j), mention)| Bond { i, j, coupling: mention.coupling }).collect())
}

/// Where a bond was first given, and whether the other direction followed.
struct Mention {
    coupling: f64,
    line: u64,
    forward: bool,
    both: bool,
}

fn three(line: u64, cells: &[f64]) -> Result<&[f64; 3], ArrayError> {
    cells.try_into().map_err(|_| ArrayError::Columns { line, expected: 3, found: cells.len() })
}

fn site(line: u64, value: f64) -> Result<u32, CouplingsError> {
    if (0.0..MOST_SITES).contains(&value) && value.fract() == 0.0 {
        Ok(value as u32)
    } else {
        Err(CouplingsError::Site { line, value })
    }
}

fn check_directions(seen: &BTreeMap<(u32, u32), Mention>) -> Result<(), CouplingsError> {
    if !seen.values().any(|mention| mention.both) {
        return Ok(());
    }
    match seen.iter().find(|(_, mention)| !mention.both) {
        None => Ok(()),
        Some((&(a, b), mention)) => {
            let (i, j) = if mention.forward { (a, b) } else { (b, a) };
            Err(CouplingsError::OneWay { line: mention.line, i, j })
        }
    }
}

fn check_gaps<'a>(bonds: impl Iterator<Item = &'a (u32, u32)>) -> Result<(), CouplingsError> {
    let mut sites: Vec<u32> = bonds.flat_map(|&(i, j)| [i, j]).collect();
    sites.sort_unstable();
    sites.dedup();
    let last = *sites.last().ok_or(CouplingsError::Empty)?;
    match sites.iter().zip(0..).find(|&(&site, expected)| site != expected) {
        None => Ok(()),
        Some((_, site)) => Err(CouplingsError::Gap { site, last }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_with_and_without_header_and_in_either_direction() {
        let bond = |i, j, coupling| Bond { i, j, coupling };
        let expected = vec![bond(0, 1, 0.5), bond(0, 2, -1.0), bond(1, 2, 2.0)];
        for text in [
            "i[1],j[1],J_ij[E0]\n0,1,0.5\n1,2,2\n2,0,-1\n",
            "i,j,J\n1,0,0.5\n\n# a comment\n2,1,2.0\n0,2,-1",
            "0,1,0.5\n1,0,0.5\n1,2,2\n2,1,2\n2,0,-1\n0,2,-1",
        ] {
            assert_eq!(parse(text).unwrap(), expected);
        }
    }

    #[test]
    fn every_refusal_names_its_cause() {
        let cases = [
            ("", "the table of couplings has no bonds"),
            ("i,k,J\n0,1,1", "the header must be i,j,J, got `i,k,j`"),
            ("i,j,J\n0,1", "line 2: expected 3 columns, got 2"),
            ("0,1\n1,2", "line 1: expected 3 columns, got 2"),
            ("0,1,1\n1,2,", "line 2: expected a number, got ``"),
            ("0,1,1\n1,2,NaN", "line 2: a coupling must be finite, got NaN"),
            ("0,1,-inf", "line 1: a coupling must be finite, got -inf"),
            ("0,1,1\n2,2,1", "line 2: site 2 is bonded to itself"),
            ("0,1,1\n1,1.5,1", "line 2: a site must be a whole number from 0 to 2^31 - 1, got 1.5"),
            ("0,-1,1", "line 1: a site must be a whole number from 0 to 2^31 - 1, got -1"),
            ("0,4000000000,1", "line 1: a site must be a whole number from 0 to 2^31 - 1, got 4000000000"),
            ("0,1,1\n1,3,1", "site 2 has no bond: sites must be numbered from 0 to 3 without gaps"),
            ("1,2,1", "site 0 has no bond: sites must be numbered from 0 to 2 without gaps"),
            ("0,1,1\n1,2,1\n1,0,2", "lines 1 and 3 are asymmetric: J = 1 for 0,1 but 2 for 1,0"),
            ("0,1,1\n1,2,1\n0,1,1", "line 3: bond 0,1 is already given in line 1"),
            ("0,1,1\n1,0,1\n1,0,1", "line 3: bond 1,0 is already given in line 1"),
            (
                "0,1,1\n1,0,1\n2,1,1",
                "line 3: bond 2-1 is given as 2,1 but not as 1,2, while other bonds are given both ways",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}

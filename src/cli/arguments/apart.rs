//! `--` between the systems of `gibbs exact`, where options may still follow.

use std::ffi::OsString;

use clap::Command;

/// What the parser sees in place of `--`: a word that nobody types.
pub const NEXT_SYSTEM: &str = "\u{1e}";

/// The words of the command line with each `--` of `gibbs exact` replaced by [`NEXT_SYSTEM`]. The parser would take options behind
/// `--` for parameters.
pub fn with_systems_apart(command: &Command, words: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = words.iter().position(|word| word == "--") else { return words };
    // What stands before says which command it is, whatever is still missing of it.
    let before = command.clone().ignore_errors(true).try_get_matches_from(&words[..first]);
    if !before.is_ok_and(|matches| matches.subcommand_name() == Some("exact")) {
        return words;
    }
    words.into_iter().map(|word| if word == "--" { NEXT_SYSTEM.into() } else { word }).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;
    use super::*;

    fn apart(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let words = with_systems_apart(&Cli::command(), words);
        words.iter().map(|word| word.to_str().unwrap().replace(NEXT_SYSTEM, "|")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_systems_of_exact_are_set_apart() {
        assert_eq!(apart("gibbs exact a x=1 -- b -T 1 -- c"), "gibbs exact a x=1 | b -T 1 | c");
        assert_eq!(
            apart("gibbs --out exact --quiet exact -T 1:2:3 a -- b"),
            "gibbs --out exact --quiet exact -T 1:2:3 a | b"
        );
        for line in
            ["gibbs exact a -T 1", "gibbs sample a -T 1 -- x=1", "gibbs --out exact systems -- a", "gibbs -- exact"]
        {
            assert_eq!(apart(line), line);
        }
    }
}

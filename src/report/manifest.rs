//! The record beside the results: command, configuration, seed, versions, commit.

use serde::Serialize;
use serde_json::Value;

/// How a set of results was made. It holds no time and no machine, so equal runs leave equal records.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// The command that makes it again, as a line for a shell.
    pub command: String,
    /// The same as a list: the program and its arguments.
    pub arguments: Vec<String>,
    /// All settings, defaults included.
    pub config: Value,
    /// The seed.
    pub seed: u64,
    /// What the logits came from, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of this program.
    pub version: &'static str,
    /// Files it belongs to.
    pub files: Vec<String>,
}

impl Manifest {
    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default();
        super::printable(&text).into_owned()
    }
}

/// `arguments` as one line that a POSIX shell takes apart into the same words; nothing in them is expanded or executed.
///
/// # Examples
///
/// ```
/// use gibbs::report::command_line;
/// assert_eq!(command_line(&["gibbs", "--prompt", "it's $(rm x)"]), r"gibbs --prompt 'it'\''s $(rm x)'");
/// ```
#[must_use]
pub fn command_line<S: AsRef<str>>(arguments: &[S]) -> String {
    arguments.iter().map(|argument| quoted(argument.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_same_words() {
        let words = [
            "In the $(echo x) \"beginning\"",
            "`id`",
            "a'b''c",
            "",
            "out dir",
            "two\nlines",
            "*",
            "~",
            "#x",
            "!!",
            "a\\b",
            "\u{1b}[31m",
            "é",
            "-T",
            "1,2:3",
            "a=b",
            "x;y|z&w",
            "{1,2}",
        ];
        let script = format!("printf '%s\\0' {}", command_line(&words));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let read: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().split_terminator('\0').collect();
        assert_eq!(read, words);
    }
}

//! The program from outside, for tests of the command line.

use std::process::{Command, Output};

pub fn gibbs(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gibbs")).args(arguments).output().unwrap()
}

pub fn stdout(arguments: &[&str]) -> String {
    let output = gibbs(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs something that must be refused: exit code 2, nothing on stdout, one line on stderr that contains `part`.
pub fn refused(arguments: &[&str], part: &str) {
    let output = gibbs(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    assert_eq!(message.trim_end().lines().count(), 1, "{arguments:?}: {message}");
    assert!(message.contains(part), "{arguments:?}: {message}");
}

//! What was probably meant: a parameter written as a flag, or a flag written as a parameter.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ErrorKind};

use super::arguments::Cli;
use gibbs::systems::catalogue;

/// The right form of an unknown flag that is a parameter of the system among `words`.
pub fn of_flag(error: &clap::Error, words: &[String]) -> Option<String> {
    let unknown =
        error.get(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::UnknownArgument)?.to_string();
    let (flag, _) = unknown.split_once('=').unwrap_or((&unknown, ""));
    let at = words.iter().position(|word| word.split('=').next() == Some(flag))?;
    // Of several systems the one that the flag follows.
    let known = |word: &String| catalogue::find(word).ok();
    let system = words[..at].iter().rev().find_map(known).or_else(|| words[at..].iter().find_map(known))?;
    let name = flag.trim_start_matches('-').replace('-', "_").to_lowercase();
    system.parameters.iter().find(|parameter| parameter.name == name)?;
    let value = words[at].split_once('=').map(|(_, value)| value).or(words.get(at + 1).map(String::as_str));
    let value = value.unwrap_or("VALUE");
    Some(format!(
        "error: {system} takes `{name}` as a parameter, without dashes: write `{name}={value}`; `gibbs systems {system}` lists them",
        system = system.name
    ))
}

/// The right form of `key=value` where `key` is an option of `command`.
pub fn of_parameter(command: &str, key: &str, value: &str) -> Option<String> {
    let mut cli = Cli::command();
    cli.build();
    let arguments = cli.find_subcommand(command)?.get_arguments();
    let key = key.replace('_', "-");
    let has_short = |argument: &&clap::Arg| argument.get_short().is_some_and(|short| key == short.to_string());
    let has_long =
        |argument: &&clap::Arg| argument.get_long().is_some_and(|long| long == key || long == format!("{key}s"));
    let option = arguments.into_iter().find(|argument| has_short(argument) || has_long(argument))?;
    let written =
        option.get_short().map_or(format!("--{}", option.get_long().unwrap_or_default()), |c| format!("-{c}"));
    let takes_value = option.get_action().takes_values();
    Some(if takes_value { format!("{written} {value}") } else { written })
}

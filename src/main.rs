//! The program `gibbs`: parse, run, print the error, exit.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}

//! `mailward completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::arguments::Arguments;
use crate::cli::exit::Failure;

/// Prints the script for a shell.
pub fn run(shell: Shell, out: &mut dyn Write) -> Result<(), Failure> {
    out.write_all(&script(shell))?;
    Ok(())
}

/// The script for a shell.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mailward", &mut script);
    script
}

//! `mailward man`: the manual pages.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::arguments::Arguments;
use crate::cli::exit::{Code, Failure};

/// Where things lie, in the page of the program itself.
const FILES: [(&str, &str); 4] = [
    (
        "$XDG_CONFIG_HOME/mailward/mailward.toml",
        "The configuration of a person; $XDG_CONFIG_HOME is usually ~/.config.",
    ),
    (
        "/etc/mailward/mailward.toml",
        "The configuration of the machine, where a person has none of their own.",
    ),
    (
        "$XDG_STATE_HOME/mailward/mailward.db",
        "The state of a person; $XDG_STATE_HOME is usually ~/.local/state. $STATE_DIRECTORY comes first.",
    ),
    (
        "/var/lib/mailward/mailward.db",
        "The state of the system unit.",
    ),
];

/// What the exit codes mean (sysexits.h).
const EXIT_STATUS: [(&str, &str); 9] = [
    ("0", "All went well."),
    ("64", "The command line is wrong."),
    ("65", "The input, or the state file, cannot be used."),
    ("66", "The input is not there."),
    ("69", "Something that is needed is not there."),
    ("74", "Reading or writing failed."),
    ("75", "Somebody else is at it; try again."),
    ("77", "The server refused the login."),
    ("78", "The configuration is wrong."),
];

/// Prints the page of the program, or writes the pages of all commands into a folder.
pub fn run(folder: Option<&Path>, out: &mut dyn Write) -> Result<(), Failure> {
    let pages = pages()?;
    let Some(folder) = folder else {
        if let Some((_, page)) = pages.first() {
            out.write_all(page)?;
        }
        return Ok(());
    };
    let failed = |error: std::io::Error| Failure {
        causes: vec![error.to_string()],
        ..Failure::new(
            Code::Io,
            format!("{}: the pages cannot be written", folder.display()),
            "name a folder that you may write to",
        )
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (name, page) in pages {
        std::fs::write(folder.join(name), page).map_err(failed)?;
    }
    Ok(())
}

/// Every page by its file name, the one of the program first.
pub fn pages() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    // Without `help`, which explains itself.
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut commands = vec![command];
    let mut pages = Vec::new();
    while let Some(command) = commands.pop() {
        let below = command.get_subcommands().filter(|it| !it.is_hide_set());
        commands.extend(below.cloned());
        let name = command.get_display_name().unwrap_or(command.get_name());
        pages.push((name.to_owned(), page(&command)?));
    }
    // The shortest name is the program's own.
    pages.sort();
    let named = pages.into_iter();
    Ok(named
        .map(|(name, page)| (format!("{name}.1"), page))
        .collect())
}

fn page(command: &clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("mailward").date("");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|it| !it.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if command.get_name() == "mailward" {
        list("FILES", &FILES).to_writer(&mut page)?;
        list("EXIT STATUS", &EXIT_STATUS).to_writer(&mut page)?;
    }
    Ok(page)
}

fn list(heading: &str, lines: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, text) in lines {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
    roff
}

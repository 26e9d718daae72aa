//! How fast a mailbox of 100,000 mails is read, beside a reader that does nothing but read the same headers and beside
//! the usual script, from one real Dovecot over TLS in one run: `cargo bench --bench backfill`. Exits 1 above the limits.
//! `-- unsigned` leaves out what servers sign and note on the way, which is four fifths of a header.
//!
//! `cargo test --benches` runs the same with a few mails and checks nothing but that it runs.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock and prints a table, and does not use all of the server"
)]

#[path = "support/account.rs"]
mod account_file;
#[path = "support/blocking.rs"]
mod blocking;
#[path = "../tests/support/dovecot.rs"]
mod dovecot;
#[path = "backfill/mails.rs"]
mod mails;
#[path = "backfill/reader.rs"]
mod reader;
#[path = "backfill/traces.rs"]
mod traces;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use mailward::cli::scan::progress::Progress;
use mailward::cli::scan::reading::Reading;
use mailward::cli::scan::{Found, account};
use mailward::config::parse;
use mailward::engine::rule::RuleSet;
use mailward::engine::wording::Language;

use dovecot::Dovecot;

/// At least so much of the plain reader's speed, and so many times the script's.
const OF_THE_READER: f64 = 0.8;
const OF_THE_SCRIPT: f64 = 10.0;
/// Most that the memory may grow by, in MB, over the reading.
const GROWTH: f64 = 32.0;

/// What people write: one mail after the other, whole, read by the standard library.
const SCRIPT: &str = r#"
import email, imaplib, ssl, sys, time
imap = imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
imap.login("hanako", "secret")
imap.select("INBOX", readonly=True)
began = time.perf_counter()
for number in range(1, int(sys.argv[3]) + 1):
    _, data = imap.fetch(str(number), "(RFC822)")
    email.message_from_bytes(data[0][1])
print(time.perf_counter() - began)
"#;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("reader") => {
            let (port, mails) = (arguments[1].parse().unwrap(), arguments[3].parse().unwrap());
            println!("{}", reader::read(port, Path::new(&arguments[2]), mails));
            return ExitCode::SUCCESS;
        }
        Some("history") => {
            history(Path::new(&arguments[1]));
            return ExitCode::SUCCESS;
        }
        Some(_) | None => {}
    }
    let full = arguments.iter().any(|argument| argument == "--bench");
    let (mails, script, rounds) = if full {
        (100_000, 2_000, 5)
    } else {
        (200, 20, 1)
    };
    let named = arguments.iter().find_map(|argument| argument.parse().ok());
    let mails = named.unwrap_or(mails);
    let Some(server) = Dovecot::start() else {
        return ExitCode::SUCCESS;
    };
    let signed = !arguments.iter().any(|argument| argument == "unsigned");
    mails::fill(&server, mails, signed);
    let folder = tempfile::tempdir().unwrap();
    let config = account_file::write_config(folder.path(), &server);
    let authority = server.certificate();
    let place = [server.imaps.to_string(), authority.display().to_string()];
    let as_reader = [&["reader".to_owned()][..], &place, &[mails.to_string()]].concat();
    let as_script = [
        &["-c".to_owned(), SCRIPT.to_owned()][..],
        &place,
        &[script.to_string()],
    ]
    .concat();
    let myself = std::env::current_exe().unwrap();
    // The server's own index is filled by the first one; nobody is measured by that.
    said(Command::new(&myself).args(&as_reader));
    // Half a minute later the system would write all of it to the disk, in the middle of somebody's round.
    rustix::fs::sync();
    let (mut of_reader, mut of_script, mut growth) = (Vec::new(), Vec::new(), 0.0_f64);
    println!(
        "| mails a second | reader of the headers | mailward | usual script | signals found | growth |"
    );
    println!("|---|---|---|---|---|---|");
    for _ in 0..rounds {
        let rate =
            |count: usize, seconds: &str| count as f64 / seconds.trim().parse::<f64>().unwrap();
        let reader = rate(mails, &said(Command::new(&myself).args(&as_reader)));
        let history = said(Command::new(&myself).arg("history").arg(&config));
        let history: Vec<&str> = history.split_whitespace().collect();
        assert_eq!(history[1], mails.to_string(), "mails are missing");
        let mailward = rate(mails, history[0]);
        let python = rate(script, &said(Command::new("python3").args(&as_script)));
        let grown: f64 = history[2].parse().unwrap();
        println!(
            "| | {reader:.0} | {mailward:.0} | {python:.0} | {} | {grown:.1} MB |",
            history[3]
        );
        of_reader.push(mailward / reader);
        of_script.push(mailward / python);
        growth = growth.max(grown);
    }
    let (of_reader, of_script) = (median(&mut of_reader), median(&mut of_script));
    println!(
        "\n{of_reader:.2} of the reader (at least {OF_THE_READER}), {of_script:.1} times the script (at least {OF_THE_SCRIPT}), grows by {growth:.1} MB (at most {GROWTH})"
    );
    let broken = of_reader < OF_THE_READER || of_script < OF_THE_SCRIPT || growth > GROWTH;
    if full && broken {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Reads the whole account as `mailward scan --account` does; prints seconds, mails, growth in MB and how many bodies
/// were read.
fn history(config: &Path) {
    let config = parse::load(config).unwrap();
    let watched = config.account("home").unwrap();
    let rules = Arc::new(RuleSet::built_in().unwrap());
    let trust = watched.trust();
    let mut reading = Reading {
        rules: &rules,
        trust: &trust,
        since: None,
        progress: Progress::begin(Language::En),
        found: Found::default(),
        places: Vec::new(),
    };
    // 5 sets the highest mark of the memory back to what is held now (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS:");
    let began = Instant::now();
    account::read(&config, watched, &mut reading).unwrap();
    let took = began.elapsed().as_secs_f64();
    let found = reading.end();
    let signals = found.signals().count();
    let grown = (memory("VmHWM:") - before) / 1024.0;
    println!("{took} {} {grown} {signals}", found.messages);
}

/// A line of what the kernel says of this process, in KiB.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn said(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

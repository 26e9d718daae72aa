//! What it costs to begin: the processor time of `mailward run` from the start of the program until it watches, and of
//! `mailward scan` with one mail: `cargo bench --bench startup`. Exits 1 above the limits.
//!
//! `cargo test --benches` does each once and checks nothing but that it runs.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock and prints a table, and does not use all of the server"
)]

#[path = "support/account.rs"]
mod account_file;
#[path = "../tests/support/dovecot.rs"]
mod dovecot;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use dovecot::Dovecot;

/// Most milliseconds for either.
const LIMIT: f64 = 100.0;
/// Ticks of the processor times in a second (`getconf CLK_TCK`, the same on every Linux).
const TICKS: f64 = 100.0;

const MAIL: &str = "From: Orders <orders@shop.example>\nTo: hanako@example.com\nSubject: Order confirmation PC-1001\n\
    Date: Sun, 22 Nov 2026 12:00:00 +0900\nMessage-ID: <1@shop.example>\n\nThank you for your order.\nOrder number: PC-1001\n";

fn main() -> ExitCode {
    let full = std::env::args().any(|argument| argument == "--bench");
    let rounds = if full { 20 } else { 1 };
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("one.eml");
    fs::write(&mail, MAIL).unwrap();

    let before = times_of_children();
    let mut walls: Vec<f64> = (0..rounds).map(|_| scan(&mail)).collect();
    let scan = (times_of_children() - before) / f64::from(rounds);
    let wall = median(&mut walls);
    println!("| milliseconds | processor | from start to end |\n|---|---|---|");
    println!("| scan of one mail, {rounds} times | {scan:.1} (mean) | {wall:.1} (median) |");
    let mut broken = scan > LIMIT || wall > LIMIT;
    if let Some(server) = Dovecot::start() {
        let config = account_file::write_config(folder.path(), &server);
        let (mut own, mut walls): (Vec<f64>, Vec<f64>) =
            (0..rounds).map(|_| watch(folder.path(), &config)).unzip();
        let (own, wall) = (median(&mut own), median(&mut walls));
        println!(
            "| run until it watches, {rounds} times | {own:.1} (median) | {wall:.1} (median) |"
        );
        broken |= own > LIMIT;
    }
    println!(
        "\nat most {LIMIT} each; of `run` the processor time alone, since it waits for the server"
    );
    if full && broken {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn scan(mail: &Path) -> f64 {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_mailward"))
        .args(["scan", "--format", "jsonl"])
        .arg(mail)
        .env("XDG_CONFIG_HOME", "/nowhere")
        .output()
        .unwrap();
    let took = began.elapsed().as_secs_f64() * 1e3;
    assert!(output.status.success());
    took
}

/// Milliseconds of the processor and of the wall until the daemon idles.
fn watch(folder: &Path, config: &Path) -> (f64, f64) {
    let began = Instant::now();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_mailward"))
        .arg("--config")
        .arg(config)
        .arg("run")
        .env("STATE_DIRECTORY", folder.join("state"))
        .env("MAILWARD_LOG", "mailward=debug")
        .env_remove("JOURNAL_STREAM")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("state=Idling")));
    let wall = began.elapsed().as_secs_f64() * 1e3;
    // The first field is the time on a processor in nanoseconds (Documentation/scheduler/sched-stats.rst).
    let own: f64 = fs::read_dir(format!("/proc/{}/task", daemon.id()))
        .unwrap()
        .map(|thread| fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap())
        .map(|line| line.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6)
        .sum();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    (own, wall)
}

/// Milliseconds of the processor that all children took which have ended: fields 16 and 17 of proc(5), `stat`.
fn times_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(16) + ticks(17)) * 1e3 / TICKS
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! The terminal and the systemd journal as a channel: one line an alert.

use std::io::{self, Write};
use std::os::fd::AsFd;

use jiff::Timestamp;

use crate::engine::alert::Alert;
use crate::engine::incident::Severity;
use crate::engine::printable::escaped;
use crate::io::environment;

/// Writes alerts as lines.
#[derive(Debug)]
pub struct Journal<W> {
    writer: W,
    style: Style,
}

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The alert's moment: a terminal or a file.
    Terminal,
    /// A priority in angle brackets (sd-daemon(3)); the journal knows the moment itself.
    Journal,
}

impl Style {
    /// The style for a stream: the journal's where systemd connected it to the journal, which it says with the
    /// stream's device and inode in `JOURNAL_STREAM` (systemd.exec(5)).
    pub fn of(stream: impl AsFd) -> Self {
        let named = environment::variable("JOURNAL_STREAM");
        let found = rustix::fs::fstat(stream).ok();
        match (named, found) {
            (Some(named), Some(found))
                if *named == *format!("{}:{}", found.st_dev, found.st_ino) =>
            {
                Self::Journal
            }
            _ => Self::Terminal,
        }
    }
}

impl Journal<io::Stdout> {
    /// The channel on standard output.
    pub fn stdout() -> Self {
        Self::new(io::stdout(), Style::of(io::stdout()))
    }
}

impl<W: Write> Journal<W> {
    /// The channel on any writer.
    pub fn new(writer: W, style: Style) -> Self {
        Self { writer, style }
    }

    /// Writes one line and flushes it.
    pub fn deliver(&mut self, title: &str, body: &str, alert: &Alert) -> io::Result<()> {
        let line = line(self.style, title, body, alert);
        self.writer.write_all(line.as_bytes())?;
        self.writer.flush()
    }
}

/// `2026-11-22T01:02:03Z warning [amazon] Title – body, its lines joined`.
fn line(style: Style, title: &str, body: &str, alert: &Alert) -> String {
    let start = match style {
        Style::Terminal => format!("{} ", seconds(alert.at)),
        Style::Journal => format!("<{}>", priority(alert.severity)),
    };
    let services = if alert.services.is_empty() {
        String::new()
    } else {
        format!(" [{}]", escaped(&alert.services.join(", ")))
    };
    let body: Vec<String> = body
        .lines()
        .map(|line| escaped(line.trim()))
        .filter(|line| !line.is_empty())
        .collect();
    let dash = if body.is_empty() { "" } else { " – " };
    format!(
        "{start}{}{services} {}{dash}{}\n",
        alert.severity,
        escaped(title),
        body.join(" ")
    )
}

/// The syslog priority of a level (syslog(3)): a critical alert is `crit`, as `err` is for programs that fail.
fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 6,
        Severity::Notice => 5,
        Severity::Warning => 4,
        Severity::Critical => 2,
    }
}

fn seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::alert::Subject;
    use crate::engine::incident::Reason;

    fn written(style: Style, title: &str, body: &str, severity: Severity) -> String {
        let alert = Alert {
            id: "a1".to_owned(),
            thread: "t1".to_owned(),
            at: "2026-11-22T01:02:03.9Z".parse().unwrap(),
            severity,
            reason: Reason::Test,
            services: vec!["amazon".to_owned(), "example.com".to_owned()],
            repeat: 0,
            subject: Subject::Test,
        };
        let mut written = Vec::new();
        Journal::new(&mut written, style)
            .deliver(title, body, &alert)
            .unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn an_alert_is_one_line_whatever_it_says() {
        assert_eq!(
            written(
                Style::Terminal,
                "注文が7件\u{1b}[2J",
                "one\n\n<0>two\u{2028}x",
                Severity::Critical
            ),
            "2026-11-22T01:02:03Z critical [amazon, example.com] 注文が7件\\u{1b}[2J – one <0>two\\u{2028}x\n"
        );
    }

    #[test]
    fn the_journal_gets_the_priority_of_the_level() {
        for (severity, start) in [
            (Severity::Info, "<6>info [amazon"),
            (Severity::Notice, "<5>notice [amazon"),
            (Severity::Warning, "<4>warning [amazon"),
            (Severity::Critical, "<2>critical [amazon"),
        ] {
            let line = written(Style::Journal, "Title", "", severity);
            assert!(line.starts_with(start), "{line}");
            assert!(line.ends_with("] Title\n"), "{line}");
        }
    }
}

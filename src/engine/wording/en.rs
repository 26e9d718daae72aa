//! English.

use jiff::civil::Date;

use crate::engine::advice::PlaybookStep;
use crate::engine::alert::{Asked, Health};
use crate::engine::given::Given;
use crate::engine::incident::{Answer, Reason, Severity, Status};
use crate::engine::signal::Item;
use crate::engine::wording::command::{CommandLabels, Said};
use crate::engine::wording::context::CardIssuer;
use crate::engine::wording::desktop::DesktopLabels;
use crate::engine::wording::en::plural::count;
use crate::engine::wording::learning::Learnt;
use crate::engine::wording::login::LoginWords;
use crate::engine::wording::money::signed;
use crate::engine::wording::overview::{Overview, OverviewLabels};
use crate::engine::wording::page::PageLabels;
use crate::engine::wording::phrases::{Counts, Day, Moment, Phrases, ReportLabels, Target};
use crate::engine::wording::setup::Setup;

mod command;
mod desktop;
mod health;
mod ingest;
mod learning;
mod login;
mod overview;
mod page;
mod plural;
mod question;
mod reason;
mod report;
mod setup;
mod steps;

/// The English phrases.
pub struct English;

impl Phrases for English {
    fn moment(&self, moment: &Moment) -> String {
        let clock = &moment.clock;
        match moment.day {
            Day::Today => format!("today at {clock}"),
            Day::Yesterday => format!("yesterday at {clock}"),
            Day::Date(date) => format!("on {} at {clock}", date.strftime("%-d %B")),
            Day::FullDate(date) => format!("on {} at {clock}", date.strftime("%-d %b %Y")),
        }
    }

    fn span(&self, from: &Moment, to: &Moment) -> String {
        if from.day != to.day {
            return format!("From {} to {}.", day_clock(self, from), day_clock(self, to));
        }
        let day = match from.day {
            Day::Today => "Today".to_owned(),
            Day::Yesterday => "Yesterday".to_owned(),
            Day::Date(date) => format!("On {}", date.strftime("%-d %B")),
            Day::FullDate(date) => format!("On {}", self.long_date(date)),
        };
        if from.clock == to.clock {
            format!("{day} at {}.", from.clock)
        } else {
            format!("{day} between {} and {}.", from.clock, to.clock)
        }
    }

    fn short_moment(&self, date: Date, clock: &str) -> String {
        format!("{} {clock}", date.strftime("%e %b"))
    }

    fn short_date(&self, date: Date) -> String {
        date.strftime("%-d %b").to_string()
    }

    fn long_date(&self, date: Date) -> String {
        date.strftime("%-d %B %Y").to_string()
    }

    fn yen(&self, digits: &str) -> String {
        signed("¥", digits)
    }

    fn list(&self, parts: &[String]) -> String {
        match parts.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, before)) => format!("{} and {last}", before.join(", ")),
        }
    }

    fn services(&self, names: &[String]) -> String {
        match names {
            [first, _, rest @ ..] if !rest.is_empty() => {
                format!("{first} and {} others", rest.len().saturating_add(1))
            }
            _ => self.list(names),
        }
    }

    fn gap(&self) -> &'static str {
        " "
    }

    fn answer(&self, answer: Answer) -> &'static str {
        match answer {
            Answer::Me => "It was me",
            Answer::NotMe => "Not me: secure my account",
            Answer::Unsure => "Not sure",
        }
    }

    fn answer_in_report(&self, answer: Answer) -> &'static str {
        match answer {
            Answer::Me => "it was me",
            Answer::NotMe => "not me",
            Answer::Unsure => "not sure",
        }
    }

    fn details(&self) -> &'static str {
        "Details"
    }

    fn answer_hint(&self, command: &str) -> String {
        format!("Answer: {command}")
    }

    fn question_title(&self, service: &str, asked: Asked, when: &str) -> String {
        question::title(service, asked, when)
    }

    fn question_ask(&self, asked: Asked, fresh: bool) -> &'static str {
        question::ask(asked, fresh)
    }

    fn question_next(&self, asked: Asked, target: &Target<'_>) -> String {
        question::next(asked, target)
    }

    fn unverified(&self, service: &str) -> String {
        format!(
            "The sender could not be confirmed. Check in {service}'s own app, not through the mail."
        )
    }

    fn incident_title(&self, services: &str, facts: &[String]) -> String {
        format!("{services}: {}", facts.join(", "))
    }

    fn further_facts(&self, facts: &[String]) -> String {
        format!("Also {}.", self.list(facts))
    }

    fn orders(&self, counts: Counts, amount: &str) -> String {
        let mut text = count(counts.orders, "order", "orders");
        if !amount.is_empty() {
            text = format!("{text}, {amount}");
        }
        match counts.cancelled {
            0 => text,
            n if n == counts.orders && n == 1 => format!("{text}, cancelled"),
            n if n == counts.orders => format!("{text}, all cancelled"),
            n if n < counts.orders => format!("{text}, {n} cancelled"),
            n => format!("{text}, {}", count(n, "cancellation", "cancellations")),
        }
    }

    fn cancellations(&self, cancelled: u32) -> String {
        count(cancelled, "order cancelled", "orders cancelled")
    }

    fn codes(&self, codes: u32, certain: bool) -> String {
        if certain {
            format!("{} nobody asked for", count(codes, "code", "codes"))
        } else {
            count(codes, "unconfirmed code", "unconfirmed codes")
        }
    }

    fn sign_ins(&self, sign_ins: u32, certain: bool) -> String {
        if certain {
            count(sign_ins, "unknown sign-in", "unknown sign-ins")
        } else {
            count(sign_ins, "unconfirmed sign-in", "unconfirmed sign-ins")
        }
    }

    fn account_changes(&self, changes: u32) -> String {
        count(changes, "account change", "account changes")
    }

    fn locks(&self) -> String {
        "account locked".to_owned()
    }

    fn bare_fact(&self, reason: Reason) -> &'static str {
        reason::bare_fact(reason)
    }

    fn reason(&self, reason: Reason) -> &'static str {
        reason::sentence(reason)
    }

    fn open_orders(&self, counts: Counts) -> String {
        let open = counts.orders.saturating_sub(counts.cancelled);
        match (open, counts.orders) {
            (0, _) => "The card may have been charged.".to_owned(),
            (1, 1) => "The order has not been cancelled and may have been charged.".to_owned(),
            (open, all) if open == all => {
                format!("None of the {all} orders has been cancelled; they may have been charged.")
            }
            (1, all) => {
                format!("1 of the {all} orders was not cancelled and may have been charged.")
            }
            (open, all) => {
                format!("{open} of the {all} orders were not cancelled and may have been charged.")
            }
        }
    }

    fn somebody_else(&self) -> &'static str {
        "Somebody else is probably using the account."
    }

    fn buried_orders(&self, ids: &[String], more: usize) -> String {
        let mut parts = ids.to_vec();
        if more > 0 {
            parts.push(if ids.is_empty() {
                more.to_string()
            } else {
                format!("{more} more")
            });
        }
        format!("Orders of the last 24 hours: {}", self.list(&parts))
    }

    fn mailbox(&self) -> &'static str {
        "Your mailbox"
    }

    fn look_behind_flood(&self) -> &'static str {
        "Before you delete any of it, look through the last day's mail for an order or a sign-in that is not yours."
    }

    fn reminder(&self) -> &'static str {
        "This is a reminder; there is no answer yet."
    }

    fn next_step(&self, step: PlaybookStep, certain: bool, target: &Target<'_>) -> String {
        steps::next(step, certain, target)
    }

    fn no_step_left(&self, command: &str) -> String {
        format!("Every step is ticked off. To look at it again: {command}")
    }

    fn issuer(&self, issuer: Option<&CardIssuer>) -> String {
        steps::issuer(issuer)
    }

    fn step_title(&self, step: PlaybookStep, service: &str) -> String {
        steps::title(step, service)
    }

    fn step_text(&self, step: PlaybookStep, target: &Target<'_>) -> String {
        steps::text(step, target)
    }

    fn statement_reminder(&self, days: u32, issuer: &str) -> (String, String) {
        (
            format!(
                "Time to check the card statement (after {})",
                count(days, "day", "days")
            ),
            format!("Look for small amounts that you do not know. If there is one, call {issuer}."),
        )
    }

    fn health(&self, health: &Health, when: Option<&str>) -> (String, String) {
        health::text(health, when)
    }

    fn test(&self) -> (&'static str, &'static str) {
        (
            "mailward: a test alert",
            "If you can read this, alerts arrive here. There is nothing to do.",
        )
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Info => "a question (info)",
            Severity::Notice => "please look within the hour (notice)",
            Severity::Warning => "please look now (warning)",
            Severity::Critical => "act now (critical)",
        }
    }

    fn item(&self, item: Item) -> &'static str {
        report::item(item)
    }

    fn report(&self) -> ReportLabels {
        report::LABELS
    }

    fn page(&self) -> PageLabels {
        page::LABELS
    }

    fn total(&self, orders: u32, amount: &str, at_least: bool) -> String {
        let orders = count(orders, "order", "orders");
        match (amount.is_empty(), at_least) {
            (true, _) => format!("{orders}, amount unknown"),
            (false, true) => format!("{orders}, at least {amount}"),
            (false, false) => format!("{orders}, {amount}"),
        }
    }

    fn code_count(&self, codes: u32) -> String {
        count(codes, "one-time code", "one-time codes")
    }

    fn said(&self, said: &Said<'_>) -> String {
        command::said(said)
    }

    fn command(&self) -> CommandLabels {
        command::LABELS
    }

    fn level(&self, severity: Severity) -> &'static str {
        command::level(severity)
    }

    fn status(&self, status: &Status) -> &'static str {
        command::status(status)
    }

    fn overview(&self, said: &Overview<'_>) -> String {
        overview::said(said)
    }

    fn overview_labels(&self) -> OverviewLabels {
        overview::LABELS
    }

    fn login(&self) -> LoginWords {
        login::WORDS
    }

    fn desktop(&self) -> DesktopLabels {
        desktop::LABELS
    }

    fn given(&self, given: Given) -> &'static str {
        given.note()
    }

    fn reached(&self, window: &str, threshold: &str) -> String {
        format!("within {window}, threshold {threshold}")
    }

    fn setup(&self) -> &'static Setup {
        &setup::SETUP
    }

    fn learnt(&self, learnt: Learnt<'_>) -> String {
        learning::sentence(learnt)
    }

    fn learnt_columns(&self) -> [&'static str; 4] {
        learning::COLUMNS
    }

    fn window(&self, minutes: i64) -> String {
        learning::window(minutes)
    }

    fn ingested(&self, service: Option<&str>) -> String {
        ingest::taken(service)
    }
}

fn day_clock(english: &English, moment: &Moment) -> String {
    let clock = &moment.clock;
    match moment.day {
        Day::Today => format!("today {clock}"),
        Day::Yesterday => format!("yesterday {clock}"),
        Day::Date(date) => format!("{} {clock}", date.strftime("%-d %B")),
        Day::FullDate(date) => format!("{} {clock}", english.long_date(date)),
    }
}

//! The closed set of phrases that each language must have.

use jiff::civil::Date;

use crate::engine::advice::PlaybookStep;
use crate::engine::alert::{Asked, Health};
use crate::engine::given::Given;
use crate::engine::incident::{Answer, Reason, Severity, Status};
use crate::engine::signal::Item;
use crate::engine::wording::command::{CommandLabels, Said};
use crate::engine::wording::context::CardIssuer;
use crate::engine::wording::desktop::DesktopLabels;
use crate::engine::wording::learning::Learnt;
use crate::engine::wording::login::LoginWords;
use crate::engine::wording::overview::{Overview, OverviewLabels};
use crate::engine::wording::page::PageLabels;
use crate::engine::wording::setup::Setup;

/// A moment in the person's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The day, relative to the present.
    pub day: Day,
    /// The time of day: `14:03`.
    pub clock: String,
}

/// A day, relative to the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// Another day of this year.
    Date(Date),
    /// A day of another year.
    FullDate(Date),
}

/// What a next step points at. Every text in it is already harmless.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The display name of the service.
    pub service: &'a str,
    /// The official address; `None` where no pack knows one.
    pub page: Option<&'a str>,
    /// Whom to call, from [`Phrases::issuer`].
    pub issuer: &'a str,
}

/// How many, and how they are to be spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Distinct orders.
    pub orders: u32,
    /// Cancellations.
    pub cancelled: u32,
    /// The person said "not me", or the incident is critical: what was not claimed was not asked for.
    pub certain: bool,
}

/// The labels of the report, in the order in which they appear.
#[derive(Debug, Clone, Copy)]
pub struct ReportLabels {
    /// The title line.
    pub title: &'static str,
    /// Line label: services.
    pub service: &'static str,
    /// Line label: time span.
    pub when: &'static str,
    /// Line label: the time zone of every time in the report.
    pub zone: &'static str,
    /// Line label: severity.
    pub level: &'static str,
    /// Line label: what the person answered.
    pub answer: &'static str,
    /// Line label: the sender's verdict.
    pub sender: &'static str,
    /// The sender is verified.
    pub sender_verified: &'static str,
    /// It is not.
    pub sender_unverified: &'static str,
    /// Line label: one-time codes.
    pub codes: &'static str,
    /// Heading of the table.
    pub orders: &'static str,
    /// Instead of the table.
    pub no_orders: &'static str,
    /// Column heads: order number, item, amount, time, state.
    pub columns: [&'static str; 5],
    /// Instead of an order id.
    pub no_id: &'static str,
    /// Instead of an amount.
    pub unknown_amount: &'static str,
    /// State: cancelled.
    pub cancelled: &'static str,
    /// State: no cancellation was seen.
    pub possibly_charged: &'static str,
    /// State: charged.
    pub charged: &'static str,
    /// The shop and the card issuer contradict each other.
    pub contradiction: &'static str,
    /// Line label: the sum over all orders.
    pub total: &'static str,
    /// Heading of the steps.
    pub steps: &'static str,
    /// Instead of the steps.
    pub all_done: &'static str,
}

/// Everything that a language says. A phrase without text in a language does not compile.
pub trait Phrases: Sync {
    /// A moment in a sentence: "today at 14:03".
    fn moment(&self, moment: &Moment) -> String;
    /// A span that opens a sentence: "Today, 14:02 to 14:15".
    fn span(&self, from: &Moment, to: &Moment) -> String;
    /// A day and time of day in a column: "20 Nov 14:02".
    fn short_moment(&self, date: Date, clock: &str) -> String;
    /// A day alone, in little room.
    fn short_date(&self, date: Date) -> String;
    /// A whole date.
    fn long_date(&self, date: Date) -> String;
    /// Yen, from grouped digits.
    fn yen(&self, digits: &str) -> String;
    /// An enumeration: "a, b and c".
    fn list(&self, parts: &[String]) -> String;
    /// The services of a title, never empty.
    fn services(&self, names: &[String]) -> String;
    /// What stands between two sentences.
    fn gap(&self) -> &'static str;

    /// The label of an answer's button.
    fn answer(&self, answer: Answer) -> &'static str;
    /// An answer in the report.
    fn answer_in_report(&self, answer: Answer) -> &'static str;
    /// The label of the button that shows the report.
    fn details(&self) -> &'static str;
    /// How to answer by hand; `command` is to be typed as it is.
    fn answer_hint(&self, command: &str) -> String;

    /// What arrived, when.
    fn question_title(&self, service: &str, asked: Asked, when: &str) -> String;
    /// Was it you? `fresh`: it happened within the last minutes.
    fn question_ask(&self, asked: Asked, fresh: bool) -> &'static str;
    /// What to do if not.
    fn question_next(&self, asked: Asked, target: &Target<'_>) -> String;
    /// What to do where the sender could not be confirmed.
    fn unverified(&self, service: &str) -> String;

    /// The title of an incident.
    fn incident_title(&self, services: &str, facts: &[String]) -> String;
    /// Facts that did not fit into the title.
    fn further_facts(&self, facts: &[String]) -> String;
    /// Orders, their amount (empty: unknown) and their cancellations.
    fn orders(&self, counts: Counts, amount: &str) -> String;
    /// Cancellations whose orders were not seen.
    fn cancellations(&self, cancelled: u32) -> String;
    /// Codes that nobody claimed.
    fn codes(&self, codes: u32, certain: bool) -> String;
    /// Sign-ins that nobody claimed.
    fn sign_ins(&self, sign_ins: u32, certain: bool) -> String;
    /// Changes of the account.
    fn account_changes(&self, changes: u32) -> String;
    /// Locks and disabled passwords.
    fn locks(&self) -> String;
    /// A fact for an incident without any count.
    fn bare_fact(&self, reason: Reason) -> &'static str;
    /// Why it rang, in one sentence.
    fn reason(&self, reason: Reason) -> &'static str;
    /// How many orders may have been charged.
    fn open_orders(&self, counts: Counts) -> String;
    /// Said at `critical` only.
    fn somebody_else(&self) -> &'static str;
    /// The orders that a flood buries; `more` further ones are not named.
    fn buried_orders(&self, ids: &[String], more: usize) -> String;
    /// What stands for the service where none is involved as yet.
    fn mailbox(&self) -> &'static str;
    /// The next step of a flood in which no order was seen as yet.
    fn look_behind_flood(&self) -> &'static str;
    /// A repeat of an alert that nobody answered.
    fn reminder(&self) -> &'static str;
    /// The next step. Not `certain`: if it was not you.
    fn next_step(&self, step: PlaybookStep, certain: bool, target: &Target<'_>) -> String;
    /// Every step is ticked off; `command` shows the incident.
    fn no_step_left(&self, command: &str) -> String;

    /// Whom to call: an object of "call".
    fn issuer(&self, issuer: Option<&CardIssuer>) -> String;
    /// The title of a playbook step.
    fn step_title(&self, step: PlaybookStep, service: &str) -> String;
    /// One or two sentences on how to do it.
    fn step_text(&self, step: PlaybookStep, target: &Target<'_>) -> String;

    /// Title and body of the reminder to look at the statements.
    fn statement_reminder(&self, days: u32, issuer: &str) -> (String, String);
    /// Title and body on the watcher's own state; `when` is the moment that the state carries, where it carries one.
    fn health(&self, health: &Health, when: Option<&str>) -> (String, String);
    /// Title and body of a test alert.
    fn test(&self) -> (&'static str, &'static str);

    /// A severity in words.
    fn severity(&self, severity: Severity) -> &'static str;
    /// What was bought.
    fn item(&self, item: Item) -> &'static str;
    /// The labels of the report.
    fn report(&self) -> ReportLabels;
    /// The words of the report as a page.
    fn page(&self) -> PageLabels;
    /// A number of orders with their amount, for the report's totals; `at_least`: some amounts are unknown.
    fn total(&self, orders: u32, amount: &str, at_least: bool) -> String;
    /// A number of codes in the report.
    fn code_count(&self, codes: u32) -> String;

    /// What a command says.
    fn said(&self, said: &Said<'_>) -> String;
    /// The labels of what commands print.
    fn command(&self) -> CommandLabels;
    /// A severity as one word.
    fn level(&self, severity: Severity) -> &'static str;
    /// Whether an incident is open, or why it is closed.
    fn status(&self, status: &Status) -> &'static str;
    /// What `mailward status` says.
    fn overview(&self, said: &Overview<'_>) -> String;
    /// Its labels.
    fn overview_labels(&self) -> OverviewLabels;

    /// What a screen shows and `test-alert` asks.
    fn desktop(&self) -> DesktopLabels;

    /// What points were given for.
    fn given(&self, given: Given) -> &'static str;
    /// The window that reached its threshold.
    fn reached(&self, window: &str, threshold: &str) -> String;
    /// What `mailward init` says.
    fn setup(&self) -> &'static Setup;
    /// What was learned from a history.
    fn learnt(&self, learnt: Learnt<'_>) -> String;
    /// Column heads: window, what is ordinary in it, threshold of a notice, threshold of a warning.
    fn learnt_columns(&self) -> [&'static str; 4];
    /// The length of a window, in minutes.
    fn window(&self, minutes: i64) -> String;

    /// What `mailward login` says.
    fn login(&self) -> LoginWords;

    /// What a text message was taken for; `None`: for nothing.
    fn ingested(&self, service: Option<&str>) -> String;
}

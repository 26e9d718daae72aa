//! Counts what rang in ordinary lives, and prints it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mailward::engine::incident::{Answer, Incident, Severity};

use crate::life::Life;

/// Counts over some years of one shopper.
#[derive(Default)]
pub struct Tally {
    pub years: f64,
    pub order_mails: usize,
    pub signals: usize,
    /// Incidents by the highest level that a rule gave them.
    pub incidents: BTreeMap<Severity, usize>,
    /// Incidents that only an answer of the person raised.
    pub raised_by_answer: usize,
    /// Questions that were answered while they were questions.
    pub answered: usize,
    /// Alerts by level, repeats apart.
    pub alerts: BTreeMap<Severity, usize>,
    pub repeats: usize,
    /// What raised incidents, by level.
    pub causes: BTreeMap<(Severity, String), usize>,
}

impl Tally {
    /// Adds a life that was lived.
    pub fn add(&mut self, life: &Life<'_>) {
        self.signals += life.signals;
        for heard in &life.heard {
            if heard.repeat {
                self.repeats += 1;
            } else {
                *self.alerts.entry(heard.severity).or_default() += 1;
            }
        }
        for incident in life.incidents.values() {
            let (level, cause) = by_rule(incident, life);
            *self.incidents.entry(level).or_default() += 1;
            if incident.severity > level {
                self.raised_by_answer += 1;
            }
            if level == Severity::Info {
                self.answered += usize::from(!incident.answers.is_empty());
            } else {
                *self.causes.entry((level, cause)).or_default() += 1;
            }
        }
    }

    /// Incidents a year at a level or higher.
    pub fn at_least(&self, level: Severity) -> f64 {
        let count: usize = self
            .incidents
            .iter()
            .filter(|(severity, _)| **severity >= level)
            .map(|(_, count)| *count)
            .sum();
        count as f64 / self.years
    }

    /// One line of the table.
    pub fn line(&self, name: &str) -> String {
        let alert = |level| self.a_year(self.alerts.get(&level).copied().unwrap_or_default());
        format!(
            "| {name} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} | {:.3} | {:.2} | {:.1} / {:.1} / {:.2} / {:.3} | {:.1} |",
            self.years,
            self.a_year(self.signals),
            self.a_year(self.order_mails),
            self.at_least(Severity::Info) - self.at_least(Severity::Notice),
            self.a_year(self.answered),
            self.at_least(Severity::Notice),
            self.at_least(Severity::Warning),
            self.at_least(Severity::Critical),
            self.a_year(self.raised_by_answer),
            alert(Severity::Info),
            alert(Severity::Notice),
            alert(Severity::Warning),
            alert(Severity::Critical),
            self.a_year(self.repeats),
        )
    }

    /// The commonest causes of each level.
    pub fn top_causes(&self, most: usize) -> String {
        let mut lines = String::new();
        for level in [Severity::Critical, Severity::Warning, Severity::Notice] {
            let mut causes: Vec<(&String, usize)> = self
                .causes
                .iter()
                .filter(|((severity, _), _)| *severity == level)
                .map(|((_, cause), count)| (cause, *count))
                .collect();
            causes.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
            for (cause, count) in causes.into_iter().take(most) {
                let rate = count as f64 / self.years;
                writeln!(lines, "  {level:8} {rate:6.3} a year  {cause}").expect("a string grows");
            }
        }
        lines
    }

    fn a_year(&self, count: usize) -> f64 {
        count as f64 / self.years
    }
}

/// The heading of [`Tally::line`].
pub const HEADING: &str = "\
| shopper | years | signals/yr | order mails/yr | questions/yr | of them answered | notice+/yr | warning+/yr | critical/yr | raised by own answer/yr | alerts/yr info / notice / warning / critical | repeats/yr |
|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The highest level that a rule gave an incident, before the person accused anybody, with its cause.
fn by_rule(incident: &Incident, life: &Life<'_>) -> (Severity, String) {
    let accused = incident
        .answers
        .iter()
        .find(|(_, answer)| *answer != Answer::Me)
        .map(|(at, _)| *at);
    let change = incident
        .severity_history
        .iter()
        .filter(|change| accused.is_none_or(|accused| change.at < accused))
        .max_by_key(|change| change.severity);
    let Some(change) = change else {
        return (Severity::Info, String::new());
    };
    let path: Vec<String> = incident
        .severity_history
        .iter()
        .filter(|step| step.severity > Severity::Info && step.severity <= change.severity)
        .filter(|step| accused.is_none_or(|accused| step.at < accused))
        .map(|step| step.reason.name().to_owned())
        .collect();
    let finding = incident
        .reasons
        .iter()
        .find(|reason| reason.rule == change.reason)
        .or(incident.reasons.first());
    let mut parts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in finding.iter().flat_map(|finding| &finding.signals) {
        let message = id.0.replace("mail-", "") + "@example.com";
        if let Some(mail) = life.mails.get(&message) {
            *parts.entry(mail.label).or_default() += 1;
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(label, count)| format!("{count} x {label}"))
        .collect();
    let note = finding.map_or("", |finding| finding.note.as_str());
    let cause = format!("{} [{note}] {}", path.join(" > "), parts.join(" + "));
    (change.severity, cause)
}

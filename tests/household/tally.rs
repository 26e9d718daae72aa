//! Counts what rang in ordinary lives, and prints it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mailward::engine::incident::{Answer, Incident, Reason, Severity, SeverityChange};

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
    /// Loud questions: notices on codes, sign-ins and changes of the account alone, answered "it was me".
    pub loud_answered: usize,
    /// Alerts by level, repeats apart.
    pub alerts: BTreeMap<Severity, usize>,
    pub repeats: usize,
    /// What raised incidents, by level.
    pub causes: BTreeMap<(Severity, String), usize>,
    /// The same in few words: incidents at each level, and how many of them the person claimed.
    pub families: BTreeMap<String, (BTreeMap<Severity, usize>, usize)>,
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
            let judged = by_rule(incident, life);
            let level = judged.level;
            let me = |(_, answer): &(_, Answer)| *answer == Answer::Me;
            let claimed_by_her = incident.answers.iter().any(me);
            if level == Severity::Notice && judged.question && claimed_by_her {
                self.loud_answered += 1;
            } else {
                *self.incidents.entry(level).or_default() += 1;
            }
            if incident.severity > level {
                self.raised_by_answer += 1;
            }
            if level == Severity::Info {
                self.answered += usize::from(!incident.answers.is_empty());
            } else {
                let cause = (level, judged.cause);
                *self.causes.entry(cause).or_default() += 1;
                let (levels, claimed) = self.families.entry(judged.family).or_default();
                *levels.entry(level).or_default() += 1;
                *claimed += usize::from(claimed_by_her);
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
            "| {name} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | {:.3} | {:.2} | {:.1} / {:.1} / {:.2} / {:.3} | {:.1} |",
            self.years,
            self.a_year(self.signals),
            self.a_year(self.order_mails),
            self.at_least(Severity::Info) - self.at_least(Severity::Notice),
            self.a_year(self.answered),
            self.a_year(self.loud_answered),
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

    /// Incidents a year by what raised them, the commonest first.
    pub fn family_table(&self) -> String {
        let mut rows: Vec<_> = self.families.iter().collect();
        rows.sort_by_key(|(_, (levels, _))| std::cmp::Reverse(levels.values().sum::<usize>()));
        let mut table = String::from(
            "| rule and evidence | notice/yr | warning/yr | critical/yr | of all, claimed with \"it was me\" |\n|---|---|---|---|---|\n",
        );
        for (family, (levels, claimed)) in rows {
            let rate = |level| self.a_year(levels.get(&level).copied().unwrap_or_default());
            let all: usize = levels.values().sum();
            writeln!(
                table,
                "| {family} | {:.2} | {:.3} | {:.3} | {:.0} % |",
                rate(Severity::Notice),
                rate(Severity::Warning),
                rate(Severity::Critical),
                100.0 * *claimed as f64 / all as f64,
            )
            .expect("a string grows");
        }
        table
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
| shopper | years | signals/yr | order mails/yr | questions/yr | of them answered | notices on codes, answered | notice+/yr | warning+/yr | critical/yr | raised by own answer/yr | alerts/yr info / notice / warning / critical | repeats/yr |
|---|---|---|---|---|---|---|---|---|---|---|---|---|";

/// The highest level that a rule gave an incident, before the person accused anybody, and why.
struct Judged {
    level: Severity,
    cause: String,
    family: String,
    /// Only codes, sign-ins and changes of the account: it asks "was that you?" and nothing else.
    question: bool,
}

fn by_rule(incident: &Incident, life: &Life<'_>) -> Judged {
    let accused = incident
        .answers
        .iter()
        .find(|(_, answer)| *answer != Answer::Me)
        .map(|(at, _)| *at);
    let by_rules: Vec<&SeverityChange> = incident
        .severity_history
        .iter()
        .filter(|change| accused.is_none_or(|accused| change.at < accused))
        .collect();
    let level = by_rules
        .iter()
        .map(|change| change.severity)
        .max()
        .unwrap_or(Severity::Info);
    let loud: Vec<&SeverityChange> = by_rules
        .into_iter()
        .filter(|change| change.severity > Severity::Info)
        .collect();
    // Silence and corroborators only add to what a rule found: the rule is the one of the level before.
    let rule = loud
        .iter()
        .rfind(|change| change.severity < Severity::Critical)
        .or(loud.last())
        .map(|change| change.reason);
    let finding = incident
        .reasons
        .iter()
        .find(|reason| Some(reason.rule) == rule);
    let mut parts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for id in finding.iter().flat_map(|finding| &finding.signals) {
        let message = id.0.replace("mail-", "") + "@example.com";
        if let Some(mail) = life.mails.get(&message) {
            *parts.entry(mail.label).or_default() += 1;
        }
    }
    let path: Vec<&str> = loud.iter().map(|change| change.reason.name()).collect();
    let counted: Vec<String> = parts
        .iter()
        .map(|(label, count)| format!("{count} x {label}"))
        .collect();
    let note = finding.map_or("", |finding| finding.note.as_str());
    let cause = format!("{} [{note}] {}", path.join(" > "), counted.join(" + "));
    Judged {
        level,
        question: loud.iter().all(|change| asks(change.reason)),
        cause,
        family: family(rule, &parts),
    }
}

/// Whether a rule says nothing but "was that you?" about codes, sign-ins and changes of the account.
fn asks(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Question | Reason::CodeWatch | Reason::NewDevice | Reason::AccountChange
    )
}

/// A rule and the kind of its evidence, in few words.
fn family(rule: Option<Reason>, parts: &BTreeMap<&'static str, usize>) -> String {
    let has = |label: &str| parts.contains_key(label);
    let evidence = if has("account change") {
        if parts.keys().any(|label| label.starts_with("code")) {
            "a change with its code"
        } else if parts.keys().any(|label| label.starts_with("order")) {
            "a change beside an order"
        } else {
            "a change alone"
        }
    } else if parts.keys().any(|label| label.starts_with("order")) {
        if has("order: gift to other") && parts.values().sum::<usize>() == 1 {
            "one gift to a friend's address"
        } else if parts.keys().any(|label| label.starts_with("order: gift")) {
            "gifts"
        } else if has("order: digital") {
            "digital goods"
        } else {
            "goods"
        }
    } else if has("code: reset") {
        "reset code"
    } else if has("code: change") {
        "account-change code"
    } else if has("code: payment") {
        "payment codes"
    } else if has("sign-in: new device") {
        "new device"
    } else if has("sign-in: blocked") {
        "failed sign-in before"
    } else {
        "other"
    };
    let rule = rule.map_or("?", Reason::name);
    format!("{rule}: {evidence}")
}

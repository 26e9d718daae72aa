//! The one line that names an alert in the output of a scan.

use crate::config::language::Language;
use crate::engine::alert::{Alert, IncidentFacts, Subject};

/// The alert in a line: counts only, nothing taken from a mail.
pub fn of(alert: &Alert, language: Language) -> String {
    let services = alert.services.join(", ");
    match (&alert.subject, language) {
        (Subject::Incident(facts), Language::Ja) => format!("{services}: {}", counts_ja(facts)),
        (Subject::Incident(facts), Language::En) => format!("{services}: {}", counts_en(facts)),
        (Subject::Question(question), Language::Ja) => {
            format!("{}: ご本人の操作ですか？", question.service)
        }
        (Subject::Question(question), Language::En) => {
            format!("{}: was this you?", question.service)
        }
        (Subject::StatementReminder { days, .. }, Language::Ja) => format!("{days} 日後の明細確認"),
        (Subject::StatementReminder { days, .. }, Language::En) => {
            format!("check the card statement, {days} days on")
        }
        (Subject::Health(_), Language::Ja) => "見張りの状態".to_owned(),
        (Subject::Health(_), Language::En) => "the state of the watch".to_owned(),
        (Subject::Test, Language::Ja) => "テスト通知".to_owned(),
        (Subject::Test, Language::En) => "test alert".to_owned(),
    }
}

fn counts_ja(facts: &IncidentFacts) -> String {
    format!(
        "注文 {} 件、キャンセル {} 件、確認コード {} 件",
        facts.orders, facts.cancellations, facts.codes
    )
}

fn counts_en(facts: &IncidentFacts) -> String {
    format!(
        "orders {}, cancellations {}, codes {}",
        facts.orders, facts.cancellations, facts.codes
    )
}

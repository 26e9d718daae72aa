//! The output of a scan for people.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::scan::jsonl::SignalLine;
use crate::cli::scan::{Found, counted, names};
use crate::engine::incident::{Incident, OrderLine, OrderState};
use crate::engine::signal::SenderVerdict;
use crate::engine::wording::Language;

/// Prints the signals where they are asked for, then alerts, incidents, a summary and what was learned.
pub fn print(
    found: &Found,
    signals: bool,
    language: Language,
    time_zone: &TimeZone,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let time = |at: Timestamp| {
        at.to_zoned(time_zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string()
    };
    if signals {
        for signal in found.signals() {
            let line = SignalLine::of(signal);
            writeln!(
                out,
                "{}  {:<16} {:<10} {}  {}",
                time(line.at),
                line.kind,
                sender(line.sender, language),
                line.marketplace.unwrap_or(line.service),
                line.source
            )?;
        }
        blank_after(found.signals().next().is_some(), out)?;
    }
    for (alert, title) in found.replayed.alerts.iter().zip(&found.titles) {
        writeln!(
            out,
            "{}  {:<8}  {}",
            time(alert.at),
            alert.severity.name(),
            title
        )?;
    }
    blank_after(!found.replayed.alerts.is_empty(), out)?;
    for incident in &found.replayed.incidents {
        print_incident(incident, language, &time, out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(found, language))?;
    if let Some(lesson) = &found.lesson {
        writeln!(out)?;
        for line in lesson.lines(language, time_zone) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn blank_after(printed: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if printed { writeln!(out) } else { Ok(()) }
}

fn print_incident(
    incident: &Incident,
    language: Language,
    time: &dyn Fn(Timestamp) -> String,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let amounts: Vec<String> = incident
        .amounts
        .iter()
        .map(|(currency, amount)| format!("{} {currency}", amount.normalize()))
        .collect();
    let services = incident.services.join(", ");
    match language {
        Language::Ja => writeln!(
            out,
            "{}  {}  {}  {}: 注文 {} 件、キャンセル {} 件、確認コード {} 件  {}",
            incident.id,
            incident.severity,
            time(incident.opened_at),
            services,
            incident.orders,
            incident.cancellations,
            incident.codes,
            amounts.join(", ")
        )?,
        Language::En => writeln!(
            out,
            "{}  {}  {}  {}: orders {}, cancellations {}, codes {}  {}",
            incident.id,
            incident.severity,
            time(incident.opened_at),
            services,
            incident.orders,
            incident.cancellations,
            incident.codes,
            amounts.join(", ")
        )?,
    }
    for order in &incident.order_list {
        let amount = order
            .amount
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        writeln!(
            out,
            "    {}  {:<21} {:>12}  {:<12} {}",
            time(order.at),
            order.id.as_deref().unwrap_or("-"),
            amount,
            names::item(order.item),
            state(order, language)
        )?;
    }
    Ok(())
}

fn state(order: &OrderLine, language: Language) -> &'static str {
    match (order.state, language) {
        (OrderState::Cancelled, Language::Ja) => "キャンセル済み",
        (OrderState::Cancelled, Language::En) => "cancelled",
        (OrderState::NoCancellationSeen, Language::Ja) => {
            "キャンセルの連絡なし（請求の可能性あり）"
        }
        (OrderState::NoCancellationSeen, Language::En) => {
            "no cancellation seen, may have been charged"
        }
        (OrderState::Charged, Language::Ja) => "請求あり",
        (OrderState::Charged, Language::En) => "charged",
    }
}

fn sender(verdict: SenderVerdict, language: Language) -> &'static str {
    match (verdict, language) {
        (SenderVerdict::Verified, Language::Ja) => "確認済み",
        (SenderVerdict::Verified, Language::En) => "verified",
        (SenderVerdict::Unverified, Language::Ja) => "未確認",
        (SenderVerdict::Unverified, Language::En) => "unverified",
        (SenderVerdict::Failed, Language::Ja) => "偽装の疑い",
        (SenderVerdict::Failed, Language::En) => "failed",
    }
}

fn summary(found: &Found, language: Language) -> String {
    let signals: Vec<String> = counted(found.signals().map(|signal| signal.kind.name()))
        .into_iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let signals = if signals.is_empty() {
        "0".to_owned()
    } else {
        signals.join(", ")
    };
    let (messages, unreadable, seconds) = (found.messages, found.unreadable, found.elapsed_seconds);
    let (alerts, incidents) = (found.replayed.alerts.len(), found.replayed.incidents.len());
    match language {
        Language::Ja => format!(
            "メール {messages} 通（読めないもの {unreadable} 通）、シグナル: {signals}、通知 {alerts} 件、事案 {incidents} 件、{seconds} 秒"
        ),
        Language::En => format!(
            "{messages} mails ({unreadable} unreadable), signals: {signals}; {alerts} alerts, {incidents} incidents, {seconds} s"
        ),
    }
}

//! Japanese.

use jiff::civil::{Date, Weekday};

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
use crate::engine::wording::phrases::{Counts, Day, Moment, Phrases, ReportLabels, Target};
use crate::engine::wording::setup::Setup;

mod command;
mod desktop;
mod given;
mod health;
mod ingest;
mod learning;
mod login;
mod overview;
mod page;
mod question;
mod reason;
mod report;
mod setup;
mod steps;

/// The Japanese phrases.
pub struct Japanese;

impl Phrases for Japanese {
    fn moment(&self, moment: &Moment) -> String {
        format!("{}{}", day(moment.day), moment.clock)
    }

    fn span(&self, from: &Moment, to: &Moment) -> String {
        let start = self.moment(from);
        if from == to {
            format!("{start}。")
        } else if from.day == to.day {
            format!("{start}から{}まで。", to.clock)
        } else {
            format!("{start}から{}まで。", self.moment(to))
        }
    }

    fn short_moment(&self, date: Date, clock: &str) -> String {
        format!("{} {clock}", date.strftime("%m/%d"))
    }

    fn short_date(&self, date: Date) -> String {
        date.strftime("%-m/%-d").to_string()
    }

    fn long_date(&self, date: Date) -> String {
        format!("{}({})", date.strftime("%Y年%-m月%-d日"), weekday(date))
    }

    fn yen(&self, digits: &str) -> String {
        format!("{digits}円")
    }

    fn list(&self, parts: &[String]) -> String {
        match parts.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, before)) => format!("{}と{last}", before.join("、")),
        }
    }

    fn services(&self, names: &[String]) -> String {
        match names {
            [first, _, rest @ ..] if !rest.is_empty() => {
                format!("{first}ほか{}か所", rest.len().saturating_add(1))
            }
            _ => self.list(names),
        }
    }

    fn gap(&self) -> &'static str {
        ""
    }

    fn answer(&self, answer: Answer) -> &'static str {
        match answer {
            Answer::Me => "自分です",
            Answer::NotMe => "自分ではない(アカウントを守る)",
            Answer::Unsure => "わからない",
        }
    }

    fn answer_in_report(&self, answer: Answer) -> &'static str {
        match answer {
            Answer::Me => "自分です",
            Answer::NotMe => "自分ではない",
            Answer::Unsure => "わからない",
        }
    }

    fn details(&self) -> &'static str {
        "くわしく見る"
    }

    fn answer_hint(&self, command: &str) -> String {
        format!("回答: {command}")
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
            "差出人が本物か確認できていません。メールからではなく、{service}の公式アプリで確かめてください。"
        )
    }

    fn incident_title(&self, services: &str, facts: &[String]) -> String {
        format!("{services}で{}", facts.join("、"))
    }

    fn further_facts(&self, facts: &[String]) -> String {
        format!("ほかに{}。", facts.join("、"))
    }

    fn orders(&self, counts: Counts, amount: &str) -> String {
        let mut text = format!("注文{}件", counts.orders);
        if !amount.is_empty() {
            text = format!("{text}・{amount}");
        }
        match counts.cancelled {
            0 => text,
            n if n == counts.orders && n == 1 => format!("{text}(取消済み)"),
            n if n == counts.orders => format!("{text}(すべて取消)"),
            n if n < counts.orders => format!("{text}(うち{n}件取消)"),
            n => format!("{text}、取消{n}件"),
        }
    }

    fn cancellations(&self, cancelled: u32) -> String {
        format!("注文の取消{cancelled}件")
    }

    fn codes(&self, codes: u32, certain: bool) -> String {
        if certain {
            format!("身に覚えのないコード{codes}件")
        } else {
            format!("未確認のコード{codes}件")
        }
    }

    fn sign_ins(&self, sign_ins: u32, certain: bool) -> String {
        if certain {
            format!("身に覚えのないログイン{sign_ins}件")
        } else {
            format!("未確認のログイン{sign_ins}件")
        }
    }

    fn account_changes(&self, changes: u32) -> String {
        format!("登録情報の変更{changes}件")
    }

    fn locks(&self) -> String {
        "アカウントの停止".to_owned()
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
            (0, _) => "カードに請求された可能性があります。".to_owned(),
            (1, 1) => "取消の連絡はなく、請求される可能性があります。".to_owned(),
            (open, all) if open == all => {
                format!("{all}件とも取消の連絡はなく、請求される可能性があります。")
            }
            (open, all) => {
                format!("{all}件のうち{open}件は取消の連絡がなく、請求される可能性があります。")
            }
        }
    }

    fn somebody_else(&self) -> &'static str {
        "ほかの人がアカウントを使っている可能性が高いです。"
    }

    fn buried_orders(&self, ids: &[String], more: usize) -> String {
        let listed = ids.join("、");
        match (ids.is_empty(), more) {
            (true, more) => format!("24時間以内の注文: {more}件"),
            (false, 0) => format!("24時間以内の注文: {listed}"),
            (false, more) => format!("24時間以内の注文: {listed}、ほか{more}件"),
        }
    }

    fn mailbox(&self) -> &'static str {
        "メールボックス"
    }

    fn look_behind_flood(&self) -> &'static str {
        "消す前に、この一日のメールに身に覚えのない注文やログインの知らせがないか見てください。"
    }

    fn reminder(&self) -> &'static str {
        "まだ回答がないため、もう一度お知らせします。"
    }

    fn next_step(&self, step: PlaybookStep, certain: bool, target: &Target<'_>) -> String {
        steps::next(step, certain, target)
    }

    fn no_step_left(&self, command: &str) -> String {
        format!("手順はすべて済んでいます。もう一度見るには: {command}")
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
            format!("カードの明細を確認する日です({days}日経過)"),
            format!(
                "身に覚えのない少額の請求がないか見てください。あれば、{issuer}に電話してください。"
            ),
        )
    }

    fn health(&self, health: &Health, when: Option<&str>) -> (String, String) {
        health::text(health, when)
    }

    fn test(&self) -> (&'static str, &'static str) {
        (
            "mailwardのテスト通知",
            "これが読めれば、通知は届いています。何もする必要はありません。",
        )
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Info => "質問(info)",
            Severity::Notice => "注意: 1時間以内に確認(notice)",
            Severity::Warning => "警告: いますぐ確認(warning)",
            Severity::Critical => "緊急: いますぐ行動(critical)",
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
        match (amount.is_empty(), at_least) {
            (true, _) => format!("{orders}件・金額不明"),
            (false, true) => format!("{orders}件・{amount}以上"),
            (false, false) => format!("{orders}件・{amount}"),
        }
    }

    fn code_count(&self, codes: u32) -> String {
        format!("確認コード{codes}件")
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
        given::words(given)
    }

    fn reached(&self, window: &str, threshold: &str) -> String {
        format!("{window}のうち、基準{threshold}点")
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

fn day(day: Day) -> String {
    match day {
        Day::Today => "今日".to_owned(),
        Day::Yesterday => "昨日".to_owned(),
        Day::Date(date) => format!("{}({})", date.strftime("%-m月%-d日"), weekday(date)),
        Day::FullDate(date) => date.strftime("%Y/%-m/%-d ").to_string(),
    }
}

fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

//! Japanese: the report as a page.

use crate::engine::incident::event::Happened;
use crate::engine::report::timeline::Kind;
use crate::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, MerchantActionKind, SignInOutcome,
};
use crate::engine::wording::page::PageLabels;

/// The labels of the page.
pub(crate) const LABELS: PageLabels = PageLabels {
    made: |when| format!("{when}現在"),
    call: "まずカード会社に電話",
    issuer: "カード会社",
    number_on_card: "カード裏面の番号",
    say,
    next: "次にすること",
    facts: "概要",
    table: "電話で読み上げる注文",
    number: "番号",
    service: "サービス",
    currency: "通貨",
    cancelled_at: "取消の日時",
    note: "備考",
    cancelled_then: |when| format!("{when}に取消"),
    cut: |shown, all, command| {
        format!(
            "{all}件のうち、請求の可能性があるものから{shown}件を載せています。全件を見るには: {command}"
        )
    },
    timeline: "時系列",
    drawing: "出来事の時系列の図。同じ内容を下の一覧にも載せています。",
    lane,
    gap,
    happened,
    more: |more| format!("ほか{more}件"),
    answered: |answer| format!("あなたの回答「{answer}」"),
    steps: "手順(上から順に)",
    done: "済み",
    open: "まだ",
    tick: "済んだ手順に印をつけるには:",
    why: "お知らせした理由",
    levels: "お知らせの記録",
    foot: "mailwardが、届いたメールをもとにこのパソコンで作りました。注文番号と金額が載っているので、必要な相手にだけ渡してください。",
};

fn say(orders: u32, amount: &str) -> String {
    let amount = if amount.is_empty() {
        String::new()
    } else {
        format!("、合わせて{amount}")
    };
    format!(
        "「身に覚えのない注文が{orders}件{amount}あります。カードを止めて、請求の取消と再発行をお願いします。」"
    )
}

fn lane(kind: Kind) -> &'static str {
    match kind {
        Kind::Codes => "コード",
        Kind::SignIns => "ログイン",
        Kind::AccountChanges => "登録情報の変更",
        Kind::Orders => "注文",
        Kind::Cancellations => "取消",
        Kind::MerchantActions => "店の対応",
        Kind::Charges => "カードの請求",
        Kind::Answers => "あなたの回答",
    }
}

fn gap(minutes: i64) -> String {
    match minutes {
        ..=99 => format!("{minutes}分"),
        100..=2_879 => format!("{}時間", minutes.saturating_add(30).div_euclid(60)),
        _ => format!("{}日", minutes.saturating_add(720).div_euclid(1440)),
    }
}

fn happened(what: &Happened, times: usize) -> String {
    let what = match what {
        Happened::OrderCancelled { by, .. } => match by {
            CancelledBy::Merchant => "問題を理由とした、店による注文の取消",
            CancelledBy::Customer => "購入者による注文の取消",
            CancelledBy::Unknown => "注文の取消",
        },
        Happened::OneTimeCode { purpose } => match purpose {
            CodePurpose::SignIn => "ログイン用のコード",
            CodePurpose::PasswordReset => "パスワード再設定のコード",
            CodePurpose::AccountChange => "登録情報変更用のコード",
            CodePurpose::Payment => "支払い用のコード",
            CodePurpose::SignUp => "新規登録用のコード",
            CodePurpose::Unknown => "確認コード",
        },
        Happened::SignIn { outcome } => match outcome {
            SignInOutcome::Attempted => "ログインの試み",
            SignInOutcome::NewDevice => "新しい端末からのログイン",
            SignInOutcome::Succeeded => "ログイン",
            SignInOutcome::Blocked => "ブロックされたログイン",
        },
        Happened::AccountChange { what } => match what {
            AccountProperty::Password => "パスワードの変更",
            AccountProperty::Email => "メールアドレスの変更",
            AccountProperty::Phone => "電話番号の変更",
            AccountProperty::Address => "住所の変更",
            AccountProperty::TwoFactor => "2段階認証の変更",
            AccountProperty::PaymentMethod => "支払い方法の変更",
        },
        Happened::MerchantAction { what } => match what {
            MerchantActionKind::AccountLocked => return "店がアカウントを停止".to_owned(),
            MerchantActionKind::PasswordDisabled => return "店がパスワードを無効化".to_owned(),
            MerchantActionKind::OrderHeld => "店による注文の保留",
        },
        Happened::CardCharge { .. } => "カードの請求",
    };
    format!("{what}{times}件")
}

//! Japanese: the playbook.

use crate::engine::advice::PlaybookStep;
use crate::engine::wording::context::CardIssuer;
use crate::engine::wording::phrases::Target;
use crate::engine::wording::plain::name;

/// Whom to call: stands before に電話.
pub(crate) fn issuer(issuer: Option<&CardIssuer>) -> String {
    match issuer {
        Some(issuer) => format!("{}({})", name(&issuer.name, 40), name(&issuer.phone, 24)),
        None => "カード裏面の番号".to_owned(),
    }
}

/// The next step of an alert.
pub(crate) fn next(step: PlaybookStep, certain: bool, target: &Target<'_>) -> String {
    let service = target.service;
    let condition = if certain {
        ""
    } else {
        "覚えがなければ、"
    };
    match step {
        PlaybookStep::CallCardIssuer => {
            let call = format!(
                "{condition}まず{}に電話して、カードを止めてもらってください。",
                target.issuer
            );
            match target.page {
                Some(page) => {
                    format!("{call}\n次に、{service}のパスワードを変えてください: {page}")
                }
                None => {
                    format!("{call}\n次に、自分で{service}を開いて、パスワードを変えてください。")
                }
            }
        }
        PlaybookStep::ChangeMailboxPassword => match target.page {
            Some(page) => {
                format!("{condition}まずメールのパスワードを変えてください: {page}")
            }
            None => format!("{condition}まずメールのパスワードを変えてください。"),
        },
        PlaybookStep::ChangePassword => match target.page {
            Some(page) => {
                format!("{condition}{service}のパスワードを変えてください: {page}")
            }
            None => {
                format!("{condition}自分で{service}を開いて、パスワードを変えてください。")
            }
        },
        PlaybookStep::SignOutEverywhere
        | PlaybookStep::ScreenshotsAndCancel
        | PlaybookStep::CheckHiddenOrders
        | PlaybookStep::StrongerSignIn
        | PlaybookStep::MailboxFilters
        | PlaybookStep::PhoneCarrier
        | PlaybookStep::ShopSupport
        | PlaybookStep::SamePasswordElsewhere
        | PlaybookStep::Statements
        | PlaybookStep::Police => {
            let title = title(step, service);
            match target.page {
                Some(page) => format!("次にすること: {title}\n{page}"),
                None => format!("次にすること: {title}"),
            }
        }
    }
}

/// The title of a step.
pub(crate) fn title(step: PlaybookStep, service: &str) -> String {
    match step {
        PlaybookStep::CallCardIssuer => "カード会社に電話する".to_owned(),
        PlaybookStep::ChangePassword => format!("{service}のパスワードを変える"),
        PlaybookStep::ChangeMailboxPassword => "メールのパスワードを変える".to_owned(),
        PlaybookStep::SignOutEverywhere => format!("すべての端末で{service}からログアウトする"),
        PlaybookStep::ScreenshotsAndCancel => "画面を保存してから取り消す".to_owned(),
        PlaybookStep::CheckHiddenOrders => "隠された注文がないか見る".to_owned(),
        PlaybookStep::StrongerSignIn => "パスキーか認証アプリに切り替える".to_owned(),
        PlaybookStep::MailboxFilters => "メールの振り分けと転送を見る".to_owned(),
        PlaybookStep::PhoneCarrier => "電話が圏外のままなら、携帯会社に連絡する".to_owned(),
        PlaybookStep::ShopSupport => format!("{service}の窓口に伝える"),
        PlaybookStep::SamePasswordElsewhere => "同じパスワードをほかでも変える".to_owned(),
        PlaybookStep::Statements => "カードの明細を見続ける".to_owned(),
        PlaybookStep::Police => "警察に相談する".to_owned(),
    }
}

/// One or two sentences on how to do it.
pub(crate) fn text(step: PlaybookStep, target: &Target<'_>) -> String {
    let service = target.service;
    match step {
        PlaybookStep::CallCardIssuer => format!(
            "{}に電話してください。身に覚えのない注文を読み上げ、カードの停止と再発行を頼みます。",
            target.issuer
        ),
        PlaybookStep::ChangePassword => format!(
            "メールからではなく、自分で{service}を開いてください。ほかで使っていないパスワードにします。"
        ),
        PlaybookStep::ChangeMailboxPassword => {
            "安心して使える端末で変えてください。メールを読まれると、ほかのパスワードも変えられてしまいます。"
                .to_owned()
        }
        PlaybookStep::SignOutEverywhere => {
            "パスワードを変えても、ログインしたままの端末が残ることがあります。知らない端末は外してください。"
                .to_owned()
        }
        PlaybookStep::ScreenshotsAndCancel => {
            "注文の画面を保存し、取り消せる注文を取り消します。知らない送り先、住所、支払い方法も消してください。"
                .to_owned()
        }
        PlaybookStep::CheckHiddenOrders => {
            "非表示の注文、デジタルの注文、海外のサイトの注文も見てください。見つけたら、カード会社に伝えます。"
                .to_owned()
        }
        PlaybookStep::StrongerSignIn => {
            "SMSのコードは盗まれることがあります。知らない電話番号や端末も外してください。".to_owned()
        }
        PlaybookStep::MailboxFilters => {
            "自分で作っていない振り分けや転送を消してください。予備の連絡先とアプリパスワードも見ます。"
                .to_owned()
        }
        PlaybookStep::PhoneCarrier => {
            "電話番号が別の人に移されたおそれがあります。ふだんどおり使えるなら、この手順は飛ばしてください。"
                .to_owned()
        }
        PlaybookStep::ShopSupport => {
            "身に覚えのない注文を伝え、アカウントの保護を頼みます。窓口は、公式アプリのヘルプから開いてください。"
                .to_owned()
        }
        PlaybookStep::SamePasswordElsewhere => {
            "メール、銀行、買い物の順に変えてください。それぞれ別のパスワードにします。".to_owned()
        }
        PlaybookStep::Statements => {
            "60日から90日の間、少額の請求も確かめてください。7日、30日、60日後にお知らせします。"
                .to_owned()
        }
        PlaybookStep::Police => {
            "報告書を用意して、#9110に電話してください。カード会社から受理番号を聞かれることがあります。"
                .to_owned()
        }
    }
}

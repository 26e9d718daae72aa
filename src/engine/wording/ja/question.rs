//! Japanese: was it you?

use crate::engine::alert::Asked;
use crate::engine::signal::{CodePurpose, SignInOutcome};
use crate::engine::wording::phrases::Target;

/// What arrived, when.
pub(crate) fn title(service: &str, asked: Asked, when: &str) -> String {
    let what = match asked {
        Asked::Code(CodePurpose::SignIn) => "からログイン用のコードが届きました",
        Asked::Code(CodePurpose::PasswordReset) => "からパスワード再設定のコードが届きました",
        Asked::Code(CodePurpose::AccountChange) => "から登録情報変更用のコードが届きました",
        Asked::Code(CodePurpose::Payment) => "から支払い用のコードが届きました",
        Asked::Code(CodePurpose::SignUp) => "から新規登録用のコードが届きました",
        Asked::Code(CodePurpose::Unknown) => "から確認コードが届きました",
        Asked::SignIn(SignInOutcome::Attempted) => "にログインしようとした人がいます",
        Asked::SignIn(SignInOutcome::NewDevice) => "に新しい端末からログインがありました",
        Asked::SignIn(SignInOutcome::Succeeded) => "にログインがありました",
        Asked::SignIn(SignInOutcome::Blocked) => "がログインをブロックしました",
        Asked::AccountChange => "で住所か支払い方法が変わりました",
    };
    format!("{service}{what}({when})")
}

/// Was it you?
pub(crate) fn ask(asked: Asked, fresh: bool) -> &'static str {
    match (asked, fresh) {
        (Asked::Code(CodePurpose::SignIn), true) => "いまログインしようとしていますか?",
        (Asked::Code(CodePurpose::SignIn), false) => "そのとき、ログインしようとしましたか?",
        (Asked::Code(CodePurpose::PasswordReset), _) => "パスワードの再設定を申し込みましたか?",
        (Asked::Code(CodePurpose::AccountChange), true) => "いま登録情報を変えようとしていますか?",
        (Asked::Code(CodePurpose::AccountChange), false) => {
            "そのとき、登録情報を変えようとしましたか?"
        }
        (Asked::Code(CodePurpose::Payment), true) => "いま支払いの手続きをしていますか?",
        (Asked::Code(CodePurpose::Payment), false) => "そのとき、支払いの手続きをしましたか?",
        (Asked::Code(CodePurpose::SignUp), true) => "いま新規登録をしていますか?",
        (Asked::Code(CodePurpose::SignUp), false) => "そのとき、新規登録をしましたか?",
        (Asked::Code(CodePurpose::Unknown), true) => "いまコードが必要な操作をしていますか?",
        (Asked::Code(CodePurpose::Unknown), false) => "そのとき、コードが必要な操作をしましたか?",
        (Asked::SignIn(_), _) => "ご自身の操作でしたか?",
        (Asked::AccountChange, _) => "ご自身で変えましたか?",
    }
}

/// What to do if not.
pub(crate) fn next(asked: Asked, target: &Target<'_>) -> String {
    match asked {
        Asked::Code(CodePurpose::Payment) => {
            format!("覚えがなければ、まず{}に電話してください。", target.issuer)
        }
        Asked::Code(CodePurpose::SignUp) => {
            "覚えがなければ、コードを誰にも教えないでください。ほかにすることはありません。"
                .to_owned()
        }
        Asked::Code(
            CodePurpose::SignIn
            | CodePurpose::PasswordReset
            | CodePurpose::AccountChange
            | CodePurpose::Unknown,
        )
        | Asked::SignIn(_)
        | Asked::AccountChange => match target.page {
            Some(page) => format!("覚えがなければ、公式ページでパスワードを変えてください: {page}"),
            None => format!(
                "覚えがなければ、自分で{}を開いて、パスワードを変えてください。",
                target.service
            ),
        },
    }
}

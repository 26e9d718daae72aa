//! English: was it you?

use crate::engine::alert::Asked;
use crate::engine::signal::{CodePurpose, SignInOutcome};
use crate::engine::wording::phrases::Target;

/// What arrived, when.
pub(crate) fn title(service: &str, asked: Asked, when: &str) -> String {
    let what = match asked {
        Asked::Code(CodePurpose::SignIn) => "sent a sign-in code",
        Asked::Code(CodePurpose::PasswordReset) => "sent a code for a new password",
        Asked::Code(CodePurpose::AccountChange) => "sent a code for an account change",
        Asked::Code(CodePurpose::Payment) => "sent a code for a payment",
        Asked::Code(CodePurpose::SignUp) => "sent a code for a new account",
        Asked::Code(CodePurpose::Unknown) => "sent a one-time code",
        Asked::SignIn(SignInOutcome::Attempted) => "reports a sign-in attempt",
        Asked::SignIn(SignInOutcome::NewDevice) => "reports a sign-in from a new device",
        Asked::SignIn(SignInOutcome::Succeeded) => "reports a sign-in",
        Asked::SignIn(SignInOutcome::Blocked) => "blocked a sign-in",
        Asked::AccountChange => "reports a new address or card",
    };
    format!("{service} {what} {when}")
}

/// Was it you?
pub(crate) fn ask(asked: Asked, fresh: bool) -> &'static str {
    match (asked, fresh) {
        (Asked::Code(CodePurpose::SignIn | CodePurpose::Unknown), true) => {
            "Are you signing in right now?"
        }
        (Asked::Code(CodePurpose::SignIn | CodePurpose::Unknown), false) => {
            "Were you signing in then?"
        }
        (Asked::Code(CodePurpose::PasswordReset), _) => "Did you ask for a new password?",
        (Asked::Code(CodePurpose::AccountChange), true) => {
            "Are you changing your account right now?"
        }
        (Asked::Code(CodePurpose::AccountChange), false) => "Were you changing your account then?",
        (Asked::Code(CodePurpose::Payment), true) => "Are you paying for something right now?",
        (Asked::Code(CodePurpose::Payment), false) => "Were you paying for something then?",
        (Asked::Code(CodePurpose::SignUp), true) => "Are you opening an account there right now?",
        (Asked::Code(CodePurpose::SignUp), false) => "Were you opening an account there then?",
        (Asked::SignIn(_), _) => "Was that you?",
        (Asked::AccountChange, _) => "Did you change that?",
    }
}

/// What to do if not.
pub(crate) fn next(asked: Asked, target: &Target<'_>) -> String {
    match asked {
        Asked::Code(CodePurpose::Payment) => {
            format!("If not, call {} before anything else.", target.issuer)
        }
        Asked::Code(CodePurpose::SignUp) => {
            "If not, give the code to nobody; nothing else needs doing.".to_owned()
        }
        Asked::Code(
            CodePurpose::SignIn
            | CodePurpose::PasswordReset
            | CodePurpose::AccountChange
            | CodePurpose::Unknown,
        )
        | Asked::SignIn(_)
        | Asked::AccountChange => match target.page {
            Some(page) => format!("If not, change the password at {page}"),
            None => format!(
                "If not, open {} yourself and change the password there.",
                target.service
            ),
        },
    }
}

//! Whether a mail carries a one-time code. The code itself is never taken out.

use std::sync::LazyLock;

use regex::Regex;

use crate::engine::rule::view::View;

/// A code behind a word for it: four to eight digits, also in groups or one by one, or letters and digits in capitals.
static NEAR_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: code | コード | 番号 | パスワード | パスコード | passcode | password | otp | pin | 验证码 | 驗證碼 | 코드 | 번호
          | codice | código | codigo | kod | kodu | kode | passwort | passwd )
        [^0-9]{0,80}?
        (?: \b | g-)?
        (?: [0-9]{4,8} | [0-9]{3}[\ -][0-9]{3,4} | [0-9](?:\ [0-9]){3,7} )
        (?: [^0-9a-z,./%-] | [.,](?:[^0-9]|$) | -[^0-9] | $ )",
    )
    .ok()
});

/// A code that stands before the words: `123456 is your code`, `123456 が認証コードです`.
static BEFORE_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: ^ | [^0-9a-z,./-] ) (?: g-)?
        (?: [0-9]{4,8} | [0-9]{3}[\ -][0-9]{3,4} )
        \ ? (?: is\ (?:your|the) | ist\ (?:ihr|dein) | est\ (?:votre|ton) | es\ (?:tu|su|el) | è\ il | é\ (?:o|seu) | is\ (?:je|uw)
              | が | は | 是 | 입니다 | 은 | 는 | to\ jest | - | : )",
    )
    .ok()
});

/// A line that is nothing but a code.
static ALONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xm)
        ^ [「『【\[\(<\x22*]* (?: [A-Z]-)?
        (?: [0-9]{4,8} | [0-9]{3}[\ -][0-9]{3,4} | [0-9](?:\ [0-9]){3,7}
          | [A-Z0-9]*[0-9][A-Z0-9]* (?:-[A-Z0-9]{3,4})? | [A-Z]{3}-[A-Z]{3} | [A-Z]{4,8} )
        [」』】\]\)>\x22*.。]* $",
    )
    .ok()
});

/// Whether subject, text or preview line hold a code.
pub(crate) fn holds_code(view: &View<'_>) -> bool {
    let preheader = view.message.body.preheader.to_lowercase();
    let near = [view.subject(), view.text(), preheader.as_str()];
    let is_match = |regex: &LazyLock<Option<Regex>>, text: &str| {
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    };
    near.iter()
        .any(|text| is_match(&NEAR_WORD, text) || is_match(&BEFORE_WORD, text))
        || ALONE.as_ref().is_some_and(|regex| {
            regex.find_iter(view.lines()).any(|line| {
                let length = line
                    .as_str()
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .count();
                (4..=9).contains(&length)
            })
        })
}

//! Questions and answers on a terminal; without one, each question is a missing option.

use std::io::Write as _;

use console::Term;

use crate::cli::exit::{Code, Failure};
use crate::engine::secret::Secret;
use crate::engine::wording::setup::{Setup, fill};

/// Asks the person, or nobody.
pub struct Dialogue {
    /// The sentences of the person's language.
    pub words: &'static Setup,
    /// Somebody is there to answer.
    pub asks: bool,
}

impl Dialogue {
    /// Says a sentence.
    pub fn say(&self, text: &str, places: &[(&str, &str)]) {
        // Nobody is left to be told that printing failed.
        let _ = writeln!(anstream::stderr().lock(), "{}", fill(text, places));
    }

    /// Asks for a line; Enter alone gives the default. `flag` is the option that answers it.
    pub fn line(&self, flag: &str, question: &str, default: &str) -> Result<String, Failure> {
        if !self.asks {
            return Err(missing(&[flag]));
        }
        let shown = if default.is_empty() {
            format!("{question}: ")
        } else {
            format!("{question} [{default}]: ")
        };
        prompt(&shown);
        let answer = next_line()?;
        Ok(if answer.is_empty() {
            default.to_owned()
        } else {
            answer
        })
    }

    /// Asks for a secret, which is not shown.
    pub fn secret(&self, flag: &str, question: &str) -> Result<Secret, Failure> {
        if !self.asks {
            return Err(missing(&[flag]));
        }
        prompt(&format!("{question}: "));
        let typed = Term::stderr().read_secure_line()?;
        Ok(Secret::new(typed))
    }

    /// Asks yes or no; Enter alone gives the default.
    pub fn yes(&self, flag: &str, question: &str, default: bool) -> Result<bool, Failure> {
        if !self.asks {
            return Err(missing(&[flag]));
        }
        let mark = if default {
            self.words.yes_no
        } else {
            self.words.no_yes
        };
        loop {
            prompt(&format!("{question} {mark} "));
            let answer = next_line()?.to_lowercase();
            match answer.as_str() {
                "" => return Ok(default),
                "y" | "yes" | "はい" | "ｙ" => return Ok(true),
                "n" | "no" | "いいえ" | "ｎ" => return Ok(false),
                _ => {}
            }
        }
    }
}

/// What has to be given where nobody can be asked.
pub fn missing(flags: &[&str]) -> Failure {
    Failure::new(
        Code::Usage,
        format!("missing: {}", flags.join(", ")),
        "give these options, or run `mailward init` on a terminal without --non-interactive",
    )
}

fn prompt(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = write!(out, "{text}");
    let _ = out.flush();
}

fn next_line() -> Result<String, Failure> {
    match std::io::stdin().lines().next() {
        Some(line) => Ok(line?.trim().to_owned()),
        None => Err(Failure::new(
            Code::NoInput,
            "the input ended before everything was asked; nothing was written",
            "run `mailward init` again",
        )),
    }
}

//! How far a scan is: one line on a terminal, nothing anywhere else.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::wording::Language;

/// Without a colour on purpose: a bar needs none, and nobody has to switch it off.
const fn template(language: Language) -> &'static str {
    match language {
        Language::Ja => "{msg} [{bar:30}] {percent:>3}%(残り {eta_precise})",
        Language::En => "{msg} [{bar:30}] {percent:>3}%, {eta_precise} left",
    }
}

/// The bar, where somebody is there to see it.
pub struct Progress {
    bar: Option<ProgressBar>,
    language: Language,
}

impl Progress {
    /// Begins with no work as yet. Shows nothing unless stderr is a terminal.
    pub fn begin(language: Language) -> Self {
        let shown = std::io::stderr().is_terminal();
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            // A template that cannot be read leaves the usual look.
            if let Ok(style) = ProgressStyle::with_template(template(language)) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(mails(0, language));
            bar
        });
        Self { bar, language }
    }

    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// So much more work is to do.
    pub fn more(&self, work: u64) {
        if let Some(bar) = &self.bar {
            bar.inc_length(work);
            bar.tick();
        }
    }

    /// So much is done; `messages` were read in all.
    pub fn done(&self, work: u64, messages: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(mails(messages, self.language));
            bar.inc(work);
        }
    }

    /// Lets something else be printed where the bar stands.
    pub fn aside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the line away again: what follows are the results.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // An error is printed next, and it needs the line.
        self.end();
    }
}

fn mails(count: u64, language: Language) -> String {
    match language {
        Language::Ja => format!("メール {count} 通"),
        Language::En => format!("{count} mails"),
    }
}

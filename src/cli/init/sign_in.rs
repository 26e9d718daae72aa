//! The live login: what stands in its way is said with the next step.

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::{Dialogue, missing};
use crate::cli::init::draft::{Draft, password_file};
use crate::cli::init::server::{Server, named};
use crate::cli::scan::account::{Known, secret};
use crate::config::Limits;
use crate::config::providers::SecretKind;
use crate::daemon::mailboxes;
use crate::engine::watch::input::LinkError;
use crate::engine::wording::setup::fill;
use crate::io::imap::probe::{self, Survey};
use crate::io::imap::{Credential, Options, Security};
use crate::io::secrets::Source;

/// How far back stamps are looked for, in days.
pub const SAMPLE_DAYS: i64 = 60;
/// In how many mails at most.
pub const SAMPLE: usize = 200;
/// Nobody waits at a terminal for longer.
const STEP: std::time::Duration = std::time::Duration::from_secs(20);

/// What there is to go on with.
pub struct SignIn<'a> {
    /// Runs what takes time.
    pub runtime: &'a Runtime,
    /// Asks.
    pub dialogue: &'a Dialogue,
    /// The file of the configuration.
    pub config: &'a std::path::Path,
    /// The present moment.
    pub now: Timestamp,
}

impl SignIn<'_> {
    /// Logs in until it works or the person gives up; gives the credential that worked.
    pub fn run(
        &self,
        draft: &mut Draft,
        server: &mut Server,
    ) -> Result<(Survey, Credential), Failure> {
        let words = self.dialogue.words;
        loop {
            self.dialogue
                .say(words.connecting, &[("host", &draft.host)]);
            let credential = match draft.typed() {
                Some(credential) => credential,
                None => self.runtime.block_on(secret(&draft.account()))?,
            };
            let options = link(draft);
            let since = self
                .now
                .checked_sub(SignedDuration::from_hours(24 * SAMPLE_DAYS))
                .unwrap_or(self.now);
            let known = Known(credential.clone());
            let tried = self
                .runtime
                .block_on(probe::survey(&options, &known, since, SAMPLE));
            match tried {
                Ok(survey) => return Ok((survey, credential)),
                Err(error) => self.mend(error, draft, server, &options)?,
            }
        }
    }

    /// Says what is wrong and changes the draft, or gives up.
    fn mend(
        &self,
        error: LinkError,
        draft: &mut Draft,
        server: &mut Server,
        options: &Options,
    ) -> Result<(), Failure> {
        let words = self.dialogue.words;
        match error {
            LinkError::Refused { .. } => self.refused(draft, server),
            LinkError::Tls(_) if may_pin(draft, server) => {
                match self.runtime.block_on(probe::certificate(options)) {
                    Ok(shown) => self.pin(draft, shown.fingerprint),
                    Err(_) => self.unreachable(error, draft, server),
                }
            }
            LinkError::Tls(_)
            | LinkError::Network(_)
            | LinkError::Timeout(_)
            | LinkError::Closed
            | LinkError::Protocol(_) => self.unreachable(error, draft, server),
            LinkError::Busy(_) => Err(told(Code::TryAgain, words.busy)),
            LinkError::Secret | LinkError::SignIn | LinkError::Unsupported(_) => {
                let cause = error.to_string();
                Err(told(
                    Code::Config,
                    &fill(words.failed, &[("cause", &cause)]),
                ))
            }
        }
    }

    fn refused(&self, draft: &mut Draft, server: &Server) -> Result<(), Failure> {
        let words = self.dialogue.words;
        let app = server
            .provider
            .filter(|provider| provider.secret == SecretKind::App);
        let text = match app {
            Some(provider) => fill(
                words.refused_app,
                &[
                    ("provider", provider.name.as_str()),
                    ("user", &draft.user),
                    ("page", &provider.page),
                ],
            ),
            None => fill(words.refused, &[("user", &draft.user)]),
        };
        // A secret that a program or a file keeps is mended there, not here.
        if !self.dialogue.asks || draft.typed.is_none() {
            return Err(told(Code::LoginRefused, &text));
        }
        self.dialogue.say("{text}", &[("text", &text)]);
        if !self.dialogue.yes("--password-stdin", words.again, true)? {
            return Err(told(Code::LoginRefused, words.nothing_written));
        }
        draft.user = self.dialogue.line("--user", words.user, &draft.user)?;
        let typed = self.dialogue.secret("--password-stdin", words.secret)?;
        if typed.expose().is_empty() {
            return Err(told(Code::LoginRefused, words.nothing_written));
        }
        draft.secret = Source::File(password_file(self.config, &draft.name));
        draft.typed = Some(typed);
        Ok(())
    }

    fn pin(
        &self,
        draft: &mut Draft,
        fingerprint: crate::io::certificate::Fingerprint,
    ) -> Result<(), Failure> {
        let words = self.dialogue.words;
        let text = fingerprint.to_string();
        let places = [("host", draft.host.as_str()), ("fingerprint", &text)];
        self.dialogue.say(words.certificate, &places);
        if !self.dialogue.asks {
            return Err(missing(&[&format!("--certificate-sha256 {text}")]));
        }
        let flag = "--certificate-sha256";
        if !self.dialogue.yes(flag, words.certificate_accept, false)? {
            return Err(told(Code::Unavailable, words.certificate_refused));
        }
        self.dialogue.say(words.certificate_pinned, &[]);
        draft.certificate = Some(fingerprint);
        Ok(())
    }

    fn unreachable(
        &self,
        error: LinkError,
        draft: &mut Draft,
        server: &mut Server,
    ) -> Result<(), Failure> {
        let words = self.dialogue.words;
        let (port, cause) = (draft.port.to_string(), error.to_string());
        let text = fill(
            words.unreachable,
            &[("host", &draft.host), ("port", &port), ("cause", &cause)],
        );
        if !self.dialogue.asks {
            return Err(told(Code::Unavailable, &text));
        }
        self.dialogue.say("{text}", &[("text", &text)]);
        let host = self.dialogue.line("--host", words.other_server, "")?;
        if host.is_empty() {
            return Err(told(Code::Unavailable, words.nothing_written));
        }
        // `host:port` is what many help pages write.
        let (host, port) = match host.rsplit_once(':') {
            Some((name, port)) => (name.to_owned(), port.parse().ok()),
            None => (host, None),
        };
        *server = named(&host, &draft.address);
        draft.host = host;
        draft.port = port.unwrap_or(draft.port);
        draft.certificate = None;
        Ok(())
    }
}

/// How to connect.
pub fn link(draft: &Draft) -> Options {
    let mut options = mailboxes::link(&draft.account(), &Limits::default());
    options.limits.step = STEP;
    options
}

/// A failure in the person's language: the first sentence, and what follows it as the next step.
pub fn told(code: Code, text: &str) -> Failure {
    let end = text.find(". ").map(|at| at.saturating_add(1));
    let end = end.or_else(|| text.find('。').map(|at| at.saturating_add('。'.len_utf8())));
    match end.and_then(|end| text.split_at_checked(end)) {
        Some((what, hint)) if !hint.trim().is_empty() => {
            let what = what.trim_end_matches(['.', '。']);
            Failure::new(code, what, hint.trim())
        }
        Some(_) | None => Failure {
            hint: None,
            ..Failure::new(code, text.trim_end_matches(['.', '。']), "")
        },
    }
}

/// A provider's own server has a certificate that authorities vouch for: another one is somebody in between.
fn may_pin(draft: &Draft, server: &Server) -> bool {
    let loopback = draft.host.starts_with("127.") || draft.host == "localhost";
    draft.security != Security::None
        && draft.certificate.is_none()
        && draft.ca_file.is_none()
        && (loopback || server.provider.is_none())
}

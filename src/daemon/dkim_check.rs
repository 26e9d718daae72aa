//! Checks the DKIM signature of mails that matter and that the provider did not vouch for.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tracing::info;

use crate::engine::rule::{self, RuleSet, Trust};
use crate::engine::signal::SenderVerdict;
use crate::engine::span;
use crate::io::clock::Clock;
use crate::io::dkim::{DnsKeys, KeySource, passing_domains};
use crate::io::imap::{Event, Fetched};

/// A mail waits for the DNS no longer than this; the alert is worth more than the verdict.
const PATIENCE: Duration = Duration::from_secs(5);

/// A DNS that did not answer is left alone for this long.
const REST: SignedDuration = SignedDuration::from_mins(5);

/// The check of one mailbox; it never holds up another one.
pub struct DkimCheck {
    /// The rules, to check only what they make a signal of.
    pub rules: Arc<RuleSet>,
    /// What is trusted without a check.
    pub trust: Trust,
    /// The time.
    pub clock: Clock,
    /// The DNS did not answer and is left alone until then.
    pub rests_until: Option<Timestamp>,
}

impl DkimCheck {
    /// Passes events on in their order, each mail with the domains whose signature passes by keys from the DNS.
    pub async fn pass_on(self, mut incoming: mpsc::Receiver<Event>, events: mpsc::Sender<Event>) {
        match DnsKeys::shared() {
            Ok(keys) => self.pass_on_with(keys.as_ref(), incoming, events).await,
            Err(error) => {
                info!(%error, "DKIM signatures are not checked");
                while let Some(event) = incoming.recv().await {
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// The same with keys from elsewhere.
    pub async fn pass_on_with(
        mut self,
        keys: &impl KeySource,
        mut incoming: mpsc::Receiver<Event>,
        events: mpsc::Sender<Event>,
    ) {
        while let Some(mut event) = incoming.recv().await {
            if let Event::Mail(mail) = &mut event
                && self.is_wanted(mail)
            {
                Box::pin(self.check(mail, keys)).await;
            }
            if events.send(event).await.is_err() {
                return;
            }
        }
    }

    /// Only a whole mail that makes a signal and that nobody vouches for.
    fn is_wanted(&self, mail: &Fetched) -> bool {
        let rests = self.rests_until.is_some_and(|until| (self.clock)() < until);
        let whole = u64::try_from(mail.raw.bytes.len()).is_ok_and(|len| len >= mail.raw.full_size);
        whole
            && !rests
            && !rule::is_judged_by_server(&mail.raw, &self.trust)
            && rule::signal_of(&self.rules, &mail.raw, &self.trust)
                .is_some_and(|signal| signal.sender == SenderVerdict::Unverified)
    }

    async fn check(&mut self, mail: &mut Fetched, keys: &impl KeySource) {
        let passing = passing_domains(&mail.raw.bytes, keys);
        if let Ok(domains) = tokio::time::timeout(PATIENCE, passing).await {
            mail.dkim_domains = domains;
        } else {
            info!(
                account = mail.account,
                "the DNS does not answer; DKIM signatures are not checked for a while"
            );
            self.rests_until = Some(span::after((self.clock)(), REST));
        }
    }
}

//! Checks the DKIM signature of mails that matter and that the provider did not vouch for.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::engine::rule::{self, RuleSet, Trust};
use crate::engine::signal::SenderVerdict;
use crate::engine::span;
use crate::io::clock::Clock;
use crate::io::dkim::{DnsError, DnsKeys, KeySource, passing_domains};
use crate::io::imap::{Check, Fetched};

/// A mail waits for the DNS no longer than this; the alert is worth more than the verdict.
const PATIENCE: Duration = Duration::from_secs(5);

/// A DNS that did not answer is left alone for this long.
const REST: SignedDuration = SignedDuration::from_mins(5);

/// The check of one mailbox; it never holds up another one.
pub struct DkimCheck {
    /// The rules, to check only what they make a signal of.
    rules: Arc<RuleSet>,
    /// What is trusted without a check.
    trust: Arc<Trust>,
    /// The time.
    clock: Clock,
    /// Keys from the DNS, from the first mail on that needs one.
    keys: Option<Arc<DnsKeys>>,
    /// The DNS did not answer and is left alone until then.
    rests_until: Option<Timestamp>,
}

impl Check for DkimCheck {
    fn check<'a>(&'a mut self, mail: &'a mut Fetched) -> BoxFuture<'a, ()> {
        Box::pin(async {
            if !self.is_wanted(mail) {
                return;
            }
            match self.keys() {
                Ok(keys) => self.ask(mail, keys.as_ref()).await,
                Err(error) => {
                    info!(%error, "DKIM signatures are not checked for a while");
                    self.rest();
                }
            }
        })
    }
}

impl DkimCheck {
    /// A check that asks nobody yet.
    pub fn new(rules: Arc<RuleSet>, trust: Arc<Trust>, clock: Clock) -> Self {
        Self {
            rules,
            trust,
            clock,
            keys: None,
            rests_until: None,
        }
    }

    /// Notes on a mail the domains whose signature passes, by keys from elsewhere.
    pub async fn check_with(&mut self, mail: &mut Fetched, keys: &impl KeySource) {
        if self.is_wanted(mail) {
            self.ask(mail, keys).await;
        }
    }

    fn keys(&mut self) -> Result<Arc<DnsKeys>, DnsError> {
        if let Some(keys) = &self.keys {
            return Ok(Arc::clone(keys));
        }
        let keys = DnsKeys::shared()?;
        self.keys = Some(Arc::clone(&keys));
        Ok(keys)
    }

    fn rest(&mut self) {
        self.rests_until = Some(span::after((self.clock)(), REST));
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

    async fn ask(&mut self, mail: &mut Fetched, keys: &impl KeySource) {
        let passing = passing_domains(&mail.raw.bytes, keys);
        if let Ok(domains) = tokio::time::timeout(PATIENCE, passing).await {
            mail.dkim_domains = domains;
        } else {
            info!(
                account = mail.account,
                "the DNS does not answer; DKIM signatures are not checked for a while"
            );
            self.rest();
        }
    }
}

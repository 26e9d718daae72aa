//! Rules as data: which mail is which signal.

mod answer;
mod built_in;
mod code;
mod code_shape;
mod compile;
pub mod example;
mod expression;
mod extract;
mod gate;
mod group;
mod identity;
mod judge;
mod look_alike;
mod matching;
mod pack;
mod pattern;
mod relation;
mod schema;
mod sender_index;
mod texts;
mod view;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::engine::authentication::{Outcome, authenticate};
use crate::engine::message::header::{Header, sender_fields};
use crate::engine::message::markup::mentions_markup;
use crate::engine::message::{Message, RawMail};
use crate::engine::rule::compile::{compile, compile_groups};
use crate::engine::rule::example::ExampleFailure;
use crate::engine::rule::gate::{Gate, GateBuilder};
use crate::engine::rule::judge::Judge;
use crate::engine::rule::look_alike::Resembling;
use crate::engine::rule::pack::Pack;
use crate::engine::rule::sender_index::SenderIndex;
use crate::engine::signal::{SenderVerdict, Signal};

/// What makes a sender trustworthy for the account that received the mail.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The person's own addresses, lower case. Empty: the recipient gate is skipped.
    pub addresses: Vec<String>,
    /// Pinned authserv-ids (RFC 8601 §2.5). Empty: nothing in a header is believed.
    pub authserv_ids: Vec<String>,
}

/// A service that a pack describes.
#[derive(Debug, Clone)]
pub struct Service {
    /// The pack's id: `amazon`.
    pub id: String,
    /// The name people know, in Japanese and English.
    pub name_ja: String,
    /// See `name_ja`.
    pub name_en: String,
    /// Official pages; never taken from a mail.
    pub pages: Pages,
}

/// Official addresses of a service, `https://…`, without query or tracking.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// Change the password.
    pub password: Option<String>,
    /// Sign-in and security.
    pub security: Option<String>,
    /// The order history.
    pub orders: Option<String>,
    /// Payment methods.
    pub payment_methods: Option<String>,
    /// Two-factor sign-in.
    pub two_factor: Option<String>,
}

/// Why a classification came out as it did, for `explain`. No body text, no code value.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The verdict and what it rests on, one sentence each.
    pub verdict: SenderVerdict,
    /// Evidence lines for the verdict.
    pub evidence: Vec<String>,
    /// Rules that came near, with what did not match.
    pub near_misses: Vec<(String, String)>,
}

/// All rules, compiled.
#[derive(Debug)]
pub struct RuleSet {
    /// By id.
    packs: Vec<Pack>,
    senders: SenderIndex,
    resembling: Resembling,
    gate: Gate,
    /// Words that mean a one-time code and nothing else.
    code_words: Vec<String>,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct RuleError {
    /// The file or built-in pack.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// What is wrong and what was expected.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl RuleSet {
    /// The packs compiled into the program.
    pub fn built_in() -> Result<Self, RuleError> {
        Self::with_packs(&[])
    }

    /// The built-in packs and further ones, as (file name, text); a pack with the same id replaces the built-in one.
    pub fn with_packs(packs: &[(String, String)]) -> Result<Self, RuleError> {
        let built_in = built_in::PACKS.iter();
        let built_in = built_in.map(|(file, text)| (*file, Cow::Borrowed(*text)));
        let further = packs.iter();
        let further = further.map(|(file, text)| (file.as_str(), Cow::Owned(text.clone())));
        Self::compile(built_in.chain(further))
    }

    /// One pack alone, for `rules test FILE`.
    pub fn only(file: &str, text: &str) -> Result<Self, RuleError> {
        Self::compile(std::iter::once((file, Cow::Owned(text.to_owned()))))
    }

    fn compile<'t>(
        files: impl Iterator<Item = (&'t str, Cow<'static, str>)>,
    ) -> Result<Self, RuleError> {
        let mut gate = GateBuilder::default();
        let groups = compile_groups("rules/words.toml", built_in::WORDS, &mut gate)?;
        let mut packs = BTreeMap::new();
        for (file, text) in files {
            let pack = compile(file, text, &groups, &mut gate)?;
            packs.insert(pack.service.id.clone(), pack);
        }
        let gate = gate.build().map_err(|error| RuleError {
            file: "all packs".to_owned(),
            line: 1,
            column: 1,
            what: format!("the patterns do not fit together: {error}"),
            hint: "remove patterns".to_owned(),
        })?;
        let mut packs: Vec<Pack> = packs.into_values().collect();
        for (place, pack) in packs.iter_mut().enumerate() {
            pack.place = place;
        }
        Ok(Self {
            senders: SenderIndex::of(&packs),
            resembling: Resembling::default(),
            packs,
            gate,
            code_words: groups.code_words,
        })
    }

    /// What one mail says: at most one signal.
    pub fn classify(&self, message: &Message, trust: &Trust) -> Option<Signal> {
        Judge::new(self, message, trust).signal()
    }

    /// The same without the gate: every pattern is tried. For the test that the gate changes nothing.
    #[doc(hidden)]
    pub fn classify_ungated(&self, message: &Message, trust: &Trust) -> Option<Signal> {
        Judge::with_gate(self, None, message, trust).signal()
    }

    /// The same with the reasons.
    pub fn explain(&self, message: &Message, trust: &Trust) -> (Option<Signal>, Explanation) {
        Judge::new(self, message, trust).explain()
    }

    /// Whether a mail with this header can match any rule; the body need not be read where it cannot.
    pub fn may_match(&self, message: &Message, trust: &Trust) -> bool {
        Judge::new(self, message, trust).may_match()
    }

    /// Whether any rule at all fits this header. Where none does, no body makes a signal of the mail: every rule
    /// is asked about the header first.
    pub fn wants_body(&self, message: &Message, trust: &Trust) -> bool {
        Judge::new(self, message, trust).fits_header()
    }

    /// The hash of a mail's sender (see [`sender_hash`]) where no rule wants its body; `None` where one does.
    pub fn passed_over(&self, header: &RawMail, trust: &Trust) -> Option<u32> {
        let message = Message::parse_header(header);
        (!self.wants_body(&message, trust)).then(|| hash_of_sender(message.header))
    }

    /// Runs the examples that the packs carry; what comes back did not come out as its pack says.
    pub fn failing_examples(&self) -> Vec<ExampleFailure> {
        example::failing(self, &self.packs)
    }

    /// How many examples the packs carry: (mails that must match, mails that must not).
    pub fn example_counts(&self) -> (usize, usize) {
        example::counts(&self.packs)
    }

    /// The rules of a service: (name, whether its template is unverified), in the order of the file.
    pub fn rules(&self, service: &str) -> Vec<(&str, bool)> {
        let packs = self.packs.iter().filter(|pack| pack.service.id == service);
        packs
            .flat_map(|pack| &pack.rules)
            .map(|rule| (rule.name.as_str(), rule.template_unverified))
            .collect()
    }

    /// The service with this id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services().find(|service| service.id == id)
    }

    /// All services, by id.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.packs.iter().map(|pack| &pack.service)
    }
}

/// A hash of a mail's list where it has one, else of its sender, for counting senders without knowing them.
pub fn sender_hash(mail: &[u8]) -> u32 {
    // Most of a header is of no use here, and this is done for every mail.
    hash_of_sender(Header::read(&sender_fields(mail), &mut Vec::new()))
}

fn hash_of_sender(header: Header) -> u32 {
    let sender = || header.from.into_iter().next().map(|it| it.address);
    let name = header.list_id.or_else(sender);
    let digest = Sha256::digest(name.unwrap_or_default().as_bytes());
    digest
        .iter()
        .take(4)
        .fold(0, |hash, byte| (hash << 8) | u32::from(*byte))
}

/// Parses and classifies in one go: the path of the daemon and of `scan`. The body of a mail whose header no rule
/// wants is never read.
pub fn signal_of(rules: &RuleSet, raw: &RawMail, trust: &Trust) -> Option<Signal> {
    signal_with_dkim(rules, raw, trust, &[])
}

/// The same, with the domains whose DKIM signature was found to pass.
pub fn signal_with_dkim(
    rules: &RuleSet,
    raw: &RawMail,
    trust: &Trust,
    dkim_domains: &[String],
) -> Option<Signal> {
    let mut message = Message::parse_header(raw);
    message.dkim_domains = dkim_domains.to_vec();
    if !rules.may_match(&message, trust) && !mentions_markup(&raw.bytes) {
        return None;
    }
    message.read_body(raw);
    rules.classify(&message, trust)
}

/// Whether the account's own server says of the sender, so that nobody else need be asked: it passes, or it does not.
pub fn is_judged_by_server(raw: &RawMail, trust: &Trust) -> bool {
    let message = Message::parse_header(raw);
    authenticate(&message, &trust.authserv_ids).outcome != Outcome::Unknown
}

/// Event time: the Date where it lies between 48 h before and 10 min after the arrival, else the arrival.
pub fn event_time(date: Option<Timestamp>, arrived_at: Timestamp) -> Timestamp {
    let earliest = arrived_at.saturating_sub(jiff::SignedDuration::from_hours(48));
    let latest = arrived_at.saturating_add(jiff::SignedDuration::from_mins(10));
    match (date, earliest, latest) {
        (Some(date), Ok(earliest), Ok(latest)) if date >= earliest && date <= latest => date,
        _ => arrived_at,
    }
}

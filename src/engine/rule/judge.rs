//! One mail before all packs: who sent it, which rule matches best, and what follows.

use std::cell::OnceCell;

use crate::engine::authentication::domain::organisational;
use crate::engine::authentication::{Outcome, authenticate, gates};
use crate::engine::message::Message;
use crate::engine::rule::answer::is_answer;
use crate::engine::rule::gate::Gate;
use crate::engine::rule::look_alike::Resembling;
use crate::engine::rule::matching::{Miss, body_miss, header_miss};
use crate::engine::rule::pack::{Pack, Rule};
use crate::engine::rule::relation::{Relation, Sender};
use crate::engine::rule::schema::KindName;
use crate::engine::rule::sender_index::Near;
use crate::engine::rule::view::View;
use crate::engine::rule::{Explanation, RuleSet, Trust, event_time, extract, identity};
use crate::engine::signal::{SenderVerdict, Signal};

/// Most near misses that are reported.
const NEAR_LIMIT: usize = 12;

/// A mail before the packs.
pub(crate) struct Judge<'r> {
    packs: &'r [Pack],
    message: &'r Message,
    trust: &'r Trust,
    sender: Sender,
    near: Near,
    view: View<'r>,
    /// The subject marks an answer or a forwarded mail.
    answers: bool,
    home: OnceCell<Option<&'r Pack>>,
    imitated: OnceCell<Option<&'r Pack>>,
    resembling: &'r Resembling,
}

/// A rule that the mail's header fits.
struct Candidate<'r> {
    pack: &'r Pack,
    rule: &'r Rule,
    relation: Relation,
}

impl<'r> Judge<'r> {
    pub(crate) fn new(rules: &'r RuleSet, message: &'r Message, trust: &'r Trust) -> Self {
        Self::with_gate(rules, Some(&rules.gate), message, trust)
    }

    /// Without a gate every pattern is tried: slow, and the measure of the gated result.
    pub(crate) fn with_gate(
        rules: &'r RuleSet,
        gate: Option<&'r Gate>,
        message: &'r Message,
        trust: &'r Trust,
    ) -> Self {
        let sender = Sender::of(message, &trust.addresses);
        let view = View::new(message, gate, &rules.code_words);
        Self {
            packs: &rules.packs,
            message,
            trust,
            near: gate.map_or_else(Near::everything, |_| rules.senders.near(&sender)),
            sender,
            answers: is_answer(view.subject()),
            view,
            home: OnceCell::new(),
            imitated: OnceCell::new(),
            resembling: &rules.resembling,
        }
    }

    /// Whether any rule fits the header, rules on markup left aside.
    pub(crate) fn may_match(&self) -> bool {
        // Rules on markup look at every mail that holds some; the caller sees to those.
        let needs_body = |candidate: &Candidate<'_>| candidate.rule.markup.is_none();
        self.packs.iter().any(|pack| {
            self.candidates_of(pack, &mut Vec::new())
                .iter()
                .any(needs_body)
        })
    }

    /// Whether any rule fits the header.
    pub(crate) fn fits_header(&self) -> bool {
        self.packs
            .iter()
            .any(|pack| !self.candidates_of(pack, &mut Vec::new()).is_empty())
    }

    pub(crate) fn signal(&self) -> Option<Signal> {
        let winner = self.winner(&mut Vec::new())?;
        let (verdict, _) = self.verdict(&winner.relation);
        self.signal_by(&winner, verdict)
    }

    pub(crate) fn explain(&self) -> (Option<Signal>, Explanation) {
        let mut misses = Vec::new();
        let winner = self.winner(&mut misses);
        let relation = winner
            .as_ref()
            .map_or_else(|| self.best_relation(), |winner| winner.relation.clone());
        let (verdict, mut evidence) = self.verdict(&relation);
        if let Some(winner) = &winner
            && winner.rule.kind == KindName::Nothing
        {
            evidence.push(format!(
                "{} keeps weaker rules away: this kind of mail is no signal",
                winner.rule.name
            ));
        }
        if self.is_answer() {
            evidence.push(
                "the subject marks an answer or a forwarded mail, which is no new event".to_owned(),
            );
        }
        if self.sender.is_own {
            evidence.push("the mail comes from one of the account's own addresses: only a forwarded text message counts".to_owned());
        }
        misses.sort_by_key(|(_, miss)| std::cmp::Reverse(*miss));
        let near_misses = misses
            .into_iter()
            .take(NEAR_LIMIT)
            .map(|(rule, miss)| (rule.to_owned(), miss.reason().to_owned()))
            .collect();
        let signal = winner.and_then(|winner| self.signal_by(&winner, verdict));
        (
            signal,
            Explanation {
                verdict,
                evidence,
                near_misses,
            },
        )
    }

    fn is_answer(&self) -> bool {
        self.answers || (self.message.body.holds_original && self.message.body.text.len() < 400)
    }

    fn candidates_of(
        &self,
        pack: &'r Pack,
        misses: &mut Vec<(&'r str, Miss)>,
    ) -> Vec<Candidate<'r>> {
        // A mail from oneself is no event, but for the text messages that one's phone sends on.
        if !pack.forwards_sms && (self.sender.is_own || self.answers) {
            return Vec::new();
        }
        let relation = self.near.relation(&self.sender, pack);
        let is_claimed = match &relation {
            Relation::Any { .. } => {
                let is_closed = self.home().is_some_and(|home| home.closed);
                let is_list = pack.no_lists && self.message.header.list_id.is_some();
                !is_closed && !is_list
            }
            Relation::Sibling => false,
            Relation::Own { .. }
            | Relation::ThirdParty
            | Relation::Rewritten { .. }
            | Relation::Forwarder => true,
            Relation::Foreign | Relation::Nobody => {
                self.view.claims(pack)
                    || self
                        .imitated_by_domain()
                        .is_some_and(|imitated| imitated.service.id == pack.service.id)
            }
        };
        if !is_claimed {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        for rule in &pack.rules {
            match header_miss(rule, pack, &self.sender, &relation, &self.view) {
                None => candidates.push(Candidate {
                    pack,
                    rule,
                    relation: relation.clone(),
                }),
                Some(miss) => misses.push((rule.name.as_str(), miss)),
            }
        }
        candidates
    }

    /// The pack of the service that the sender belongs to.
    fn home(&self) -> Option<&'r Pack> {
        *self.home.get_or_init(|| {
            self.packs
                .iter()
                .filter(|pack| !pack.generic && !pack.forwards_sms)
                .find(|pack| {
                    matches!(
                        self.near.relation(&self.sender, pack),
                        Relation::Own { .. } | Relation::ThirdParty | Relation::Rewritten { .. }
                    )
                })
        })
    }

    /// The service whose domain a foreign sender's domain imitates.
    fn imitated_by_domain(&self) -> Option<&'r Pack> {
        *self.imitated.get_or_init(|| {
            if self.home().is_some() || self.sender.is_rewritten() || self.sender.domain.is_empty()
            {
                return None;
            }
            let place = self.resembling.of(&self.sender.domain, |suspect| {
                self.packs.iter().position(|pack| {
                    let mut brands = pack.brands().iter();
                    brands.any(|brand| brand.is_imitated_by(suspect))
                })
            });
            place.and_then(|place| self.packs.get(place))
        })
    }

    /// The service that a foreign sender pretends to be, by its domain or its display name, and the reason.
    fn imitated(&self) -> Option<(&'r Pack, &'static str)> {
        if let Some(pack) = self.imitated_by_domain() {
            return Some((pack, "its domain imitates one of the service's domains"));
        }
        if self.home().is_some() || self.sender.is_rewritten() || self.sender.domain.is_empty() {
            return None;
        }
        let name = self
            .message
            .header
            .from
            .first()
            .map(|from| from.name.to_lowercase())
            .unwrap_or_default();
        let name = name.trim_start_matches(['【', '[', '"', '\'', '「', ' ']);
        let by_name = self.packs.iter().find(|pack| {
            let is_sibling = pack
                .siblings
                .iter()
                .any(|sibling| sibling.covers(&self.sender.domain));
            !is_sibling && !pack.generic && pack.brand.iter().any(|brand| brand.begins(name))
        });
        by_name.map(|pack| (pack, "its display name is the service's, its domain is not"))
    }

    /// The id of the service that a signal belongs to.
    fn service(&self, winner: &Candidate<'_>) -> String {
        match &winner.relation {
            Relation::Any { domain } => {
                if self.home().is_none()
                    && let Some(original) = self.sender.relayed_domain()
                {
                    return original;
                }
                let known = self
                    .home()
                    .or_else(|| self.imitated().map(|(pack, _)| pack));
                known.map_or_else(
                    || organisational(domain).unwrap_or(domain).to_owned(),
                    |pack| pack.service.id.clone(),
                )
            }
            Relation::Forwarder => self
                .named_in_text()
                .unwrap_or_else(|| winner.pack.service.id.clone()),
            Relation::Own { .. }
            | Relation::ThirdParty
            | Relation::Rewritten { .. }
            | Relation::Sibling
            | Relation::Foreign
            | Relation::Nobody => winner.pack.service.id.clone(),
        }
    }

    /// The service that a text message names first.
    fn named_in_text(&self) -> Option<String> {
        let subject = self.view.subject();
        let services = || {
            self.packs
                .iter()
                .filter(|pack| !pack.generic && !pack.forwards_sms)
        };
        let is_sender = |pack: &&Pack| {
            [
                &pack.service.name_en,
                &pack.service.name_ja,
                &pack.service.id,
            ]
            .iter()
            .any(|name| {
                let rest = subject.strip_suffix(name.to_lowercase().as_str());
                rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric()))
            })
        };
        if let Some(pack) = services().find(is_sender) {
            return Some(pack.service.id.clone());
        }
        let text = format!("{subject}\n{}", self.view.text());
        services()
            .filter_map(|pack| {
                let first = pack
                    .brand
                    .iter()
                    .filter_map(|brand| brand.find(&text))
                    .min()?;
                // At one place the longer name is meant: `rakuten card`, not `rakuten`.
                Some((first.0, std::cmp::Reverse(first.1), &pack.service.id))
            })
            .min()
            .map(|(_, _, id)| id.clone())
    }

    /// The matching rule of the highest priority. A service's own mail goes before an imitation.
    fn winner(&self, misses: &mut Vec<(&'r str, Miss)>) -> Option<Candidate<'r>> {
        if self.is_answer() && !self.sender.is_own {
            return None;
        }
        let mut candidates: Vec<Candidate<'r>> = self
            .packs
            .iter()
            .flat_map(|pack| self.candidates_of(pack, misses))
            .collect();
        candidates.sort_by_key(|candidate| {
            // A service's own pack goes before imitations of others, and both before the packs for any sender.
            let distance = match candidate.relation {
                Relation::Own { .. }
                | Relation::ThirdParty
                | Relation::Rewritten { .. }
                | Relation::Forwarder => 0,
                Relation::Foreign | Relation::Sibling | Relation::Nobody => 1,
                Relation::Any { .. } => 2,
            };
            (distance, std::cmp::Reverse(candidate.rule.priority))
        });
        for candidate in candidates {
            match body_miss(candidate.rule, candidate.pack, &self.view) {
                None => return Some(candidate),
                Some(miss) => misses.push((candidate.rule.name.as_str(), miss)),
            }
        }
        None
    }

    fn best_relation(&self) -> Relation {
        self.home().map_or_else(
            || Relation::Any {
                domain: self.sender.domain.clone(),
            },
            |pack| self.near.relation(&self.sender, pack),
        )
    }

    fn verdict(&self, relation: &Relation) -> (SenderVerdict, Vec<String>) {
        let authentication = authenticate(self.message, &self.trust.authserv_ids);
        let mut evidence = authentication.evidence;
        let domain = &self.sender.domain;
        let verdict = match relation {
            Relation::Foreign => {
                evidence.push(format!(
                    "the mail speaks for a service, but {domain} is none of its sender domains"
                ));
                SenderVerdict::Failed
            }
            Relation::Forwarder => {
                evidence.push("a forwarded text message: who sent it cannot be checked".to_owned());
                SenderVerdict::Unverified
            }
            Relation::Nobody | Relation::Sibling => SenderVerdict::Unverified,
            Relation::Rewritten { domain: original } => {
                evidence.push(format!("{domain} rewrote the sender {original}"));
                SenderVerdict::Unverified
            }
            Relation::Own { .. } | Relation::ThirdParty | Relation::Any { .. } => {
                if let Relation::Any { .. } = relation
                    && let Some((pack, why)) = self.imitated()
                {
                    evidence.push(format!("{domain} speaks as {}: {why}", pack.service.id));
                    return (SenderVerdict::Failed, evidence);
                }
                match authentication.outcome {
                    Outcome::Fail => SenderVerdict::Failed,
                    Outcome::Unknown => SenderVerdict::Unverified,
                    Outcome::Pass => {
                        let objections = gates::objections(self.message, &self.trust.addresses);
                        let is_verified = objections.is_empty() && !self.sender.is_rewritten();
                        evidence.extend(objections);
                        if is_verified {
                            SenderVerdict::Verified
                        } else {
                            SenderVerdict::Unverified
                        }
                    }
                }
            }
        };
        (verdict, evidence)
    }

    fn signal_by(&self, winner: &Candidate<'_>, sender: SenderVerdict) -> Option<Signal> {
        if winner.rule.kind == KindName::Nothing {
            return None;
        }
        let message = self.message;
        let marketplace = self.marketplace(winner);
        let kind = extract::kind(
            winner.rule,
            winner.pack,
            &self.view,
            marketplace.as_deref(),
            &self.trust.addresses,
        )?;
        Some(Signal {
            id: identity::signal_id(message),
            message_id: message.header.message_id.clone(),
            source: message.source.clone(),
            at: event_time(message.header.date, message.arrived_at),
            arrived_at: message.arrived_at,
            service: self.service(winner),
            marketplace,
            kind,
            sender,
            rule: winner.rule.name.clone(),
            template_unverified: winner.rule.template_unverified,
        })
    }

    fn marketplace(&self, winner: &Candidate<'_>) -> Option<String> {
        let domain = match &winner.relation {
            Relation::Own { domain } | Relation::Rewritten { domain }
                if winner.pack.marketplaces =>
            {
                domain
            }
            Relation::Any { domain }
                if self
                    .home()
                    .is_some_and(|home| home.marketplaces && home.owns(domain)) =>
            {
                domain
            }
            Relation::Own { .. }
            | Relation::Rewritten { .. }
            | Relation::Any { .. }
            | Relation::ThirdParty
            | Relation::Forwarder
            | Relation::Sibling
            | Relation::Foreign
            | Relation::Nobody => return None,
        };
        Some(organisational(domain).unwrap_or(domain).to_owned())
    }
}

//! One mail before all packs: who sent it, which rule matches best, and what follows.

use crate::engine::authentication::domain::organisational;
use crate::engine::authentication::{Outcome, authenticate, gates};
use crate::engine::message::Message;
use crate::engine::rule::gate::Gate;
use crate::engine::rule::matching::{Miss, body_miss, header_miss};
use crate::engine::rule::pack::{Pack, Rule};
use crate::engine::rule::relation::{Relation, Sender};
use crate::engine::rule::schema::KindName;
use crate::engine::rule::view::View;
use crate::engine::rule::{Explanation, Trust, event_time, extract, identity};
use crate::engine::signal::{SenderVerdict, Signal};

/// Most near misses that are reported.
const NEAR_LIMIT: usize = 12;

/// A mail before the packs.
pub(crate) struct Judge<'r> {
    packs: &'r [Pack],
    message: &'r Message,
    trust: &'r Trust,
    sender: Sender,
    view: View<'r>,
}

/// A rule that the mail's header fits.
struct Candidate<'r> {
    pack: &'r Pack,
    rule: &'r Rule,
    relation: Relation,
}

impl<'r> Judge<'r> {
    pub(crate) fn new(
        packs: &'r [Pack],
        gate: &'r Gate,
        message: &'r Message,
        trust: &'r Trust,
    ) -> Self {
        Self {
            packs,
            message,
            trust,
            sender: Sender::of(message),
            view: View::new(message, gate),
        }
    }

    /// Whether any rule fits the header.
    pub(crate) fn may_match(&self) -> bool {
        let is_open = self.refusal().is_none();
        self.packs.iter().any(|pack| {
            (is_open || pack.forwards_sms) && !self.candidates_of(pack, &mut Vec::new()).is_empty()
        })
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
        evidence.extend(self.refusal().map(str::to_owned));
        misses.sort_by_key(|(_, miss)| std::cmp::Reverse(*miss));
        let near_misses = misses
            .into_iter()
            .take(NEAR_LIMIT)
            .map(|(rule, miss)| (rule, miss.reason().to_owned()))
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

    /// Why a mail is no event of its own, whatever its words.
    fn refusal(&self) -> Option<&'static str> {
        let from = self
            .message
            .header
            .from
            .first()
            .map(|from| from.address.as_str())
            .unwrap_or_default();
        if self
            .trust
            .addresses
            .iter()
            .any(|own| own.eq_ignore_ascii_case(from))
        {
            return Some(
                "the mail comes from one of the account's own addresses and is no new event",
            );
        }
        if is_answer(self.view.subject()) {
            return Some("the subject marks an answer or a forwarded mail, which is no new event");
        }
        None
    }

    fn candidates_of(
        &self,
        pack: &'r Pack,
        misses: &mut Vec<(String, Miss)>,
    ) -> Vec<Candidate<'r>> {
        let relation = self.sender.relation(pack);
        let is_claimed = match &relation {
            Relation::Any { .. } => !self.is_of_closed_service(),
            Relation::Own { .. } | Relation::ThirdParty | Relation::Rewritten { .. } => true,
            Relation::Foreign | Relation::Nobody => self.view.any_in_claim(&pack.brand),
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
                Some(miss) => misses.push((rule.name.clone(), miss)),
            }
        }
        candidates
    }

    /// Whether the sender belongs to a service whose own pack knows all its mails.
    fn is_of_closed_service(&self) -> bool {
        self.home().is_some_and(|pack| pack.closed)
    }

    /// The pack of the service that the sender belongs to.
    fn home(&self) -> Option<&'r Pack> {
        self.packs.iter().filter(|pack| !pack.generic).find(|pack| {
            matches!(
                self.sender.relation(pack),
                Relation::Own { .. } | Relation::ThirdParty | Relation::Rewritten { .. }
            )
        })
    }

    /// The id of the service that a signal belongs to.
    fn service(&self, winner: &Candidate<'_>) -> String {
        match &winner.relation {
            Relation::Any { domain } => self.home().map_or_else(
                || organisational(domain).unwrap_or(domain).to_owned(),
                |pack| pack.service.id.clone(),
            ),
            Relation::Own { .. }
            | Relation::ThirdParty
            | Relation::Rewritten { .. }
            | Relation::Foreign
            | Relation::Nobody => winner.pack.service.id.clone(),
        }
    }

    /// The matching rule of the highest priority. A service's own mail goes before an imitation.
    fn winner(&self, misses: &mut Vec<(String, Miss)>) -> Option<Candidate<'r>> {
        if self.refusal().is_some() {
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
                Relation::Own { .. } | Relation::ThirdParty | Relation::Rewritten { .. } => 0,
                Relation::Foreign | Relation::Nobody => 1,
                Relation::Any { .. } => 2,
            };
            (distance, std::cmp::Reverse(candidate.rule.priority))
        });
        for candidate in candidates {
            match body_miss(candidate.rule, candidate.pack, &self.view) {
                None => return Some(candidate),
                Some(miss) => misses.push((candidate.rule.name.clone(), miss)),
            }
        }
        None
    }

    fn best_relation(&self) -> Relation {
        let mut relations = self.packs.iter().map(|pack| self.sender.relation(pack));
        relations
            .find(|relation| !matches!(relation, Relation::Foreign | Relation::Any { .. }))
            .unwrap_or_else(|| Relation::Own {
                domain: self.sender.domain.clone(),
            })
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
            Relation::Nobody => SenderVerdict::Unverified,
            Relation::Rewritten { domain: original } => {
                evidence.push(format!("{domain} rewrote the sender {original}"));
                SenderVerdict::Unverified
            }
            Relation::Own { .. } | Relation::ThirdParty | Relation::Any { .. } => {
                match authentication.outcome {
                    Outcome::Fail => SenderVerdict::Failed,
                    Outcome::Unknown => SenderVerdict::Unverified,
                    Outcome::Pass => {
                        let objections = gates::objections(self.message, &self.trust.addresses);
                        let verdict = if objections.is_empty() {
                            SenderVerdict::Verified
                        } else {
                            SenderVerdict::Unverified
                        };
                        evidence.extend(objections);
                        verdict
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
        let marketplace = Self::marketplace(winner);
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

    fn marketplace(winner: &Candidate<'_>) -> Option<String> {
        if !winner.pack.marketplaces {
            return None;
        }
        match &winner.relation {
            Relation::Own { domain } | Relation::Rewritten { domain } => {
                Some(organisational(domain).unwrap_or(domain).to_owned())
            }
            Relation::ThirdParty | Relation::Any { .. } | Relation::Foreign | Relation::Nobody => {
                None
            }
        }
    }
}

/// Marks of an answer or a forwarded mail at the start of a subject, in lower case.
const ANSWER_MARKS: [&str; 24] = [
    "re", "fw", "fwd", "wg", "aw", "sv", "vs", "vb", "rv", "tr", "rif", "r", "i", "enc", "res",
    "ref", "antw", "odp", "pd", "ynt", "転送", "返信", "答复", "转发",
];

/// Whether a subject (in lower case) begins with `re:`, `fwd:` and alike, also `re[2]:`.
fn is_answer(subject: &str) -> bool {
    let Some((mark, _)) = subject.split_once(':') else {
        return false;
    };
    let mark = mark
        .trim()
        .split(['[', '(', '^'])
        .next()
        .unwrap_or_default()
        .trim();
    ANSWER_MARKS.contains(&mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_their_mark() {
        for subject in [
            "re: ordered: x",
            "fwd: y",
            "wg: z",
            "re[2]: x",
            "転送: 注文済み",
        ] {
            assert!(is_answer(subject), "{subject}");
        }
        for subject in [
            "ordered: x",
            "注文済み: 「re: x」",
            "regarding your order: x",
            "",
        ] {
            assert!(!is_answer(subject), "{subject}");
        }
    }
}

//! What to do about a take-over, in order.

use std::collections::BTreeSet;
use std::fmt;

use crate::engine::alert::IncidentFacts;
use crate::engine::incident::{Incident, OrderState, Reason};

/// One step of the playbook. The ids are what `mailward incidents done ID STEP` takes and what the store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaybookStep {
    /// Have the card stopped and the orders noted.
    CallCardIssuer,
    /// A new password for the service that is being used.
    ChangePassword,
    /// A new password for the mailbox itself.
    ChangeMailboxPassword,
    /// End every session that is still open.
    SignOutEverywhere,
    /// Keep proof, then cancel what can still be cancelled.
    ScreenshotsAndCancel,
    /// Orders that the ordinary list does not show.
    CheckHiddenOrders,
    /// A passkey or an authenticator app instead of SMS.
    StrongerSignIn,
    /// Filters and forwarding that hide mails from their owner.
    MailboxFilters,
    /// A dead phone may mean a stolen number.
    PhoneCarrier,
    /// Report it to the shop.
    ShopSupport,
    /// Every other place with the same password.
    SamePasswordElsewhere,
    /// Watch the statements for small amounts.
    Statements,
    /// Report it to the police.
    Police,
}

/// A page of a service that a step leads to. Its address comes from the rule packs, never from a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// Where the password is changed.
    Password,
    /// Devices and sessions.
    Security,
    /// The list of orders.
    Orders,
    /// Cards and other ways to pay.
    PaymentMethods,
    /// Two-factor sign-in.
    TwoFactor,
}

/// What the order of the steps depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// An order was placed and not cancelled, or the card was charged.
    pub money_at_risk: bool,
    /// Any order or cancellation at all.
    pub orders: bool,
    /// The mailbox's own service is involved, or order mails vanish from it.
    pub mailbox_signs: bool,
}

/// Every step, in the order in which this incident asks for them.
///
/// Money leaves within minutes, so it goes first, also where the shop says that every order was cancelled: some are
/// charged all the same. Then the door that is open: the mailbox where it shows signs, and the shop. Without any order
/// there is nothing to read out to the card issuer before the orders are looked at.
pub fn playbook(situation: Situation) -> Vec<PlaybookStep> {
    use PlaybookStep as Step;
    let mut steps = Vec::with_capacity(PlaybookStep::ALL.len());
    let ordered = situation.orders || situation.money_at_risk;
    if ordered {
        steps.push(Step::CallCardIssuer);
    }
    if situation.mailbox_signs {
        steps.push(Step::ChangeMailboxPassword);
    }
    steps.push(Step::ChangePassword);
    steps.extend([
        Step::SignOutEverywhere,
        Step::ScreenshotsAndCancel,
        Step::CheckHiddenOrders,
    ]);
    if !ordered {
        steps.push(Step::CallCardIssuer);
    }
    steps.push(Step::StrongerSignIn);
    if !situation.mailbox_signs {
        steps.push(Step::ChangeMailboxPassword);
    }
    steps.extend([
        Step::MailboxFilters,
        Step::PhoneCarrier,
        Step::ShopSupport,
        Step::SamePasswordElsewhere,
        Step::Statements,
        Step::Police,
    ]);
    steps
}

/// The first step that is not ticked off; `None` when all are. `done` holds step ids.
pub fn next_step(situation: Situation, done: &BTreeSet<String>) -> Option<PlaybookStep> {
    playbook(situation)
        .into_iter()
        .find(|step| !done.contains(step.id()))
}

impl Situation {
    /// The situation as an incident's snapshot shows it. `mailbox_services` are the ids of the services that run
    /// the watched mailboxes (`google` for Gmail).
    pub fn of_incident(incident: &Incident, mailbox_services: &[String]) -> Self {
        Self {
            money_at_risk: incident.order_list.iter().any(|order| {
                order.contradiction
                    || match order.state {
                        OrderState::NoCancellationSeen | OrderState::Charged => true,
                        OrderState::Cancelled => false,
                    }
            }),
            orders: incident.orders > 0 || incident.cancellations > 0,
            mailbox_signs: incident
                .services
                .iter()
                .any(|service| mailbox_services.contains(service))
                || incident
                    .reasons
                    .iter()
                    .any(|reason| reason.rule == Reason::MailDeletion),
        }
    }
}

impl From<&IncidentFacts> for Situation {
    fn from(facts: &IncidentFacts) -> Self {
        Self {
            money_at_risk: facts.money_at_risk,
            orders: facts.orders > 0 || facts.cancellations > 0,
            mailbox_signs: facts.mailbox_signs,
        }
    }
}

impl PlaybookStep {
    /// Every step, in the order of the common case: money at risk, the mailbox itself unharmed.
    pub const ALL: [Self; 13] = [
        Self::CallCardIssuer,
        Self::ChangePassword,
        Self::SignOutEverywhere,
        Self::ScreenshotsAndCancel,
        Self::CheckHiddenOrders,
        Self::StrongerSignIn,
        Self::ChangeMailboxPassword,
        Self::MailboxFilters,
        Self::PhoneCarrier,
        Self::ShopSupport,
        Self::SamePasswordElsewhere,
        Self::Statements,
        Self::Police,
    ];

    /// The stable id: `call-card-issuer`.
    pub fn id(self) -> &'static str {
        match self {
            Self::CallCardIssuer => "call-card-issuer",
            Self::ChangePassword => "change-password",
            Self::ChangeMailboxPassword => "change-mailbox-password",
            Self::SignOutEverywhere => "sign-out-everywhere",
            Self::ScreenshotsAndCancel => "screenshots-and-cancel",
            Self::CheckHiddenOrders => "check-hidden-orders",
            Self::StrongerSignIn => "stronger-sign-in",
            Self::MailboxFilters => "mailbox-filters",
            Self::PhoneCarrier => "phone-carrier",
            Self::ShopSupport => "shop-support",
            Self::SamePasswordElsewhere => "same-password-elsewhere",
            Self::Statements => "statements",
            Self::Police => "police",
        }
    }

    /// The step with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.id() == id)
    }

    /// The official page that the step leads to, where there is one.
    pub fn page(self) -> Option<Page> {
        match self {
            Self::ChangePassword | Self::ChangeMailboxPassword => Some(Page::Password),
            Self::SignOutEverywhere => Some(Page::Security),
            Self::ScreenshotsAndCancel => Some(Page::PaymentMethods),
            Self::CheckHiddenOrders => Some(Page::Orders),
            Self::StrongerSignIn => Some(Page::TwoFactor),
            Self::CallCardIssuer
            | Self::MailboxFilters
            | Self::PhoneCarrier
            | Self::ShopSupport
            | Self::SamePasswordElsewhere
            | Self::Statements
            | Self::Police => None,
        }
    }
}

impl fmt::Display for PlaybookStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Page {
    /// Every page.
    pub const ALL: [Self; 5] = [
        Self::Password,
        Self::Security,
        Self::Orders,
        Self::PaymentMethods,
        Self::TwoFactor,
    ];

    /// The name of the page in a rule pack.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Security => "security",
            Self::Orders => "orders",
            Self::PaymentMethods => "payment_methods",
            Self::TwoFactor => "two_factor",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Situation = Situation {
        money_at_risk: false,
        orders: false,
        mailbox_signs: false,
    };

    #[test]
    fn every_situation_asks_for_every_step_once() {
        for bits in 0..8_u8 {
            let situation = Situation {
                money_at_risk: bits & 1 != 0,
                orders: bits & 2 != 0,
                mailbox_signs: bits & 4 != 0,
            };
            let steps = playbook(situation);
            let distinct: BTreeSet<_> = steps.iter().copied().collect();
            assert_eq!(steps.len(), 13, "{situation:?}");
            assert_eq!(distinct, PlaybookStep::ALL.into_iter().collect());
        }
    }

    #[test]
    fn the_first_steps_follow_the_danger() {
        use PlaybookStep as Step;
        let first = |situation| playbook(situation).into_iter().take(3).collect::<Vec<_>>();
        let orders = Situation {
            orders: true,
            ..QUIET
        };
        let risk = Situation {
            money_at_risk: true,
            ..orders
        };
        let both = Situation {
            mailbox_signs: true,
            ..risk
        };
        let mailbox = Situation {
            mailbox_signs: true,
            ..QUIET
        };
        assert_eq!(playbook(risk), PlaybookStep::ALL);
        assert_eq!(
            first(both),
            [
                Step::CallCardIssuer,
                Step::ChangeMailboxPassword,
                Step::ChangePassword
            ]
        );
        assert_eq!(
            first(mailbox),
            [
                Step::ChangeMailboxPassword,
                Step::ChangePassword,
                Step::SignOutEverywhere
            ]
        );
        assert_eq!(
            first(orders),
            [
                Step::CallCardIssuer,
                Step::ChangePassword,
                Step::SignOutEverywhere
            ]
        );
        assert_eq!(playbook(QUIET).first(), Some(&Step::ChangePassword));
    }

    #[test]
    fn ticked_steps_are_passed_over_until_none_is_left() {
        let risk = Situation {
            money_at_risk: true,
            orders: true,
            mailbox_signs: false,
        };
        let mut done = BTreeSet::from(["change-password".to_owned(), "no such step".to_owned()]);
        assert_eq!(next_step(risk, &done), Some(PlaybookStep::CallCardIssuer));
        done.insert("call-card-issuer".to_owned());
        assert_eq!(
            next_step(risk, &done),
            Some(PlaybookStep::SignOutEverywhere)
        );
        done.extend(PlaybookStep::ALL.map(|step| step.id().to_owned()));
        assert_eq!(next_step(risk, &done), None);
    }

    #[test]
    fn ids_lead_back_to_their_steps() {
        for step in PlaybookStep::ALL {
            assert_eq!(PlaybookStep::from_id(step.id()), Some(step));
        }
        assert_eq!(PlaybookStep::from_id(""), None);
    }
}

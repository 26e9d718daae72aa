//! The form of a scenario file.
//!
//! Times are offsets from `start` (a working day at noon in Tokyo): `20h`, `-3d`, `1m 20s`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, SpanRelativeTo, Timestamp, Zoned};
use mailward::engine::correlator;
use mailward::engine::incident::{Answer, Closing, Reason, Severity};
use mailward::engine::signal::{
    AccountProperty, CancelledBy, CodePurpose, GiftRecipient, Item, MerchantActionKind,
    SenderVerdict, SignInOutcome,
};
use serde::{Deserialize, Deserializer};

/// One scenario file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What happens, in a sentence.
    pub title: String,
    /// Which list it belongs to.
    pub class: Class,
    #[serde(default)]
    pub options: Options,
    #[serde(default, rename = "event")]
    pub events: Vec<Event>,
    /// Alerts that must ring, in order; repeats and statement reminders stand apart. None: it must stay silent.
    #[serde(default, rename = "alert")]
    pub alerts: Vec<ExpectedAlert>,
    /// Incidents at the end, by the time at which they opened. None: there must be none.
    #[serde(default, rename = "incident")]
    pub incidents: Vec<ExpectedIncident>,
    /// Times of all repeats, live; not looked at where it is missing.
    pub repeats: Option<Vec<Offset>>,
    /// Times of all statement reminders, live; not looked at where it is missing.
    pub reminders: Option<Vec<Offset>>,
    #[serde(skip)]
    pub path: PathBuf,
}

/// The lists of issue and design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A take-over of design section 1.
    TakeOver,
    /// A hard scenario.
    Hard,
    /// An ordinary life: nothing beyond quiet questions, or what the design states.
    Ordinary,
    /// Anything else with time in it.
    Further,
}

/// How the run is set up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    pub person: String,
    pub start: Zoned,
    /// `01:00-06:00` in the zone of `start`.
    pub quiet_hours: Option<String>,
    pub mailbox_services: Vec<String>,
    /// Alerts reach a channel at once; otherwise only where an event says `delivered`.
    pub delivered: bool,
    /// It is about something that a scan does not have: a suspended machine, an announcement.
    pub live_only: bool,
    /// How long the clock goes on after the last event.
    pub aftermath: Offset,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            person: "hanako".to_owned(),
            start: "2026-11-18T12:00:00+09:00[Asia/Tokyo]"
                .parse()
                .expect("a valid time"),
            quiet_hours: None,
            mailbox_services: Vec::new(),
            delivered: true,
            live_only: false,
            aftermath: Offset(SignedDuration::from_hours(8 * 24)),
        }
    }
}

/// Something that happens. Exactly one of `mail`, `answer`, `expect`, `catch_up`, `clock`, `suspend`, `crash`,
/// `delivered`, `close`, `done`, `deleted`, `screen` is set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When mailward sees it.
    pub at: Offset,
    /// The same again so many times in all, each this much later than the one before.
    #[serde(default = "once")]
    pub repeat: u32,
    #[serde(default)]
    pub every: Offset,
    /// All of them are seen at `at`; only arrival and Date go on by `every`.
    #[serde(default)]
    pub at_once: bool,
    /// Whose; the person of the options unless it says otherwise.
    pub person: Option<String>,

    pub mail: Option<Mail>,
    /// Names the mail, for `about`, `copy_of` and its Message-ID.
    pub name: Option<String>,
    /// When it reached the mailbox; `at` where it is missing.
    pub arrived: Option<Offset>,
    /// Its Date; `arrived` where it is missing.
    pub date: Option<Offset>,
    /// The very same mail once more, from another folder or account.
    pub copy_of: Option<String>,
    pub message_id: Option<String>,
    #[serde(default = "inbox")]
    pub folder: String,
    #[serde(default = "amazon")]
    pub service: String,
    /// Of Amazon amazon.co.jp where it is missing.
    pub marketplace: Option<String>,
    #[serde(default = "verified")]
    pub sender: SenderVerdict,
    #[serde(default)]
    pub template_unverified: bool,

    /// `2500` are yen; `"24.99 USD"`.
    pub amount: Option<toml::Value>,
    /// Amounts of the repeated mails, one each.
    #[serde(default)]
    pub amounts: Vec<toml::Value>,
    /// The number of the order; counts on from mail to mail where it is missing.
    pub order: Option<u32>,
    /// Several, or none, in one mail.
    pub orders: Option<Vec<u32>>,
    #[serde(default = "unknown_item")]
    pub item: Item,
    pub item_name: Option<String>,
    /// Names of the repeated mails' items, one each.
    #[serde(default)]
    pub item_names: Vec<String>,
    #[serde(default)]
    pub recipient: GiftRecipient,
    pub address: Option<String>,
    #[serde(default)]
    pub scheduled: bool,
    #[serde(default = "by_merchant")]
    pub by: CancelledBy,
    #[serde(default)]
    pub not_charged: bool,
    #[serde(default = "for_sign_in")]
    pub purpose: CodePurpose,
    #[serde(default)]
    pub knows_password: bool,
    pub origin: Option<String>,
    #[serde(default = "attempted")]
    pub outcome: SignInOutcome,
    pub what: Option<AccountProperty>,
    pub action: Option<MerchantActionKind>,
    pub shop: Option<String>,

    pub answer: Option<Answer>,
    /// The mail whose incident is answered; the newest incident where it is missing.
    pub about: Option<String>,
    /// A service, or `any`, for the time `for`.
    pub expect: Option<String>,
    #[serde(rename = "for", default = "ten_minutes")]
    pub lasting: Offset,
    #[serde(default)]
    pub expect_orders: bool,
    /// `began` or `ended`, of `folder`.
    pub catch_up: Option<CatchUp>,
    /// The machine's clock is set by so much.
    pub clock: Option<Offset>,
    /// The machine sleeps for so long; what falls into it is seen afterwards.
    pub suspend: Option<Offset>,
    /// The program is killed and started again.
    #[serde(default)]
    pub crash: bool,
    /// The newest alert reaches a channel.
    #[serde(default)]
    pub delivered: bool,
    /// This mail is moved to Trash or expunged.
    pub deleted: Option<String>,
    pub screen: Option<Screen>,
    /// Of newsletters: how many senders there are, one after the other.
    #[serde(default = "once")]
    pub senders: u32,
    /// The newest incident is closed by hand.
    #[serde(default)]
    pub close: bool,
    /// Playbook steps of the newest incident that are done.
    #[serde(default)]
    pub done: Vec<String>,
}

/// What a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mail {
    Order,
    Cancellation,
    Code,
    SignIn,
    Change,
    Merchant,
    Charge,
    /// Says nothing, but counts in a flood.
    Newsletter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Screen {
    Idle,
    InUse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CatchUp {
    Began,
    Ended,
}

/// Where something is expected: everywhere unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    Live,
    Scan,
}

/// One alert, or the same at several times.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedAlert {
    pub at: Offsets,
    pub severity: Severity,
    pub reason: Reason,
    pub only: Option<Where>,
    pub person: Option<String>,
}

/// What an incident is at the end; what is missing is not looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedIncident {
    pub severity: Severity,
    pub only: Option<Where>,
    pub person: Option<String>,
    pub closed: Option<Closing>,
    pub open: Option<bool>,
    pub orders: Option<u32>,
    pub cancellations: Option<u32>,
    pub codes: Option<u32>,
    pub charged: Option<usize>,
    pub contradictions: Option<usize>,
    pub messages: Option<usize>,
    pub amounts: Option<BTreeMap<String, toml::Value>>,
    pub services: Option<Vec<String>>,
    pub verified: Option<bool>,
    pub opened: Option<Offset>,
}

/// A time after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Offset(pub SignedDuration);

impl<'de> Deserialize<'de> for Offset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        offset(&text).map_err(serde::de::Error::custom)
    }
}

fn offset(text: &str) -> Result<Offset, jiff::Error> {
    if text == "0" {
        return Ok(Offset(SignedDuration::ZERO));
    }
    let span: jiff::Span = text.parse()?;
    Ok(Offset(
        span.to_duration(SpanRelativeTo::days_are_24_hours())?,
    ))
}

/// One time or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Offsets {
    One(Offset),
    Many(Vec<Offset>),
}

impl Offsets {
    pub fn all(&self) -> Vec<Offset> {
        match self {
            Self::One(offset) => vec![*offset],
            Self::Many(offsets) => offsets.clone(),
        }
    }
}

impl Script {
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut script: Self =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path.clone_into(&mut script.path);
        script
    }

    pub fn name(&self) -> String {
        self.path.file_stem().unwrap().display().to_string()
    }

    pub fn at(&self, offset: Offset) -> Timestamp {
        self.options.start.timestamp() + offset.0
    }

    /// Everybody whom an event or the options name.
    pub fn persons(&self) -> Vec<String> {
        let mut persons = vec![self.options.person.clone()];
        for person in self.events.iter().filter_map(|event| event.person.clone()) {
            if !persons.contains(&person) {
                persons.push(person);
            }
        }
        persons
    }

    pub fn options_of(&self, person: &str, live: bool) -> correlator::Options {
        correlator::Options {
            person: person.to_owned(),
            live,
            time_zone: self.options.start.time_zone().clone(),
            quiet_hours: self.options.quiet_hours.as_deref().map(quiet_hours),
            mailbox_services: self.options.mailbox_services.clone(),
        }
    }
}

fn quiet_hours(text: &str) -> (u16, u16) {
    let minutes = |time: &str| -> u16 {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    let (from, to) = text.split_once('-').unwrap();
    let (from, to) = (minutes(from), minutes(to));
    (from, if to <= from { to + 24 * 60 } else { to })
}

fn once() -> u32 {
    1
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn amazon() -> String {
    "amazon".to_owned()
}

fn verified() -> SenderVerdict {
    SenderVerdict::Verified
}

fn unknown_item() -> Item {
    Item::Unknown
}

fn by_merchant() -> CancelledBy {
    CancelledBy::Merchant
}

fn for_sign_in() -> CodePurpose {
    CodePurpose::SignIn
}

fn attempted() -> SignInOutcome {
    SignInOutcome::Attempted
}

fn ten_minutes() -> Offset {
    Offset(SignedDuration::from_mins(10))
}

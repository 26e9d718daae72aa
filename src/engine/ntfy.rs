//! What is said to an ntfy server and what it says, as its documentation has it (<https://docs.ntfy.sh/publish/>).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::engine::alert::{Alert, Subject};
use crate::engine::hex;
use crate::engine::incident::{Answer, IncidentId, Severity};
use crate::engine::printable::stripped;

/// A message may have 4,096 bytes; a longer one becomes an attachment, which nobody reads on a lock screen.
const LONGEST_MESSAGE: usize = 3_000;

/// The longest title, in bytes.
const LONGEST_TITLE: usize = 400;

/// The name of a topic, which is its password too: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Topic(String);

impl Topic {
    /// Reads a name: 1 to 64 letters, digits, `-` and `_`.
    pub fn parse(name: &str) -> Option<Self> {
        let sound = !name.is_empty()
            && name.len() <= 64
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        sound.then(|| Self(name.to_owned()))
    }

    /// A name that nobody guesses, from 128 random bits. The prefix lets a server of one's own allow writing to all
    /// such topics.
    pub fn random(bits: [u8; 16]) -> Self {
        Self(format!("mailward-{}", hex::digits(&bits)))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// One alert as an ntfy server takes it.
#[derive(Serialize)]
pub struct Publish<'a> {
    topic: &'a str,
    title: String,
    message: String,
    priority: u8,
    tags: Vec<&'static str>,
    /// What a later message of the same id replaces; servers before 2.16 pass it over.
    sequence_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
}

/// A button. At most three are shown.
#[derive(Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum Action {
    /// Opens a page.
    View {
        /// On the button.
        label: String,
        /// What it opens.
        url: String,
    },
    /// Asks a server.
    Http {
        /// On the button.
        label: String,
        /// Whom it asks.
        url: String,
        /// With what.
        method: &'static str,
        /// With what body.
        body: String,
        /// Whether the message goes when it worked.
        clear: bool,
    },
}

/// What a button sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The version of this shape.
    pub v: u32,
    /// About which incident.
    pub i: IncidentId,
    /// What.
    pub a: Answer,
    /// See [`crate::engine::token`].
    pub t: String,
}

impl Action {
    /// A button that answers over the reply topic at `url`.
    pub fn answer(
        label: &str,
        url: String,
        incident: &IncidentId,
        answer: Answer,
        token: String,
    ) -> Self {
        let reply = Reply {
            v: 1,
            i: incident.clone(),
            a: answer,
            t: token,
        };
        Self::Http {
            label: label.to_owned(),
            url,
            method: "POST",
            // Strings and a number: it cannot fail.
            body: serde_json::to_string(&reply).unwrap_or_default(),
            clear: true,
        }
    }
}

impl<'a> Publish<'a> {
    /// An alert in words, with its buttons.
    pub fn new(
        topic: &'a Topic,
        alert: &Alert,
        title: &str,
        message: &str,
        actions: Vec<Action>,
    ) -> Self {
        Self {
            topic: &topic.0,
            title: cut(&stripped(title), LONGEST_TITLE),
            message: cut(&stripped(message), LONGEST_MESSAGE),
            priority: priority(alert.severity),
            tags: vec![tag(alert)],
            sequence_id: sequence_of(&alert.id),
            actions,
        }
    }

    /// The body of the request to the server's root.
    pub fn body(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

/// The name of an alert's place on the phone: each alert rings by itself, and takes its own place when it is repeated.
pub fn sequence_of(alert: &str) -> String {
    hex::name_of(alert, 10)
}

/// 5 rings through and stays; 2 makes no sound (<https://docs.ntfy.sh/publish/#message-priority>).
fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 2,
        Severity::Notice => 3,
        Severity::Warning => 4,
        Severity::Critical => 5,
    }
}

/// Shown as an emoji before the title.
fn tag(alert: &Alert) -> &'static str {
    match (&alert.subject, alert.severity) {
        (Subject::Test, _) => "wave",
        (Subject::Health(_), _) => "see_no_evil",
        (Subject::StatementReminder { .. }, _) => "calendar",
        (Subject::Question(_), _) | (_, Severity::Info) => "question",
        (Subject::Incident(_), Severity::Notice) => "eyes",
        (Subject::Incident(_), Severity::Warning) => "warning",
        (Subject::Incident(_), Severity::Critical) => "rotating_light",
    }
}

/// The start of a text, cut between two of what a reader takes for one character.
fn cut(text: &str, bytes: usize) -> String {
    text.grapheme_indices(true)
        .take_while(|(start, one)| start.saturating_add(one.len()) <= bytes)
        .map(|(_, one)| one)
        .collect()
}

/// What an ntfy server sends over a subscription, one JSON object a line (<https://docs.ntfy.sh/subscribe/api/>).
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// The subscription stands, or still stands.
    Alive,
    /// Somebody posted.
    Message(Posted),
}

/// One message of a topic.
#[derive(Clone, PartialEq, Eq)]
pub struct Posted {
    /// The server's id, from which a subscription goes on.
    pub id: String,
    /// When the server took it.
    pub at: Timestamp,
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub message: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: String,
    #[serde(default)]
    time: i64,
    #[serde(default)]
    event: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    message: String,
}

/// Reads one line of a subscription; `None` where it is none.
pub fn heard(line: &[u8]) -> Option<Heard> {
    let line: Line = serde_json::from_slice(line).ok()?;
    match line.event.as_str() {
        "" => return None,
        "message" => {}
        // `open`, `keepalive`, and what later versions may send.
        _ => return Some(Heard::Alive),
    }
    // The id goes into the address of the next request.
    let sound = Topic::parse(&line.id).is_some();
    sound.then_some(())?;
    Some(Heard::Message(Posted {
        id: line.id,
        at: Timestamp::from_second(line.time).ok()?,
        title: line.title,
        message: line.message,
    }))
}

/// Reads what a button sent; `None` where it is something else.
pub fn reply(message: &str) -> Option<Reply> {
    let reply: Reply = serde_json::from_str(message).ok()?;
    (reply.v == 1).then_some(reply)
}

/// A text message that a phone's automation posted.
#[derive(Clone, PartialEq, Eq)]
pub struct PostedSms {
    /// Whom it is from, as the phone shows it.
    pub from: Option<String>,
    /// What it says.
    pub text: String,
    /// What proves that the phone posted it.
    pub token: Option<String>,
}

#[derive(Deserialize)]
struct SmsObject {
    #[serde(default)]
    from: Option<String>,
    text: String,
    #[serde(default)]
    token: Option<String>,
}

/// Reads a message of the inbox topic: an object of `from`, `text` and `token`, or the text alone with the sender as
/// its title.
pub fn posted_sms(posted: &Posted) -> PostedSms {
    match serde_json::from_str::<SmsObject>(&posted.message) {
        Ok(SmsObject { from, text, token }) => PostedSms { from, text, token },
        Err(_) => PostedSms {
            from: posted.title.clone(),
            text: posted.message.clone(),
            token: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_a_name_that_no_debug_print_shows() {
        for bad in ["", "a b", "a/b", "../x", "日本", &"x".repeat(65)] {
            assert_eq!(Topic::parse(bad), None, "{bad}");
        }
        let topic = Topic::random([0xab; 16]);
        assert_eq!(topic.name(), format!("mailward-{}", "ab".repeat(16)));
        assert_eq!(Topic::parse(topic.name()), Some(topic.clone()));
        assert_eq!(format!("{topic:?}"), "[redacted]");
    }

    #[test]
    fn lines_of_a_subscription_are_read_and_anything_else_is_passed_over() {
        let line =
            br#"{"id":"Ab1","time":1790000000,"event":"message","topic":"t","message":"hi","x":1}"#;
        let Some(Heard::Message(posted)) = heard(line) else {
            panic!("no message");
        };
        assert_eq!((posted.id.as_str(), posted.message.as_str()), ("Ab1", "hi"));
        assert!(heard(br#"{"id":"x","time":1,"event":"keepalive"}"#) == Some(Heard::Alive));
        assert!(heard(br#"{"event":"open"}"#) == Some(Heard::Alive));
        for bad in [
            &b""[..],
            b"{",
            b"[]",
            br#"{"id":"a&b=/","time":1,"event":"message","message":"m"}"#,
            br#"{"id":"a","time":99999999999999999,"event":"message","message":"m"}"#,
        ] {
            assert!(heard(bad).is_none());
        }
    }

    #[test]
    fn a_reply_is_only_what_a_button_sends() {
        let action = Action::answer(
            "x",
            "u".to_owned(),
            &IncidentId("a".to_owned()),
            Answer::NotMe,
            "t".to_owned(),
        );
        let Action::Http { body, .. } = action else {
            panic!("no button");
        };
        assert_eq!(body, r#"{"v":1,"i":"a","a":"not-me","t":"t"}"#);
        assert_eq!(reply(&body).unwrap().a, Answer::NotMe);
        for bad in [
            "",
            "not me",
            r#"{"v":2,"i":"a","a":"me","t":"t"}"#,
            r#"{"v":1,"i":"a","a":"maybe","t":"t"}"#,
            r#"{"v":1,"i":"a","a":"me"}"#,
        ] {
            assert!(reply(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_phone_posts_an_object_or_the_text_alone() {
        let posted = |title: Option<&str>, message: &str| Posted {
            id: "1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            title: title.map(str::to_owned),
            message: message.to_owned(),
        };
        let sms = posted_sms(&posted(
            None,
            r#"{"from":"Amazon","text":"hello","token":"s"}"#,
        ));
        assert_eq!(
            (sms.from.as_deref(), sms.token.as_deref()),
            (Some("Amazon"), Some("s"))
        );
        let sms = posted_sms(&posted(Some("Amazon"), "hello"));
        assert_eq!(
            (sms.from.as_deref(), sms.text.as_str()),
            (Some("Amazon"), "hello")
        );
        assert_eq!(sms.token, None);
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        assert_eq!(cut("日本", 4), "日");
        assert_eq!(cut("日本", 6), "日本");
        assert_eq!(cut("か\u{3099}き", 5), "");
        assert_eq!(cut("か\u{3099}き", 6), "か\u{3099}");
    }
}

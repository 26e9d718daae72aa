//! What is asked over the control socket, line by line. The names of the fields are a promise.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::baseline::Baseline;
use crate::engine::forgetting::Forgetting;
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::secret::Secret;
use crate::io::control::outcome::Outcome;

/// The version that every line carries in `v`.
pub const VERSION: u32 = 1;

/// Bytes of a request at most, its newline among them.
pub const REQUEST_LIMIT: u64 = 64 * 1024;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// What is watched, what waits, what is open.
    Status,
    /// The person answers a question or an alert.
    Answer {
        /// Which incident.
        incident: IncidentId,
        /// What.
        answer: Answer,
    },
    /// The person is about to sign in, or to buy gifts.
    Expect {
        /// A service's id, one of its domains, or `any`.
        service: String,
        /// For how long from now.
        seconds: u64,
        /// Orders instead of sign-in codes.
        #[serde(default)]
        orders: bool,
        /// Who; may be left out where one person is watched.
        #[serde(default)]
        person: Option<String>,
    },
    /// All incidents.
    Incidents,
    /// One incident.
    Incident {
        /// Which one.
        incident: IncidentId,
    },
    /// Close an incident by hand.
    Close {
        /// Which one.
        incident: IncidentId,
    },
    /// Tick off a playbook step.
    Done {
        /// Of which incident.
        incident: IncidentId,
        /// The step's id.
        step: String,
    },
    /// The latest alerts, oldest first.
    Alerts {
        /// How many.
        limit: u32,
    },
    /// Every alert from now on, or after a place; the connection stays open.
    AlertsFollow {
        /// The `seq` of the last alert that is known already.
        #[serde(default)]
        after: Option<i64>,
        /// Say besides which incidents still ask for something.
        #[serde(default)]
        standing: bool,
    },
    /// Keep the thresholds that were learned from a history.
    Learn {
        /// The thresholds.
        baseline: Baseline,
        /// Whose; may be left out where one person is watched.
        #[serde(default)]
        person: Option<String>,
    },
    /// Delete what was stored.
    Forget {
        /// What.
        what: Forgetting,
        /// Only count what would go.
        #[serde(default)]
        only_count: bool,
    },
    /// Read the configuration and the rules again.
    Reload,
    /// A text message that the person's phone handed over.
    Ingest {
        /// What it says; a code stands in it, so that it is neither stored nor logged.
        text: Unlogged,
        /// From whom, as the phone shows it.
        #[serde(default)]
        sender: Option<String>,
        /// To whom; may be left out where one person is watched.
        #[serde(default)]
        person: Option<String>,
    },
    /// Send a test alert.
    TestAlert {
        /// On this channel only.
        #[serde(default)]
        channel: Option<String>,
        /// Go on and say on which channels it was confirmed by a press.
        #[serde(default)]
        confirm: bool,
    },
}

/// A text that no log shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unlogged(String);

impl Unlogged {
    /// Wraps a text that was just read.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The same for the engine.
    pub fn into_secret(self) -> Secret {
        Secret::new(self.0)
    }
}

impl fmt::Debug for Unlogged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A reply: what was asked for, or why not.
pub type Reply = Result<Outcome, Refusal>;

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    /// What sort of problem it is.
    pub kind: RefusalKind,
    /// What went wrong.
    pub what: String,
    /// The next step.
    pub hint: String,
}

/// Sorts of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The line is no request.
    BadRequest,
    /// Who asks may not.
    Forbidden,
    /// It names something that is not there.
    Unknown,
    /// The new configuration or rules are not sound; the old ones stay.
    Config,
    /// Not now.
    Busy,
    /// It needs something that is not there.
    Unavailable,
    /// The state file is of another version or another program.
    Unfit,
    /// Reading or writing failed.
    Failed,
}

impl Refusal {
    /// A refusal with a next step.
    pub fn new(kind: RefusalKind, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            hint: hint.into(),
        }
    }

    fn bad(what: impl Into<String>) -> Self {
        let hint = format!("a request is one line like {{\"v\":{VERSION},\"do\":\"status\"}}");
        Self::new(RefusalKind::BadRequest, what, hint)
    }

    /// The line is longer than [`REQUEST_LIMIT`].
    pub fn too_long() -> Self {
        Self::bad(format!("the line is longer than {REQUEST_LIMIT} bytes"))
    }
}

/// Reads the version of a line before anything else of it.
#[derive(Deserialize)]
struct Versioned {
    v: Option<u32>,
}

#[derive(Serialize)]
struct RequestLine<'a> {
    v: u32,
    #[serde(flatten)]
    request: &'a Request,
}

#[derive(Serialize, Deserialize)]
struct ReplyLine {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ok: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

impl Request {
    /// Reads one line. Fields that this version does not know are passed over.
    pub fn parse(line: &[u8]) -> Result<Self, Refusal> {
        // What serde says is not repeated: it would quote the line.
        let versioned: Versioned = serde_json::from_slice(line)
            .map_err(|_| Refusal::bad("the line is no JSON object with a version v"))?;
        match versioned.v {
            Some(VERSION) => {}
            Some(other) => {
                return Err(Refusal::bad(format!(
                    "version {other} is not spoken here, expected {VERSION}"
                )));
            }
            None => return Err(Refusal::bad("the line carries no version v")),
        }
        serde_json::from_slice(line)
            .map_err(|_| Refusal::bad("the request is unknown, or a field of it is wrong"))
    }

    /// The request as a line, newline included.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(&RequestLine {
            v: VERSION,
            request: self,
        })?;
        line.push(b'\n');
        Ok(line)
    }

    /// Whether its replies go on until the connection ends.
    pub fn streams(&self) -> bool {
        matches!(
            self,
            Self::AlertsFollow { .. } | Self::TestAlert { confirm: true, .. }
        )
    }
}

/// A reply as a line, newline included.
pub fn reply_line(reply: Reply) -> serde_json::Result<Vec<u8>> {
    let (ok, error) = match reply {
        Ok(outcome) => (Some(outcome), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let mut line = serde_json::to_vec(&ReplyLine {
        v: VERSION,
        ok,
        error,
    })?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a reply; `None` where the line is none.
pub fn parse_reply(line: &[u8]) -> Option<Reply> {
    let ReplyLine { v, ok, error } = serde_json::from_slice(line).ok()?;
    match (v, ok, error) {
        (VERSION, Some(outcome), None) => Some(Ok(outcome)),
        (VERSION, None, Some(refusal)) => Some(Err(refusal)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::points::Points;

    #[test]
    fn every_request_survives_its_line() {
        let incident = IncidentId("abc234".to_owned());
        for request in [
            Request::Status,
            Request::Answer {
                incident: incident.clone(),
                answer: Answer::NotMe,
            },
            Request::Expect {
                service: "any".to_owned(),
                seconds: 600,
                orders: true,
                person: None,
            },
            Request::Done {
                incident,
                step: "police".to_owned(),
            },
            Request::Learn {
                baseline: Baseline {
                    since: jiff::Timestamp::UNIX_EPOCH,
                    until: jiff::Timestamp::UNIX_EPOCH,
                    orders: 30,
                    thresholds: [(Points::whole(3), Points::hundredths(550)); 3],
                },
                person: Some("hanako".to_owned()),
            },
            Request::AlertsFollow {
                after: Some(7),
                standing: true,
            },
            Request::Forget {
                what: Forgetting::Service("amazon".to_owned()),
                only_count: true,
            },
            Request::Forget {
                what: Forgetting::All,
                only_count: false,
            },
            Request::Ingest {
                text: Unlogged::new("hello".to_owned()),
                sender: Some("Amazon".to_owned()),
                person: None,
            },
            Request::TestAlert {
                channel: None,
                confirm: true,
            },
        ] {
            let line = request.line().unwrap();
            assert_eq!(line.last(), Some(&b'\n'));
            assert_eq!(Request::parse(&line), Ok(request));
        }
        let written = Request::Incidents.line().unwrap();
        assert_eq!(written, b"{\"v\":1,\"do\":\"incidents\"}\n");
    }

    #[test]
    fn what_is_no_request_is_refused_without_repeating_it() {
        for line in [
            &b""[..],
            b"\n",
            b"hunter2",
            b"[1]",
            b"{}",
            b"{\"v\":2,\"do\":\"status\"}",
            b"{\"v\":\"1\",\"do\":\"status\"}",
            b"{\"v\":1}",
            b"{\"v\":1,\"do\":\"hunter2\"}",
            b"{\"v\":1,\"do\":\"answer\",\"incident\":\"a\",\"answer\":\"hunter2\"}",
            b"{\"v\":1,\"do\":\"expect\",\"service\":\"x\",\"seconds\":-1}",
            b"\xff\xfe",
        ] {
            let refusal = Request::parse(line).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::BadRequest);
            assert!(!refusal.what.contains("hunter2"), "{refusal:?}");
        }
        let nested = [b"{\"v\":1,\"do\":".to_vec(), vec![b'['; 60_000]].concat();
        assert!(Request::parse(&nested).is_err());
    }

    #[test]
    fn a_field_of_a_later_version_is_passed_over() {
        let line = b"{\"v\":1,\"do\":\"reload\",\"gently\":true}";
        assert_eq!(Request::parse(line), Ok(Request::Reload));
    }

    #[test]
    fn a_reply_is_either_ok_or_an_error() {
        let refusal = Refusal::too_long();
        let line = reply_line(Err(refusal.clone())).unwrap();
        assert_eq!(parse_reply(&line), Some(Err(refusal)));
        let line = reply_line(Ok(Outcome::Incidents(Vec::new()))).unwrap();
        assert_eq!(line, b"{\"v\":1,\"ok\":{\"incidents\":[]}}\n");
        for wrong in ["{\"v\":1}", "{\"v\":3,\"ok\":{\"incidents\":[]}}", "x"] {
            assert_eq!(parse_reply(wrong.as_bytes()), None);
        }
    }
}

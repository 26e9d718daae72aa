//! Tokens that let a button on another device answer once: HMAC-SHA256 (RFC 2104) over what the button says.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::engine::incident::{Answer, IncidentId};

/// How long a button may be pressed: as long as an incident without news stays open.
const VALID_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How far the clock may have been set back between the alert and the answer.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// Used tokens that are remembered; the oldest go first.
const MOST_USED: usize = 4_096;

/// The key, 256 bits. Neither `Debug` nor an error shows it.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// From random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// As a text, for a file that nobody else reads.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// From such a text.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self::new(bytes.as_slice().try_into().ok()?))
    }

    fn mac(&self, message: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(message.as_bytes());
        Some(mac)
    }

    /// Whether two texts are equal, without telling by the time it takes how far they are.
    pub fn same(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.mac(one), self.mac(other)) else {
            return false;
        };
        one.verify(&other.finalize().into_bytes()).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Tokens that were used, each with the moment from which it would be stale anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Used(BTreeMap<String, Timestamp>);

/// Why a token is not taken. No text holds any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Made by somebody else, or for another incident or answer.
    #[error("the token is not one of ours for this answer")]
    Forged,
    /// It has answered already.
    #[error("the token was used already")]
    Used,
    /// Its alert is too old.
    #[error("the token is older than a week")]
    Stale,
}

/// A token for one answer to one alert.
pub fn issue(
    key: &Key,
    now: Timestamp,
    incident: &IncidentId,
    answer: Answer,
    alert: &str,
) -> String {
    let digest = Sha256::digest(alert.as_bytes());
    let alert = URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default());
    let issued = now.as_second();
    let mac = key
        .mac(&message(issued, &alert, incident, answer))
        .map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
        .unwrap_or_default();
    format!("{issued}.{alert}.{mac}")
}

/// Takes a token, once.
pub fn redeem(
    key: &Key,
    used: &mut Used,
    now: Timestamp,
    incident: &IncidentId,
    answer: Answer,
    token: &str,
) -> Result<(), TokenError> {
    let mut parts = token.splitn(3, '.');
    let (Some(issued), Some(alert), Some(mac)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Forged);
    };
    let issued: i64 = issued.parse().map_err(|_| TokenError::Forged)?;
    let given = URL_SAFE_NO_PAD
        .decode(mac)
        .map_err(|_| TokenError::Forged)?;
    key.mac(&message(issued, alert, incident, answer))
        .ok_or(TokenError::Forged)?
        .verify_slice(&given)
        .map_err(|_| TokenError::Forged)?;
    let issued = Timestamp::from_second(issued).map_err(|_| TokenError::Forged)?;
    let age = now.duration_since(issued);
    if age > VALID_FOR || age < CLOCK_SLACK.checked_neg().unwrap_or_default() {
        return Err(TokenError::Stale);
    }
    used.0.retain(|_, stale_from| *stale_from >= now);
    if used.0.contains_key(mac) {
        return Err(TokenError::Used);
    }
    while used.0.len() >= MOST_USED {
        let oldest = used.0.iter().min_by_key(|(_, stale_from)| **stale_from);
        let Some(oldest) = oldest.map(|(mac, _)| mac.clone()) else {
            break;
        };
        used.0.remove(&oldest);
    }
    let stale_from = issued.saturating_add(VALID_FOR).unwrap_or(Timestamp::MAX);
    used.0.insert(mac.to_owned(), stale_from);
    Ok(())
}

fn message(issued: i64, alert: &str, incident: &IncidentId, answer: Answer) -> String {
    let answer = match answer {
        Answer::Me => "me",
        Answer::NotMe => "not-me",
        Answer::Unsure => "unsure",
    };
    // No part but the last can hold a line break: one cannot be moved into another.
    format!("mailward answer 1\n{issued}\n{alert}\n{answer}\n{incident}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000_i64.saturating_add(second)).unwrap()
    }

    #[test]
    fn a_token_answers_once_for_what_it_was_made_for_and_for_a_week() {
        let key = Key::new([7; 32]);
        let incident = IncidentId("abc234".to_owned());
        let other = IncidentId("abc235".to_owned());
        let mut used = Used::default();
        let token = issue(&key, at(0), &incident, Answer::NotMe, "alert-1");
        let mut redeem = |now, incident: &IncidentId, answer, token: &str| {
            redeem(&key, &mut used, now, incident, answer, token)
        };
        let forged = Err(TokenError::Forged);
        assert_eq!(redeem(at(9), &other, Answer::NotMe, &token), forged);
        assert_eq!(redeem(at(9), &incident, Answer::Me, &token), forged);
        for wrong in [
            "",
            ".",
            "..",
            "1.2.3",
            "x.y.z",
            token.get(1..).unwrap(),
            &format!("{token}A"),
        ] {
            assert_eq!(
                redeem(at(9), &incident, Answer::NotMe, wrong),
                forged,
                "{wrong}"
            );
        }
        let week = 7 * 24 * 3_600;
        let stale = Err(TokenError::Stale);
        assert_eq!(
            redeem(at(week + 1), &incident, Answer::NotMe, &token),
            stale
        );
        assert_eq!(redeem(at(-601), &incident, Answer::NotMe, &token), stale);
        assert_eq!(redeem(at(9), &incident, Answer::NotMe, &token), Ok(()));
        let again = Err(TokenError::Used);
        assert_eq!(redeem(at(10), &incident, Answer::NotMe, &token), again);
        assert_eq!(redeem(at(week), &incident, Answer::NotMe, &token), again);
        // The button of a later alert answers anew.
        let later = issue(&key, at(0), &incident, Answer::NotMe, "alert-2");
        assert_eq!(redeem(at(11), &incident, Answer::NotMe, &later), Ok(()));
    }

    #[test]
    fn another_key_makes_other_tokens_and_none_is_shown() {
        let (key, other) = (Key::new([7; 32]), Key::new([8; 32]));
        let incident = IncidentId("abc234".to_owned());
        let token = issue(&other, at(0), &incident, Answer::Me, "a");
        let outcome = redeem(
            &key,
            &mut Used::default(),
            at(1),
            &incident,
            Answer::Me,
            &token,
        );
        assert_eq!(outcome, Err(TokenError::Forged));
        assert_eq!(format!("{key:?}"), "[redacted]");
        let read = Key::from_text(&key.to_text()).unwrap();
        assert!(read.same("a", "a") && !read.same("a", "b") && !read.same("a", ""));
        assert!(Key::from_text("short").is_none());
    }
}

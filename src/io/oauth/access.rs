//! The access token of an account at each connect: kept, refreshed before it ends, and refreshed where it was refused.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::engine::secret::Secret;
use crate::io::clock::Clock;
use crate::io::oauth::error::OAuthError;
use crate::io::oauth::flow::{self, Tokens};
use crate::io::oauth::kept;
use crate::io::oauth::registration::Registration;

/// A token that ends within this time is not used for a new connection: providers close it with the token.
const SOON: SignedDuration = SignedDuration::from_mins(5);

/// The tokens of one account.
pub struct Access {
    registration: Registration,
    clock: Clock,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// The access token that was handed out last.
    given: Option<Secret>,
    /// The access token that the mail server refused.
    refused: Option<Secret>,
    /// The refresh token that the provider refused; it is not asked with it again.
    dead: Option<Secret>,
}

impl Access {
    /// Nothing is read before a token is wanted.
    pub fn new(registration: Registration, clock: Clock) -> Self {
        Self {
            registration,
            clock,
            memory: Mutex::default(),
        }
    }

    /// A token as it is good now.
    pub async fn token(&self) -> Result<Secret, OAuthError> {
        let tokens = kept::read(&self.registration)?;
        if self.is_good(&tokens, SOON) {
            return Ok(self.hand_out(tokens.access));
        }
        match self.refreshed(&tokens).await {
            Ok(access) => Ok(self.hand_out(access)),
            // Another process may have refreshed meanwhile, and the provider takes each refresh token only once.
            Err(error @ OAuthError::SignedOut { .. }) => {
                let again = kept::read(&self.registration)?;
                if !same(again.refresh.as_ref(), tokens.refresh.as_ref())
                    && self.is_good(&again, SOON)
                {
                    return Ok(self.hand_out(again.access));
                }
                Err(error)
            }
            Err(error) if error.may_pass() && self.is_good(&tokens, SignedDuration::ZERO) => {
                Ok(self.hand_out(tokens.access))
            }
            Err(error) => Err(error),
        }
    }

    /// The mail server refused the token that was handed out last: the next one is a fresh one.
    pub fn refused(&self) {
        self.with(|memory| memory.refused = memory.given.take());
    }

    fn is_good(&self, tokens: &Tokens, left: SignedDuration) -> bool {
        let until = (self.clock)().checked_add(left).unwrap_or(Timestamp::MAX);
        let refused = self.with(|memory| same(memory.refused.as_ref(), Some(&tokens.access)));
        !refused && tokens.expires_at.is_none_or(|end| end > until)
    }

    async fn refreshed(&self, tokens: &Tokens) -> Result<Secret, OAuthError> {
        let signed_out = || OAuthError::SignedOut {
            account: self.registration.account.clone(),
        };
        let Some(refresh) = &tokens.refresh else {
            return Err(signed_out());
        };
        if self.with(|memory| same(memory.dead.as_ref(), Some(refresh))) {
            return Err(signed_out());
        }
        match flow::refresh(&self.registration, refresh, &self.clock).await {
            Ok(mut fresh) => {
                // Without a new refresh token the old one stays (RFC 6749 §6).
                fresh.refresh = fresh.refresh.or_else(|| tokens.refresh.clone());
                if let Err(error) = kept::write(&self.registration, &fresh) {
                    // The token is good all the same; the watch goes on with it.
                    tracing::warn!(account = self.registration.account, %error, "tokens not kept");
                }
                Ok(fresh.access)
            }
            Err(error) => {
                if error.needs_sign_in() {
                    self.with(|memory| memory.dead = Some(refresh.clone()));
                }
                Err(error)
            }
        }
    }

    fn hand_out(&self, access: Secret) -> Secret {
        self.with(|memory| memory.given = Some(access.clone()));
        access
    }

    fn with<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn same(one: Option<&Secret>, other: Option<&Secret>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one.expose() == other.expose())
}

//! Signs in by a device code and refreshes tokens. The oauth2 crate speaks the protocol: the interval, `slow_down`, the end
//! of a code (RFC 8628 §3.5).

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet,
    ErrorResponse, RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
    TokenResponse as _, TokenUrl,
};

use crate::engine::printable;
use crate::engine::secret::Secret;
use crate::io::clock::Clock;
use crate::io::http::Url;
use crate::io::oauth::error::OAuthError;
use crate::io::oauth::exchange::{Exchange, ExchangeError};
use crate::io::oauth::registration::Registration;

/// The shortest wait between two polls, whatever the server says.
const SHORTEST: Duration = Duration::from_secs(1);

/// What the person does, elsewhere: open the address and type the code.
#[derive(Clone)]
pub struct Task {
    /// The address.
    pub address: String,
    /// The code.
    pub code: String,
    /// How long the code can be typed.
    pub lasts: Duration,
}

/// What a provider gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For the mail server.
    pub access: Secret,
    /// For the next access token.
    pub refresh: Option<Secret>,
    /// When the access token ends, where the provider says so.
    pub expires_at: Option<Timestamp>,
}

type Ready = BasicClient<EndpointNotSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Asks for a code, has it shown, and polls with `sleep` in between until the person has decided.
pub async fn sign_in<S, F>(
    registration: &Registration,
    clock: &Clock,
    show: impl FnOnce(&Task),
    sleep: S,
) -> Result<Tokens, OAuthError>
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    let client = client(registration).await?;
    let exchange = Exchange::with(registration);
    let details: StandardDeviceAuthorizationResponse = client
        .exchange_device_code()
        .add_scopes(
            registration
                .scope
                .split_whitespace()
                .map(|word| Scope::new(word.to_owned())),
        )
        .request_async(&exchange)
        .await
        .map_err(|error| told(error, registration))?;
    show(&Task {
        address: printable::escaped(details.verification_uri().as_str()),
        code: printable::escaped(details.user_code().secret()),
        lasts: details.expires_in(),
    });
    let wait = |interval: Duration| sleep(interval.max(SHORTEST));
    // The first poll is not due before the interval has gone by either.
    wait(details.interval()).await;
    let answer = client
        .exchange_device_access_token(&details)
        .set_time_fn(|| {
            chrono::DateTime::from_timestamp(clock().as_second(), 0).unwrap_or_default()
        })
        .request_async(&exchange, wait, None)
        .await
        .map_err(|error| told(error, registration))?;
    Ok(tokens(&answer, clock()))
}

/// Asks for a new access token.
pub async fn refresh(
    registration: &Registration,
    token: &Secret,
    clock: &Clock,
) -> Result<Tokens, OAuthError> {
    let client = client(registration).await?;
    let exchange = Exchange::with(registration);
    let answer = client
        .exchange_refresh_token(&RefreshToken::new(token.expose().to_owned()))
        .request_async(&exchange)
        .await
        .map_err(|error| told(error, registration))?;
    Ok(tokens(&answer, clock()))
}

async fn client(registration: &Registration) -> Result<Ready, OAuthError> {
    let whole = |url: &Url| format!("{}{}", url.root(), url.target());
    let codes = DeviceAuthorizationUrl::new(whole(&registration.device_authorization_url));
    let tokens = TokenUrl::new(whole(&registration.token_url));
    let client = BasicClient::new(ClientId::new(registration.client_id.clone()))
        .set_device_authorization_url(codes.map_err(|_| OAuthError::Answer)?)
        .set_token_uri(tokens.map_err(|_| OAuthError::Answer)?)
        .set_auth_type(AuthType::RequestBody);
    Ok(match &registration.client_secret {
        Some(source) => {
            let secret = Box::pin(source.read()).await.map_err(Box::new)?;
            client.set_client_secret(ClientSecret::new(secret.expose().to_owned()))
        }
        None => client,
    })
}

fn tokens(answer: &BasicTokenResponse, now: Timestamp) -> Tokens {
    let lasts = answer.expires_in().and_then(|lasts| {
        let lasts = SignedDuration::try_from(lasts).ok()?;
        now.checked_add(lasts).ok()
    });
    Tokens {
        access: Secret::new(answer.access_token().secret().clone()),
        refresh: answer
            .refresh_token()
            .map(|token| Secret::new(token.secret().clone())),
        expires_at: lasts,
    }
}

/// The error in words of our own. What the server wrote is not repeated, and neither is the body of an answer that could
/// not be read: tokens may stand in it.
fn told<T>(error: RequestTokenError<ExchangeError, T>, registration: &Registration) -> OAuthError
where
    T: ErrorResponse + Coded + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => meaning(&answer.code(), registration),
        RequestTokenError::Request(ExchangeError::Http(error)) => error.into(),
        RequestTokenError::Request(ExchangeError::Trouble) => OAuthError::Trouble,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => OAuthError::Answer,
    }
}

/// The code of an error, as a word.
trait Coded {
    fn code(&self) -> String;
}

impl<T: oauth2::ErrorResponseType + AsRef<str> + 'static> Coded
    for oauth2::StandardErrorResponse<T>
{
    fn code(&self) -> String {
        self.error().as_ref().to_owned()
    }
}

/// The codes of RFC 6749 §5.2 and RFC 8628 §3.5, and those that Microsoft uses beside them.
fn meaning(code: &str, registration: &Registration) -> OAuthError {
    match code {
        "access_denied" | "authorization_declined" => OAuthError::Declined,
        "expired_token" | "code_expired" => OAuthError::Expired,
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            OAuthError::SignedOut {
                account: registration.account.clone(),
            }
        }
        "invalid_scope" => OAuthError::Scope,
        "temporarily_unavailable" | "server_error" | "slow_down" => OAuthError::Trouble,
        "invalid_client" => OAuthError::Refused {
            code: "invalid_client",
        },
        "unauthorized_client" => OAuthError::Refused {
            code: "unauthorized_client",
        },
        "unsupported_grant_type" => OAuthError::Refused {
            code: "unsupported_grant_type",
        },
        "invalid_request" => OAuthError::Refused {
            code: "invalid_request",
        },
        _ => OAuthError::Refused {
            code: "for a reason of its own",
        },
    }
}

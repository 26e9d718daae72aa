//! Checks the `oauth` of an account and knows the addresses of two providers.

use std::path::Path;

use toml::Spanned;

use crate::config::error::Fault;
use crate::config::values::{filled, resolve};
use crate::config::{accounts, locate, schema};
use crate::io::http::Url;
use crate::io::oauth::registration::Registration;
use crate::io::secrets::Source;

/// Where a provider gives codes and tokens, and what for.
struct Known {
    name: &'static str,
    device_authorization_url: &'static str,
    token_url: &'static str,
    scope: &'static str,
}

/// Microsoft: the device authorization grant of its identity platform, for personal and company accounts; Google: OAuth 2.0
/// for TV and limited-input devices.
const KNOWN: [Known; 2] = [
    Known {
        name: "microsoft",
        device_authorization_url: "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        scope: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    },
    Known {
        name: "google",
        device_authorization_url: "https://oauth2.googleapis.com/device/code",
        token_url: "https://oauth2.googleapis.com/token",
        scope: "https://mail.google.com/",
    },
];

/// Checks it; relative paths start in `folder`.
pub fn check(table: Spanned<schema::OAuth>, account: &str, folder: &Path) -> Result<Source, Fault> {
    let span = table.span();
    let table = table.into_inner();
    let known = table.provider.as_ref().map(known).transpose()?;
    let needed = |key: &'static str| {
        Fault::new(
            span.clone(),
            format!("oauth has neither `provider` nor `{key}`"),
            "write provider = \"microsoft\", or device_authorization_url, token_url and scope",
        )
    };
    let device_authorization_url = match table.device_authorization_url {
        Some(text) => address(&text)?,
        None => own(known, |known| known.device_authorization_url)
            .ok_or_else(|| needed("device_authorization_url"))?,
    };
    let token_url = match table.token_url {
        Some(text) => address(&text)?,
        None => own(known, |known| known.token_url).ok_or_else(|| needed("token_url"))?,
    };
    let scope = match table.scope {
        Some(scope) => filled(scope, "scope")?,
        None => known
            .map(|known| known.scope.to_owned())
            .ok_or_else(|| needed("scope"))?,
    };
    let client_secret = match (table.client_secret_file, table.client_secret_command) {
        (None, None) => None,
        (Some(path), None) => Some(Source::File(resolve(path.get_ref(), folder))),
        (None, Some(argv)) => Some(accounts::command(argv, Source::Command)?),
        (Some(_), Some(argv)) => {
            return Err(Fault::new(
                argv.span(),
                "client_secret_file and client_secret_command exclude each other",
                "keep one of them",
            ));
        }
    };
    Ok(Source::OAuth(Box::new(Registration {
        account: account.to_owned(),
        client_id: filled(table.client_id, "client_id")?,
        client_secret,
        device_authorization_url,
        token_url,
        scope,
        ca_file: table.ca_file.map(|path| resolve(path.get_ref(), folder)),
        folder: locate::state_folder(),
    })))
}

fn known(name: &Spanned<String>) -> Result<&'static Known, Fault> {
    let found = KNOWN.iter().find(|known| known.name == name.get_ref());
    found.ok_or_else(|| {
        Fault::new(
            name.span(),
            "unknown provider, expected microsoft or google",
            "for another one write device_authorization_url, token_url and scope instead",
        )
    })
}

fn own(known: Option<&'static Known>, part: fn(&Known) -> &'static str) -> Option<Url> {
    known.and_then(|known| Url::parse(part(known)).ok())
}

/// Secrets go there, so it has to be TLS.
fn address(text: &Spanned<String>) -> Result<Url, Fault> {
    let url = Url::parse(text.get_ref()).ok().filter(Url::is_secure);
    url.ok_or_else(|| {
        Fault::new(
            text.span(),
            "not an address with https://",
            "write the address as the provider's documents give it; tokens go there, so it has to be https",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, own};

    #[test]
    fn every_known_address_is_one() {
        for known in &KNOWN {
            for part in [
                |known: &super::Known| known.device_authorization_url,
                |known: &super::Known| known.token_url,
            ] {
                assert!(own(Some(known), part).is_some_and(|url| url.is_secure()));
            }
        }
    }
}

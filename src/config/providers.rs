//! Mail providers that are known by name: where their server is and how one logs in.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::engine::wording::Language;
use crate::io::imap::Security;

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// A short name for accounts.
    pub id: String,
    /// Its name as people know it.
    pub name: String,
    /// The domains of its addresses; `*.` stands for any name below.
    pub domains: Vec<String>,
    /// The IMAP server; `{domain}` is the domain of the address.
    pub host: String,
    /// Its port.
    #[serde(default = "usual_port")]
    pub port: u16,
    /// How the connection is protected: `tls` or `starttls`.
    #[serde(default = "usual_security")]
    pub security: String,
    /// What the login name is.
    pub login: Login,
    /// What the secret is.
    pub secret: SecretKind,
    /// The page where the secret is made or found.
    pub page: String,
    /// Host and login are confirmed by a source.
    pub confirmed: bool,
    /// What else is to know, in English.
    pub note_en: String,
    /// The same in Japanese.
    pub note_ja: String,
}

/// What the login name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Login {
    /// The whole address.
    Address,
    /// What stands before the `@`.
    Local,
    /// A name that the provider gave.
    Other,
}

/// What the secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// An app password.
    App,
    /// The mailbox's own password.
    Own,
    /// A password for mail programs only.
    Mail,
    /// Shown by a program on the same machine.
    Bridge,
    /// An access token; passwords are refused.
    Oauth,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Vec<Provider>,
}

/// The table; a test holds it to be readable.
static TABLE: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let text = include_str!("providers.toml");
    toml::from_str::<Table>(text).map_or_else(|_| Vec::new(), |table| table.provider)
});

/// All providers.
pub fn all() -> &'static [Provider] {
    &TABLE
}

/// The provider of a domain.
pub fn of_domain(domain: &str) -> Option<&'static Provider> {
    let domain = domain.to_lowercase();
    all()
        .iter()
        .find(|provider| provider.domains.iter().any(|known| fits(known, &domain)))
}

/// The provider whose server this is.
pub fn of_host(host: &str) -> Option<&'static Provider> {
    all()
        .iter()
        .find(|provider| provider.host.eq_ignore_ascii_case(host))
}

impl Provider {
    /// The server for an address of this domain.
    pub fn host_for(&self, domain: &str) -> String {
        self.host.replace("{domain}", domain)
    }

    /// How the connection is protected.
    pub fn security(&self) -> Security {
        if self.security == "starttls" {
            Security::StartTls
        } else {
            Security::Tls
        }
    }

    /// What else is to know.
    pub fn note(&self, language: Language) -> &str {
        match language {
            Language::En => &self.note_en,
            Language::Ja => &self.note_ja,
        }
    }
}

fn fits(known: &str, domain: &str) -> bool {
    match known.strip_prefix("*.") {
        Some(suffix) => domain
            .strip_suffix(suffix)
            .and_then(|name| name.strip_suffix('.'))
            .is_some_and(|name| !name.is_empty()),
        None => known == domain,
    }
}

fn usual_port() -> u16 {
    993
}

fn usual_security() -> String {
    "tls".to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_can_be_read_and_no_domain_stands_in_it_twice() {
        let text = include_str!("providers.toml");
        let table: Table = toml::from_str(text).unwrap();
        assert!(table.provider.len() > 20);
        let mut domains = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for provider in &table.provider {
            assert!(ids.insert(&provider.id), "{}", provider.id);
            assert!(
                ["tls", "starttls"].contains(&provider.security.as_str()),
                "{}",
                provider.id
            );
            assert!(provider.page.starts_with("https://"), "{}", provider.id);
            for domain in &provider.domains {
                assert!(domains.insert(domain), "{domain}");
            }
        }
    }

    #[test]
    fn an_address_finds_its_provider_and_a_look_alike_none() {
        let id = |domain: &str| of_domain(domain).map(|provider| provider.id.as_str());
        assert_eq!(id("gmail.com"), Some("gmail"));
        assert_eq!(id("Yahoo.co.jp"), Some("yahoo-japan"));
        assert_eq!(id("vesta.ocn.ne.jp"), Some("ocn"));
        assert_eq!(id("hanako.sakura.ne.jp"), Some("sakura"));
        let sakura = of_domain("hanako.sakura.ne.jp").unwrap();
        assert_eq!(
            sakura.host_for("hanako.sakura.ne.jp"),
            "hanako.sakura.ne.jp"
        );
        for strange in ["sakura.ne.jp", "gmail.com.example", "xgmail.com", ""] {
            assert_eq!(id(strange), None, "{strange}");
        }
    }
}

//! docs/providers.md says what the table of providers says.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic"
)]

use mailward::config::providers::{self, Login, Provider, SecretKind};

fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text
        .split_once(&format!("<!-- {name}:begin -->\n"))
        .unwrap();
    rest.split_once(&format!("<!-- {name}:end -->")).unwrap().0
}

fn row(provider: &Provider) -> String {
    let Provider {
        name, port, page, ..
    } = provider;
    let login = match provider.login {
        Login::Address => "the whole address",
        Login::Local => "what stands before the @",
        Login::Other => "a name that the provider gave",
    };
    let secret = match provider.secret {
        SecretKind::App => "app password",
        SecretKind::Own => "mail password",
        SecretKind::Mail => "password for mail programs",
        SecretKind::Bridge => "shown by Bridge",
        SecretKind::Oauth => "access token",
    };
    let host = provider.host.replace("{domain}", "the domain itself");
    let (domains, security) = (provider.domains.join(", "), &provider.security);
    let confirmed = if provider.confirmed { "yes" } else { "no" };
    format!(
        "| {name} | {domains} | {host} | {port} {security} | {login} | {secret} | {page} | {confirmed} |"
    )
}

#[test]
fn the_page_on_providers_is_the_table() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/providers.md"));
    let text = text.unwrap();
    let rows: Vec<&str> = between(&text, "providers").lines().skip(2).collect();
    let expected: Vec<String> = providers::all().iter().map(row).collect();
    assert_eq!(rows, expected);
    let notes: Vec<&str> = between(&text, "notes").lines().collect();
    for (line, provider) in notes.iter().zip(providers::all()) {
        let end = &provider.note_en;
        assert!(
            line.starts_with(&format!("- **{}** (", provider.name)),
            "{line}"
        );
        assert!(line.ends_with(end.as_str()), "{line}");
    }
    assert_eq!(notes.len(), providers::all().len());
}

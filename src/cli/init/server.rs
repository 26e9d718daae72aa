//! Which server an address belongs to: the table of providers, then what the domain publishes, then the DNS.

use tokio::runtime::Runtime;

use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::Dialogue;
use crate::cli::init::options::{Options, SecurityWord};
use crate::config::Account;
use crate::config::providers::{self, Login, Provider};
use crate::io::imap::Security;
use crate::io::{autoconfig, srv};

/// A server and how to log in to it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name.
    pub host: String,
    /// TCP.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The login name.
    pub user: String,
    /// The provider, where it is known.
    pub provider: Option<&'static Provider>,
}

/// Asks for the address until it is one.
pub fn address(dialogue: &Dialogue, options: &Options) -> Result<String, Failure> {
    let words = dialogue.words;
    let mut given = options.address.clone();
    loop {
        let text = match given.take() {
            Some(text) => text,
            None => dialogue.line("--address", words.address, "")?,
        };
        let text = text.trim().to_owned();
        let sound = text.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !text.contains(|it: char| {
                    it.is_whitespace() || it.is_control() || "<>\"/".contains(it)
                })
        });
        if sound {
            return Ok(text);
        }
        if !dialogue.asks {
            return Err(Failure::new(
                Code::Usage,
                "--address is no mail address",
                "write it as name@example.com",
            ));
        }
        dialogue.say(words.no_address, &[]);
    }
}

/// Finds the server. `before` is the account as it is configured already.
pub fn find(
    runtime: &Runtime,
    dialogue: &Dialogue,
    options: &Options,
    address: &str,
    before: Option<&Account>,
) -> Result<Server, Failure> {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut server = match (&options.host, before) {
        (Some(host), _) => named(host, address),
        (None, Some(before)) => Server {
            host: before.host.clone(),
            port: before.port,
            security: before.security,
            user: before.user.clone(),
            provider: providers::of_host(&before.host),
        },
        (None, None) => match providers::of_domain(domain) {
            Some(provider) => known(dialogue, provider, local, domain, address),
            None => searched(runtime, dialogue, address, domain)?,
        },
    };
    if let Some(security) = options.security {
        server.security = match security {
            SecurityWord::Tls => Security::Tls,
            SecurityWord::Starttls => Security::StartTls,
            SecurityWord::None => Security::None,
        };
        server.port = usual_port(server.security);
    }
    if let Some(port) = options.port {
        server.port = port;
    }
    let asks_user = before.is_none()
        && server
            .provider
            .is_some_and(|provider| provider.login == Login::Other);
    if let Some(user) = &options.user {
        server.user.clone_from(user);
    } else if asks_user {
        server.user = dialogue.line("--user", dialogue.words.user, "")?;
    }
    Ok(server)
}

/// A server that the person named.
pub fn named(host: &str, address: &str) -> Server {
    Server {
        host: host.to_owned(),
        port: 993,
        security: Security::Tls,
        user: address.to_owned(),
        provider: providers::of_host(host),
    }
}

fn usual_port(security: Security) -> u16 {
    match security {
        Security::Tls => 993,
        Security::StartTls | Security::None => 143,
    }
}

fn known(
    dialogue: &Dialogue,
    provider: &'static Provider,
    local: &str,
    domain: &str,
    address: &str,
) -> Server {
    let host = provider.host_for(domain);
    let places = [
        ("provider", provider.name.as_str()),
        ("host", &host),
        ("port", &provider.port.to_string()),
    ];
    dialogue.say(dialogue.words.known, &places);
    if !provider.confirmed {
        dialogue.say(dialogue.words.unconfirmed, &[]);
    }
    let user = match provider.login {
        Login::Local => local,
        Login::Address | Login::Other => address,
    };
    Server {
        host,
        port: provider.port,
        security: provider.security(),
        user: user.to_owned(),
        provider: Some(provider),
    }
}

fn searched(
    runtime: &Runtime,
    dialogue: &Dialogue,
    address: &str,
    domain: &str,
) -> Result<Server, Failure> {
    let words = dialogue.words;
    dialogue.say(words.searching, &[("domain", domain)]);
    let security = |tls| {
        if tls {
            Security::Tls
        } else {
            Security::StartTls
        }
    };
    let published = runtime.block_on(autoconfig::find(address));
    let (proposal, words_of_it) = if let Some(found) = published {
        let server = Server {
            port: found.port,
            security: security(found.tls),
            user: found.user,
            ..named(&found.host, address)
        };
        (Some(server), words.published)
    } else {
        let service = runtime.block_on(srv::imap(domain));
        let server = service.map(|found| Server {
            port: found.port,
            security: security(found.tls),
            ..named(&found.host, address)
        });
        (server, words.in_dns)
    };
    if let Some(server) = proposal {
        let port = server.port.to_string();
        let places = [
            ("domain", domain),
            ("host", server.host.as_str()),
            ("port", &port),
        ];
        dialogue.say(words_of_it, &places);
        let flag = format!("--host (proposed: {} port {port})", server.host);
        if dialogue.yes(&flag, words.use_server, true)? {
            return Ok(server);
        }
    } else {
        dialogue.say(words.not_found, &[]);
    }
    let typed = dialogue.line("--host", words.host, "")?;
    Ok(typed_in(&typed, address))
}

/// A host, or a host and its port: `mail.example.com:1993`.
fn typed_in(typed: &str, address: &str) -> Server {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    match typed.rsplit_once(':') {
        // Several colons are an IPv6 address.
        Some((host, text)) if !host.contains(':') => match port(text) {
            Some(port) => Server {
                port,
                security: if port == usual_port(Security::StartTls) {
                    Security::StartTls
                } else {
                    Security::Tls
                },
                ..named(host, address)
            },
            None => named(typed, address),
        },
        Some(_) | None => named(typed, address),
    }
}

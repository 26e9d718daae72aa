//! Asks a domain for its mail settings, in the form that Thunderbird made usual (`config-v1.1.xml`).

use std::time::Duration;

use roxmltree::{Document, Node, ParsingOptions};

use crate::io::connect::Patience;
use crate::io::http::{Client, Request, Url};

/// Larger answers are no settings.
const MOST: usize = 64 * 1024;
/// Elements of an answer that are looked at.
const NODES: u32 = 2_000;
/// Somebody waits at the terminal.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3),
    attempt: Duration::from_millis(250),
    step: Duration::from_secs(5),
};

/// What a domain says about its IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server.
    pub host: String,
    /// TCP.
    pub port: u16,
    /// TLS from the first byte; else after STARTTLS.
    pub tls: bool,
    /// The login name for the address.
    pub user: String,
}

/// The settings that the address's domain publishes over HTTPS.
pub async fn find(address: &str) -> Option<Settings> {
    let (_, domain) = address.rsplit_once('@')?;
    let client = Client {
        ca_file: None,
        patience: PATIENCE,
    };
    let encoded = address
        .replace('%', "%25")
        .replace('@', "%40")
        .replace('+', "%2B");
    let places = [
        format!("https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={encoded}"),
        format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
    ];
    for place in places {
        let Ok(url) = Url::parse(&place) else {
            continue;
        };
        let Ok(answer) = client.ask(&url, Request::default()).await else {
            continue;
        };
        if !answer.is_success() {
            continue;
        }
        let Ok(body) = answer.body(MOST, PATIENCE.step).await else {
            continue;
        };
        let text = String::from_utf8_lossy(&body);
        if let Some(settings) = read(&text, address) {
            return Some(settings);
        }
    }
    None
}

/// Reads an answer: the first IMAP server with an encrypted connection.
pub fn read(text: &str, address: &str) -> Option<Settings> {
    let (local, domain) = address.rsplit_once('@')?;
    let options = ParsingOptions {
        nodes_limit: NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).ok()?;
    let fill = |text: &str| {
        text.replace("%EMAILADDRESS%", address)
            .replace("%EMAILLOCALPART%", local)
            .replace("%EMAILDOMAIN%", domain)
    };
    document
        .descendants()
        .filter(|node| {
            node.has_tag_name("incomingServer") && node.attribute("type") == Some("imap")
        })
        .find_map(|server| {
            let value = |name| child(server, name);
            let tls = match value("socketType")? {
                "SSL" => true,
                "STARTTLS" => false,
                _ => return None,
            };
            let host = fill(value("hostname")?);
            let plain = |it: char| it.is_ascii_alphanumeric() || it == '.' || it == '-';
            Some(Settings {
                port: value("port")?.parse().ok().filter(|port| *port > 0)?,
                tls,
                user: fill(value("username").unwrap_or("%EMAILADDRESS%")),
                host: Some(host).filter(|host| !host.is_empty() && host.chars().all(plain))?,
            })
        })
}

fn child<'a>(server: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let found = server.children().find(|node| node.has_tag_name(name))?;
    found.text().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_encrypted_imap_server_counts() {
        let text = "<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"x\">\
            <incomingServer type=\"pop3\"><hostname>pop.example.com</hostname><port>995</port>\
            <socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>\
            <incomingServer type=\"imap\"><hostname>bare.example.com</hostname><port>143</port>\
            <socketType>plain</socketType></incomingServer>\
            <incomingServer type=\"imap\"><hostname> imap.%EMAILDOMAIN% </hostname><port>993</port>\
            <socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer>\
            </emailProvider></clientConfig>";
        let found = read(text, "hanako@example.com").unwrap();
        assert_eq!(found.host, "imap.example.com");
        assert_eq!((found.port, found.tls), (993, true));
        assert_eq!(found.user, "hanako");
    }

    #[test]
    fn what_is_no_settings_is_none() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
        let many = format!("<x>{}</x>", "<y/>".repeat(5_000));
        let strange = "<x><incomingServer type=\"imap\"><hostname>a b</hostname><port>993</port>\
            <socketType>SSL</socketType></incomingServer></x>";
        for text in ["", "<html>not found", bomb, &many, strange] {
            assert_eq!(read(text, "hanako@example.com"), None);
        }
    }
}

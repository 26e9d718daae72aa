//! Authserv-ids that providers stamp, by the host of their IMAP server.

/// The ids to pin for an IMAP host; empty where the provider is not known.
///
/// A leading `*.` stands for any one name below; `-` for a field without an id (Outlook.com writes none, and removes
/// those that come in). Source: stamped headers of real test mails in the test data of chatmail/core, 2022.
pub fn authserv_ids(imap_host: &str) -> Vec<String> {
    let host = imap_host.trim_end_matches('.').to_ascii_lowercase();
    let ids: &[&str] = match host.as_str() {
        "imap.gmail.com" | "imap.googlemail.com" => &["mx.google.com"],
        "imap.fastmail.com" => &["*.messagingengine.com"],
        "imap.mail.me.com" => &[
            "bimi.icloud.com",
            "dmarc.icloud.com",
            "dkim-verifier.icloud.com",
            "spf.icloud.com",
        ],
        "outlook.office365.com" | "imap-mail.outlook.com" | "outlook.live.com" => &["-"],
        "imap.mail.yahoo.com" | "imap.aol.com" => &["*.mail.bf1.yahoo.com", "*.omega.yahoo.com"],
        "posteo.de" => &["posteo.de"],
        "imap.mail.ru" => &["mxs.mail.ru"],
        "imap.zoho.com" => &["mx.zohomail.com"],
        _ => &[],
    };
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The rule pack of the service that runs a mailbox, by the host of its IMAP server; `None` where no pack knows it.
pub fn mailbox_service(imap_host: &str) -> Option<&'static str> {
    let host = imap_host.trim_end_matches('.').to_ascii_lowercase();
    match host.as_str() {
        "imap.gmail.com" | "imap.googlemail.com" => Some("google"),
        "imap.mail.me.com" => Some("apple"),
        "outlook.office365.com" | "imap-mail.outlook.com" | "outlook.live.com" => Some("microsoft"),
        "imap.mail.yahoo.co.jp" => Some("yahoo_japan"),
        "imap2.spmode.ne.jp" => Some("docomo"),
        "imap.ezweb.ne.jp" => Some("au"),
        "imap.softbank.jp" => Some("softbank"),
        _ => None,
    }
}

/// Whether a field's id is among the pinned ones, without regard to case.
pub fn is_pinned(id: &str, pinned: &[String]) -> bool {
    pinned.iter().any(|pin| match pin.strip_prefix("*.") {
        Some(suffix) => {
            let id = id.to_ascii_lowercase();
            id.strip_suffix(&suffix.to_ascii_lowercase())
                .and_then(|name| name.strip_suffix('.'))
                .is_some_and(|name| !name.is_empty())
        }
        None => pin.eq_ignore_ascii_case(id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_has_the_pack_of_its_provider() {
        assert_eq!(mailbox_service("IMAP.gmail.com."), Some("google"));
        assert_eq!(mailbox_service("imap.gmail.com.example.com"), None);
    }

    #[test]
    fn a_pin_is_exact_but_for_its_star() {
        let pins = vec![
            "mx.example.com".to_owned(),
            "*.messagingengine.com".to_owned(),
        ];
        assert!(is_pinned("MX.example.com", &pins));
        assert!(is_pinned("mx3.messagingengine.com", &pins));
        for id in [
            "messagingengine.com",
            ".messagingengine.com",
            "xmessagingengine.com",
            "evil-mx.example.com",
            "mx.example.com.evil",
            "-",
            "",
        ] {
            assert!(!is_pinned(id, &pins), "{id}");
        }
    }
}

//! What `mailward init` says: sentences with places to fill in.

/// Declares the sentences; a language that lacks one does not compile.
macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// All sentences of one language. `{name}` is filled in by [`fill`].
        #[derive(Debug)]
        pub struct Setup {
            $($(#[$doc])* pub $name: &'static str,)*
        }

        impl Setup {
            /// Names and texts, for tests.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

sentences! {
    /// What it is about, how it can be ended.
    welcome,
    /// There is a configuration already.
    existing,
    /// Asks for the address.
    address,
    /// What was typed is no address.
    no_address,
    /// The provider is known.
    known,
    /// Nothing confirms that.
    unconfirmed,
    /// The domain is asked.
    searching,
    /// The domain publishes this server over HTTPS.
    published,
    /// The DNS names this server.
    in_dns,
    /// Nothing was found.
    not_found,
    /// Use that server?
    use_server,
    /// Asks for the host.
    host,
    /// Asks for the login name.
    user,
    /// Where an app password is made.
    app_password,
    /// Where the password is found.
    own_password,
    /// Only tokens are taken.
    oauth,
    /// Asks for the secret.
    secret,
    /// Asks for the command that prints the secret.
    secret_command,
    /// Asks for the command that prints a token.
    token_command,
    /// The command cannot be read.
    bad_command,
    /// Connecting.
    connecting,
    /// Logged in, and how many folders.
    logged_in,
    /// News come at once.
    idle,
    /// News are asked for.
    polling,
    /// The login was refused.
    refused,
    /// The login was refused, and an app password is needed.
    refused_app,
    /// Nothing was reached.
    unreachable,
    /// The server refuses for now.
    busy,
    /// Something else went wrong; the cause is in English.
    failed,
    /// Try again with another password?
    again,
    /// Another server?
    other_server,
    /// Nobody vouches for the certificate.
    certificate,
    /// Accept exactly this one?
    certificate_accept,
    /// It is not accepted.
    certificate_refused,
    /// It is accepted.
    certificate_pinned,
    /// The provider's stamps are known.
    stamps_known,
    /// A stamp was seen.
    stamps_seen,
    /// Believe it?
    stamps_accept,
    /// No stamp was seen.
    stamps_none,
    /// The history is read.
    history_begins,
    /// What it holds.
    history,
    /// It would have been silent.
    history_silent,
    /// It would have rung.
    history_rings,
    /// It cannot be read.
    history_failed,
    /// Which channel?
    channels,
    /// Notifications on the desktop?
    channel_desktop,
    /// The terminal and the journal?
    channel_journal,
    /// The phone, through ntfy?
    channel_ntfy,
    /// How to subscribe.
    ntfy_topic,
    /// No channel was chosen.
    channel_none,
    /// Why a number is asked for.
    issuer,
    /// Asks for the number on the back of the card.
    issuer_phone,
    /// Asks whose number it is.
    issuer_name,
    /// What the card's issuer is called where nobody named it.
    issuer_default,
    /// The test alert is sent.
    test_sent,
    /// A channel did not take it.
    test_failed,
    /// Did it arrive?
    test_arrived,
    /// It did not.
    test_missing,
    /// Write the file?
    write,
    /// Nothing was written.
    nothing_written,
    /// What was written.
    written,
    /// Where the file of before is.
    backup,
    /// Where the password is.
    password_kept,
    /// Install the unit?
    unit,
    /// It is installed.
    unit_written,
    /// What to do on a server.
    unit_system,
    /// Watch by hand.
    unit_none,
    /// It is done.
    done,
    /// The last day of the certificate.
    certificate_until,
    /// It ends soon, or has ended.
    certificate_ends,
    /// The accepted certificate is not the one that is shown.
    certificate_other,
    /// Nobody vouches for the certificate, and none was accepted.
    certificate_strange,
    /// Whose stamps are on recent mails.
    stamps_here,
    /// Pinned stamps that no recent mail carries.
    stamps_absent,
    /// Marks the answer that Enter gives: yes.
    yes_no,
    /// Marks the answer that Enter gives: no.
    no_yes,
}

/// Fills places in.
pub fn fill(text: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    // In one pass, so that what is filled in is never taken for a place.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = places.iter().find(|(place, _)| *place == name)?;
            Some((value, after))
        });
        if let Some((value, after)) = known {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wording::Language;
    use crate::engine::wording::table::phrases;

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|after| after.split_once('}'))
            .map(|(name, _)| name)
            .collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_have_the_same_places() {
        let english = phrases(Language::En).setup().all();
        let japanese = phrases(Language::Ja).setup().all();
        for ((name, en), (_, ja)) in english.iter().zip(&japanese) {
            assert_eq!(places(en), places(ja), "{name}");
            assert!(!en.is_empty() && !ja.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_in_again() {
        let filled = fill("{a} and {b} {c", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(filled, "{b} and 2 {c");
    }
}

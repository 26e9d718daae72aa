//! Checks DKIM signatures ourselves (RFC 6376), for mails on which the provider stamped nothing.

use std::borrow::Borrow;
use std::future::Future;
use std::hash::Hash;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use mail_auth::common::cache::NoCache;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::resolver::ToFqdn as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts,
};
use mail_auth::{
    AuthenticatedMessage, DkimResult, Error, MX, MessageAuthenticator, Parameters, RecordSet,
    ResolverCache, Txt,
};

/// Most signatures of one mail that are checked: genuine mail carries one to three.
const SIGNATURE_LIMIT: usize = 5;
/// How long one question to the DNS may take. Longer than the patience of those who ask for a whole mail, so that they
/// learn that the DNS is silent and not that there is no key.
const DNS_PATIENCE: Duration = Duration::from_secs(10);

/// Where public keys come from. The DNS in the program, a list in tests.
pub trait KeySource: Send + Sync {
    /// The TXT record of `selector._domainkey.domain`, its strings joined; `None` where there is none.
    fn key(&self, name: &str) -> impl Future<Output = Option<Vec<u8>>> + Send;
}

/// Keys from the DNS, through the resolvers of the system.
pub struct DnsKeys {
    authenticator: MessageAuthenticator,
    patience: Duration,
}

/// Why the DNS cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error(
    "the system's DNS settings cannot be used: {0}; check /etc/resolv.conf, or switch the DKIM check off"
)]
pub struct DnsError(String);

impl DnsKeys {
    /// The one source of this kind that all mailboxes share while any of them uses it: each has a resolver of its own.
    pub fn shared() -> Result<Arc<Self>, DnsError> {
        static SHARED: Mutex<Weak<DnsKeys>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = shared.upgrade() {
            return Ok(keys);
        }
        let keys = Arc::new(Self::new()?);
        *shared = Arc::downgrade(&keys);
        Ok(keys)
    }

    /// A source that asks the resolvers in the system's settings.
    pub fn new() -> Result<Self, DnsError> {
        let authenticator =
            MessageAuthenticator::new_system_conf().map_err(|error| DnsError(error.to_string()))?;
        Ok(Self {
            authenticator,
            patience: DNS_PATIENCE,
        })
    }

    /// A source that asks one server, over UDP and, where an answer is cut off, over TCP at the same port. One question
    /// takes no longer than `patience`.
    pub fn at(server: SocketAddr, patience: Duration) -> Result<Self, DnsError> {
        let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for connection in &mut connections {
            connection.port = server.port();
        }
        let server = NameServerConfig::new(server.ip(), true, connections);
        let config = ResolverConfig::from_name_servers(vec![server]);
        let authenticator = MessageAuthenticator::new(config, ResolverOpts::default())
            .map_err(|error| DnsError(error.to_string()))?;
        Ok(Self {
            authenticator,
            patience,
        })
    }
}

impl KeySource for DnsKeys {
    async fn key(&self, name: &str) -> Option<Vec<u8>> {
        // Fully qualified: a search domain of the system must not stand in for the sender's.
        let name = name.to_fqdn().into_owned();
        let lookup = self.authenticator.resolver().txt_lookup(name);
        let answer = tokio::time::timeout(self.patience, lookup)
            .await
            .ok()?
            .ok()?;
        answer.answers().iter().find_map(|record| {
            let mail_auth::hickory_resolver::proto::rr::RData::TXT(text) = &record.data else {
                return None;
            };
            Some(
                text.txt_data
                    .iter()
                    .flat_map(|part| part.iter().copied())
                    .collect(),
            )
        })
    }
}

/// The domains (`d=`, lower case) whose signature on this mail passes.
///
/// Only a pass counts: several providers rewrite bodies, so a failure says nothing. A signature that covers a part of
/// the body only (`l=`), or not the From field, does not count either.
pub async fn passing_domains(mail: &[u8], keys: &impl KeySource) -> Vec<String> {
    let Some(message) = AuthenticatedMessage::parse(mail) else {
        return Vec::new();
    };
    let mut known = KnownKeys::default();
    for header in message.dkim_headers.iter().take(SIGNATURE_LIMIT) {
        let name =
            format!("{}._domainkey.{}", header.header.s, header.header.d).to_ascii_lowercase();
        if let Some(record) = keys.key(&name).await
            && let Ok(key) = DomainKey::parse(&record)
        {
            known.keys.push((
                name.to_fqdn().into_owned().into_boxed_str(),
                Txt::DomainKey(Arc::new(key)),
            ));
        }
    }
    if known.keys.is_empty() {
        return Vec::new();
    }
    // A resolver without servers: every key is known by now, so it is never asked.
    let Ok(authenticator) =
        MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default())
    else {
        return Vec::new();
    };
    let parameters = Parameters {
        params: &message,
        cache_txt: Some(&known),
        cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
        cache_ptr: None::<&NoCache<std::net::IpAddr, RecordSet<Box<str>>>>,
        cache_ipv4: None::<&NoCache<Box<str>, RecordSet<std::net::Ipv4Addr>>>,
        cache_ipv6: None::<&NoCache<Box<str>, RecordSet<std::net::Ipv6Addr>>>,
    };
    let outputs = authenticator.verify_dkim(parameters).await;
    let mut domains: Vec<String> = outputs
        .iter()
        .filter(|output| *output.result() == DkimResult::Pass)
        .filter_map(|output| output.signature())
        .filter(|signature| {
            signature.l == 0
                && signature
                    .h
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case("from"))
        })
        .map(|signature| signature.d.to_ascii_lowercase())
        .collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// The keys of one mail. Every other name is answered with an error, so that the verifier never asks the network.
#[derive(Default)]
struct KnownKeys {
    keys: Vec<(Box<str>, Txt)>,
}

impl ResolverCache<Box<str>, Txt> for KnownKeys {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let known = self
            .keys
            .iter()
            .find(|(key, _)| <Box<str> as Borrow<Q>>::borrow(key) == name);
        Some(known.map_or_else(
            || Txt::Error(Error::Io("no key".to_owned())),
            |(_, text)| text.clone(),
        ))
    }

    fn remove<Q>(&self, _name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _key: Box<str>, _value: Txt, _valid_until: Instant) {}
}

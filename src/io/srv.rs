//! Asks the DNS which host serves IMAP for a domain (RFC 6186).

use std::time::Duration;

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::proto::rr::RData;

/// How long one question may take: somebody waits at the terminal.
const PATIENCE: Duration = Duration::from_secs(5);

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Without the final dot.
    pub host: String,
    /// TCP.
    pub port: u16,
    /// TLS from the first byte; else after STARTTLS.
    pub tls: bool,
}

/// The domain's IMAP server. The DNS is not authenticated: the answer is a proposal, no more.
pub async fn imap(domain: &str) -> Option<Service> {
    let resolver = MessageAuthenticator::new_system_conf().ok()?;
    for (service, tls) in [("_imaps._tcp", true), ("_imap._tcp", false)] {
        // Fully qualified: a search domain of the system must not stand in.
        let name = format!("{service}.{domain}.");
        let lookup = resolver.resolver().srv_lookup(name);
        let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, lookup).await else {
            continue;
        };
        let found = answer.answers().iter().filter_map(|record| {
            let RData::SRV(srv) = &record.data else {
                return None;
            };
            let host = srv.target.to_utf8();
            let host = host.trim_end_matches('.').to_owned();
            // A lone dot says that there is none.
            let service = Service {
                host,
                port: srv.port,
                tls,
            };
            (!service.host.is_empty()).then_some((srv.priority, service))
        });
        if let Some((_, service)) = found.min_by_key(|(priority, _)| *priority) {
            return Some(service);
        }
    }
    None
}

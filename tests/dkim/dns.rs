//! Keys from a real DNS exchange: a scripted server on loopback that answers as servers do.

use std::net::SocketAddr;
use std::time::Duration;

use mailward::io::dkim::{DnsKeys, KeySource as _, passing_domains};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

use crate::signing::signed;

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;
const TRUNCATED: u8 = 2;

/// The labels of the question's name, joined with dots, and where the question ends.
fn question(query: &[u8]) -> (String, usize) {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let length = usize::from(query[at]);
        let label = &query[at + 1..=at + length];
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length + 1;
    }
    // The root, type and class.
    (labels.join("."), at + 5)
}

/// A DNS message (RFC 1035) that answers `query` with TXT records, each of the given strings.
fn reply(query: &[u8], code: u8, flags: u8, records: &[Vec<&[u8]>]) -> Vec<u8> {
    let end = question(query).1;
    let count = u8::try_from(records.len()).unwrap();
    let mut reply = query[..2].to_vec();
    // Response, recursion desired and available.
    reply.extend([0x81 | flags, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    reply.extend(&query[12..end]);
    for strings in records {
        let data: Vec<u8> = strings
            .iter()
            .flat_map(|string| {
                let length = u8::try_from(string.len()).unwrap();
                std::iter::once(length).chain(string.iter().copied())
            })
            .collect();
        // The name of the question, TXT, IN, 60 seconds.
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        reply.extend(data);
    }
    reply
}

/// What the script says to a question; nothing at all for `silent`.
fn answer(query: &[u8], record: &[u8], is_tcp: bool) -> Option<Vec<u8>> {
    let (name, _) = question(query);
    let (first, second) = record.split_at(record.len() / 2);
    match name.split('.').next().unwrap() {
        "silent" => None,
        "servfail" => Some(reply(query, SERVER_FAILURE, 0, &[])),
        "empty" => Some(reply(query, NO_ERROR, 0, &[])),
        "s1" | "one" => Some(reply(query, NO_ERROR, 0, &[vec![record]])),
        "two" => Some(reply(query, NO_ERROR, 0, &[vec![first, second]])),
        "cut" if !is_tcp => Some(reply(query, NO_ERROR, TRUNCATED, &[])),
        "cut" => Some(reply(query, NO_ERROR, 0, &[vec![first], vec![second]])),
        "garbage" => Some(b"\0".to_vec()),
        _ => Some(reply(query, NO_SUCH_NAME, 0, &[])),
    }
}

/// Starts the server. The channel gives each question's name, with `tcp:` before it where it came over TCP.
async fn server(record: Vec<u8>) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (asked, questions) = mpsc::unbounded_channel();
    // The port of both must be free: another try where only one is.
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let (tcp_record, tcp_asked) = (record.clone(), asked.clone());
    tokio::spawn(async move {
        let mut query = [0; 1024];
        while let Ok((length, peer)) = udp.recv_from(&mut query).await {
            let query = &query[..length];
            let _ = asked.send(question(query).0);
            if let Some(answer) = answer(query, &record, false) {
                udp.send_to(&answer, peer).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let Ok(length) = stream.read_u16().await else {
                continue;
            };
            let mut query = vec![0; usize::from(length)];
            stream.read_exact(&mut query).await.unwrap();
            let _ = tcp_asked.send(format!("tcp:{}", question(&query).0));
            if let Some(answer) = answer(&query, &tcp_record, true) {
                stream
                    .write_u16(u16::try_from(answer.len()).unwrap())
                    .await
                    .unwrap();
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
    (address, questions)
}

fn seen(questions: &mut mpsc::UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| questions.try_recv().ok()).collect()
}

#[tokio::test]
async fn answers_as_servers_give_them() {
    let record = b"v=DKIM1; k=ed25519; p=AAAA".to_vec();
    let (address, mut questions) = server(record.clone()).await;
    let keys = DnsKeys::at(address, Duration::from_secs(10)).unwrap();
    let name = |selector: &str| format!("{selector}._domainkey.shop.example");
    assert_eq!(keys.key(&name("one")).await, Some(record.clone()));
    assert_eq!(keys.key(&name("two")).await, Some(record.clone()));
    assert_eq!(keys.key(&name("nothing")).await, None);
    assert_eq!(keys.key(&name("empty")).await, None);
    assert_eq!(keys.key(&name("servfail")).await, None);
    // Every name is asked as it is: no search domain of the machine is put behind it.
    let asked = seen(&mut questions);
    assert!(asked.len() >= 5, "{asked:?}");
    for question in &asked {
        assert!(question.ends_with("._domainkey.shop.example"), "{question}");
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_fetched_over_tcp() {
    let record = b"v=DKIM1; k=ed25519; p=AAAA".to_vec();
    let (address, mut questions) = server(record.clone()).await;
    let keys = DnsKeys::at(address, Duration::from_secs(10)).unwrap();
    // Two records where one belongs: the first is taken, as it came.
    let found = keys.key("cut._domainkey.shop.example").await;
    assert_eq!(found.as_deref(), record.get(..record.len() / 2));
    let asked = seen(&mut questions);
    assert!(
        asked.contains(&"cut._domainkey.shop.example".to_owned()),
        "{asked:?}"
    );
    assert!(
        asked.contains(&"tcp:cut._domainkey.shop.example".to_owned()),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_or_nonsense_costs_the_patience_and_no_more() {
    let (address, _questions) = server(Vec::new()).await;
    let patience = Duration::from_millis(300);
    for selector in ["silent", "garbage"] {
        let keys = DnsKeys::at(address, patience).unwrap();
        let start = tokio::time::Instant::now();
        let name = format!("{selector}._domainkey.shop.example");
        assert_eq!(keys.key(&name).await, None);
        let waited = start.elapsed();
        // Room for a busy machine; the resolver's own patience would be ten seconds and more.
        assert!(waited < Duration::from_secs(4), "{selector}: {waited:?}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let free = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let keys = DnsKeys::at(address, Duration::from_millis(300)).unwrap();
    assert_eq!(keys.key("one._domainkey.shop.example").await, None);
}

#[tokio::test]
async fn a_signature_passes_with_its_key_from_the_dns() {
    let (mail, one) = signed("amazon.co.jp", false);
    let (address, mut questions) = server(one.record).await;
    let keys = DnsKeys::at(address, Duration::from_secs(10)).unwrap();
    assert_eq!(
        passing_domains(mail.as_bytes(), &keys).await,
        ["amazon.co.jp"]
    );
    assert_eq!(seen(&mut questions), ["s1._domainkey.amazon.co.jp"]);
    let changed = mail.replace("Kettle", "Car");
    assert!(passing_domains(changed.as_bytes(), &keys).await.is_empty());
}

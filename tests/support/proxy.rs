//! A TCP proxy that does to connections what networks do.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// A piece of a server from this size on is a message; what else it says is shorter.
const MESSAGE: usize = 800;

/// What happens to every connection that stands at the moment of the fault; later ones are healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing yet.
    None,
    /// Both sides are closed at once.
    Reset,
    /// Bytes vanish in both directions, and nobody is told.
    BlackHole,
    /// The same from the middle of the next large piece of the server on, which is a message.
    BlackHoleInMessage,
    /// The server's side is closed, the client's stays open.
    HalfClose,
    /// One byte at a time, this long after each other.
    Drip(Duration),
    /// Every piece is late.
    Late(Duration),
}

/// A running proxy on a loopback port.
pub struct Proxy {
    /// Where to connect.
    pub port: u16,
    faults: watch::Sender<(u64, Fault)>,
}

impl Proxy {
    /// Starts a proxy before a port of this machine.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (faults, watched) = watch::channel((0, Fault::None));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let mut watched = watched.clone();
                // What happened before this connection does not touch it.
                let born = watched.borrow_and_update().0;
                tokio::spawn(async move {
                    // A server that is down refuses, and so does the proxy.
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await {
                        carry(client, server, watched, born).await;
                    }
                });
            }
        });
        Self { port, faults }
    }

    /// Lets a fault happen to the connections that stand now.
    pub fn strike(&self, fault: Fault) {
        self.faults.send_modify(|(count, last)| {
            *count = count.saturating_add(1);
            *last = fault;
        });
    }
}

async fn carry(
    client: TcpStream,
    server: TcpStream,
    faults: watch::Receiver<(u64, Fault)>,
    born: u64,
) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let faults = Arc::new(faults);
    let up = pump(from_client, to_server, Arc::clone(&faults), born, false);
    let down = pump(from_server, to_client, faults, born, true);
    tokio::pin!(up, down);
    // When one direction ends for good, so does the other; a half-closed one lingers.
    tokio::select! {
        () = &mut up => {}
        () = &mut down => {}
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    faults: Arc<watch::Receiver<(u64, Fault)>>,
    born: u64,
    from_server: bool,
) {
    let mut changed = (*faults).clone();
    let mut block = [0; 4096];
    let mut swallowed = false;
    loop {
        let (count, fault) = *faults.borrow();
        let fault = if count == born { Fault::None } else { fault };
        if fault == Fault::Reset {
            return;
        }
        if fault == Fault::HalfClose && from_server {
            to.shutdown().await.ok();
            return std::future::pending().await;
        }
        let length = tokio::select! {
            read = from.read(&mut block) => match read {
                Ok(length) if length > 0 => length,
                Ok(_) | Err(_) => return,
            },
            _ = changed.changed() => continue,
        };
        let sent = match fault {
            Fault::BlackHole => Ok(()),
            Fault::BlackHoleInMessage if swallowed => Ok(()),
            Fault::BlackHoleInMessage if from_server && length >= MESSAGE => {
                swallowed = true;
                to.write_all(&block[..length / 2]).await
            }
            Fault::Drip(pause) => {
                let mut sent = Ok(());
                for byte in &block[..length] {
                    sleep(pause).await;
                    sent = to.write_all(&[*byte]).await;
                }
                sent
            }
            Fault::Late(pause) => {
                sleep(pause).await;
                to.write_all(&block[..length]).await
            }
            Fault::None | Fault::BlackHoleInMessage | Fault::Reset | Fault::HalfClose => {
                to.write_all(&block[..length]).await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

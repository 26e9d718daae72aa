//! What the machine itself goes through: it wakes up, and its screen is left alone.

use tokio::sync::mpsc;

/// What happened to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// It woke up: no connection can be trusted.
    Woke,
    /// Its screen was locked or fell idle, or somebody is back at it.
    Screen {
        /// Locked or idle.
        idle: bool,
    },
}

/// Listens to the machine. Where nothing tells, or nothing shall be noticed, nothing ever comes.
pub fn listen(notices_sleep: bool) -> mpsc::Receiver<Machine> {
    let (sender, receiver) = mpsc::channel(8);
    if notices_sleep {
        tokio::spawn(pass_on(sender));
    }
    receiver
}

#[cfg(target_os = "linux")]
async fn pass_on(sender: mpsc::Sender<Machine>) {
    use crate::io::logind::{self, Told};
    let (told, mut news) = mpsc::channel(8);
    let passing = async {
        while let Some(told) = news.recv().await {
            let machine = match told {
                Told::Woke => Machine::Woke,
                Told::Screen { idle } => Machine::Screen { idle },
            };
            if sender.send(machine).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = logind::follow(told) => {}
        () = passing => {}
    }
}

#[cfg(not(target_os = "linux"))]
async fn pass_on(_sender: mpsc::Sender<Machine>) {}

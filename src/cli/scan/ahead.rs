//! Reading and judging at once: what a link reads is judged on another thread, while the link reads on.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::io::imap::history::Told;

/// What is handed over at once: a thread that sleeps is woken for many mails, not for each.
const TOGETHER: usize = 64;

/// The same in bytes: bodies may be large.
const BYTES: usize = 512 * 1024;

/// Batches that wait to be judged at most; then the link waits too.
const WAITING: usize = 2;

/// The end at which the link tells.
pub struct Teller {
    batch: Vec<Told>,
    bytes: usize,
    batches: SyncSender<Vec<Told>>,
}

/// Two ends, one for the thread of the link and one for the thread that judges.
pub fn pair() -> (Teller, impl Iterator<Item = Told>) {
    let (batches, told): (_, Receiver<Vec<Told>>) = sync_channel(WAITING);
    let teller = Teller {
        batch: Vec::new(),
        bytes: 0,
        batches,
    };
    (teller, told.into_iter().flatten())
}

impl Teller {
    /// Tells of one thing, at once or with those that follow.
    pub fn tell(&mut self, told: Told) {
        if let Told::Mail(read) = &told {
            self.bytes = self.bytes.saturating_add(read.mail.bytes.len());
        }
        // How many are to come is shown to a person.
        let is_due = matches!(told, Told::More(_))
            || self.bytes >= BYTES
            || self.batch.len().saturating_add(1) >= TOGETHER;
        self.batch.push(told);
        if is_due {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        self.bytes = 0;
        // Nobody is there to be told any more only when the other thread has panicked.
        let _ = self.batches.send(std::mem::take(&mut self.batch));
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.hand_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_arrives_in_its_order_and_the_last_of_it_when_the_link_ends() {
        let (mut teller, told) = pair();
        let numbers = 0..200_u64;
        let link = std::thread::spawn({
            let numbers = numbers.clone();
            move || {
                for number in numbers {
                    teller.tell(Told::Unreadable {
                        mail: number.to_string(),
                    });
                }
            }
        });
        let arrived: Vec<u64> = told
            .filter_map(|told| match told {
                Told::Unreadable { mail } => mail.parse().ok(),
                Told::More(_) | Told::Mail(_) | Told::Passed(_) => None,
            })
            .collect();
        assert!(link.join().is_ok());
        assert_eq!(arrived, numbers.collect::<Vec<_>>());
    }

    #[test]
    fn how_many_are_to_come_is_told_at_once() {
        let (mut teller, mut told) = pair();
        teller.tell(Told::More(7));
        assert!(matches!(told.next(), Some(Told::More(7))));
    }
}

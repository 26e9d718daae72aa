//! What an ntfy channel must remember over a restart, in a file that nobody else reads: the reply topic, the key of the
//! buttons, what was heard and used, what is shown.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::engine::hex;
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::ntfy::{Reply, Topic};
use crate::engine::token::{self, Key, TokenError, Used};

/// Threads that are remembered as shown; the oldest go first.
const MOST_SHOWN: usize = 64;

/// What a subscription is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ear {
    /// Answers.
    Replies,
    /// Text messages.
    Inbox,
}

/// The memory of one channel.
pub struct Memory {
    path: PathBuf,
    reply_topic: Topic,
    key: Key,
    kept: Kept,
}

/// The file.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    reply_topic: String,
    key: String,
    /// The last message of each topic that was dealt with.
    #[serde(default)]
    replies_since: Option<String>,
    #[serde(default)]
    inbox_since: Option<String>,
    #[serde(default)]
    used: Used,
    /// What a phone shows of each thread, and since when.
    #[serde(default)]
    shown: BTreeMap<String, (Timestamp, String)>,
}

impl Memory {
    /// Reads the memory of the channel that publishes to a topic, or begins one.
    pub fn open(folder: &Path, server: &str, topic: &Topic) -> io::Result<Self> {
        let name = hex::name_of(&format!("{server}/{}", topic.name()), 8);
        let path = folder.join(format!("ntfy-{name}.json"));
        match std::fs::read(&path) {
            Ok(bytes) => {
                if let Some(memory) = Self::read(&path, &bytes) {
                    return Ok(memory);
                }
                // Buttons of before do not answer any more; the next alert brings new ones.
                warn!(file = %path.display(), "the memory of an ntfy channel was damaged; a new one is begun");
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Self::begin(path)
    }

    fn read(path: &Path, bytes: &[u8]) -> Option<Self> {
        let kept: Kept = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            path: path.to_owned(),
            reply_topic: Topic::parse(&kept.reply_topic)?,
            key: Key::from_text(&kept.key)?,
            kept,
        })
    }

    fn begin(path: PathBuf) -> io::Result<Self> {
        let mut topic = [0; 16];
        let mut key = [0; 32];
        for bytes in [topic.as_mut_slice(), key.as_mut_slice()] {
            getrandom::fill(bytes).map_err(io::Error::other)?;
        }
        let (reply_topic, key) = (Topic::random(topic), Key::new(key));
        let kept = Kept {
            reply_topic: reply_topic.name().to_owned(),
            key: key.to_text().to_string(),
            ..Kept::default()
        };
        let memory = Self {
            path,
            reply_topic,
            key,
            kept,
        };
        memory.save()?;
        Ok(memory)
    }

    /// Where answers arrive.
    pub fn reply_topic(&self) -> &Topic {
        &self.reply_topic
    }

    /// What the tokens of the buttons are made with.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The last message of a subscription that was dealt with.
    pub fn since(&self, ear: Ear) -> Option<&str> {
        match ear {
            Ear::Replies => self.kept.replies_since.as_deref(),
            Ear::Inbox => self.kept.inbox_since.as_deref(),
        }
    }

    /// A message was dealt with, for good: it is not asked for again.
    pub fn heard(&mut self, ear: Ear, id: &str) {
        match ear {
            Ear::Replies => self.kept.replies_since = Some(id.to_owned()),
            Ear::Inbox => self.kept.inbox_since = Some(id.to_owned()),
        }
        self.save_or_warn();
    }

    /// Takes the token of a reply, once. It is only written down when the message counts as heard: an answer that a
    /// crash loses comes again.
    pub fn redeem(
        &mut self,
        now: Timestamp,
        reply: &Reply,
    ) -> Result<(IncidentId, Answer), TokenError> {
        token::redeem(
            &self.key,
            &mut self.kept.used,
            now,
            &reply.i,
            reply.a,
            &reply.t,
        )?;
        Ok((reply.i.clone(), reply.a))
    }

    /// A phone shows a message for a thread now; what it showed before.
    pub fn shown(&mut self, thread: &str, at: Timestamp, sequence: String) -> Option<String> {
        let before = self.kept.shown.insert(thread.to_owned(), (at, sequence));
        while self.kept.shown.len() > MOST_SHOWN {
            let oldest = self.kept.shown.iter().min_by_key(|(_, (at, _))| *at);
            let Some(oldest) = oldest.map(|(thread, _)| thread.clone()) else {
                break;
            };
            self.kept.shown.remove(&oldest);
        }
        self.save_or_warn();
        before.map(|(_, sequence)| sequence)
    }

    /// What a phone shows of a thread, which goes.
    pub fn take_shown(&mut self, thread: &str) -> Option<String> {
        let (_, sequence) = self.kept.shown.remove(thread)?;
        self.save_or_warn();
        Some(sequence)
    }

    fn save_or_warn(&self) {
        if let Err(error) = self.save() {
            warn!(file = %self.path.display(), %error, "the memory of an ntfy channel cannot be written");
        }
    }

    /// Writes a new file (0600) and lets it take the place of the old one.
    fn save(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, &self.kept)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_memory_outlives_the_process_and_is_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let topic = Topic::parse("alerts").unwrap();
        let open = || Memory::open(folder.path(), "https://ntfy.example.com", &topic).unwrap();
        let mut memory = open();
        assert_eq!(memory.since(Ear::Replies), None);
        memory.heard(Ear::Replies, "m1");
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        assert_eq!(memory.shown("abc234", now, "s1".to_owned()), None);
        let incident = IncidentId("abc234".to_owned());
        let token = token::issue(memory.key(), now, &incident, Answer::Me, "a");
        let reply = Reply {
            v: 1,
            i: incident,
            a: Answer::Me,
            t: token,
        };
        assert!(memory.redeem(now, &reply).is_ok());
        memory.heard(Ear::Inbox, "m2");

        let mut again = open();
        assert_eq!(again.reply_topic(), memory.reply_topic());
        assert_eq!(
            (again.since(Ear::Replies), again.since(Ear::Inbox)),
            (Some("m1"), Some("m2"))
        );
        assert_eq!(again.redeem(now, &reply), Err(TokenError::Used));
        assert_eq!(again.take_shown("abc234").as_deref(), Some("s1"));
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_memory_is_begun_anew_and_another_topic_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let open = |topic: &str| {
            let topic = Topic::parse(topic).unwrap();
            Memory::open(folder.path(), "https://ntfy.example.com", &topic).unwrap()
        };
        let first = open("alerts").reply_topic().clone();
        let other = open("others").reply_topic().clone();
        assert_ne!(first, other);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::write(entry.unwrap().path(), b"{\"reply_topic\":\"").unwrap();
        }
        assert_ne!(*open("alerts").reply_topic(), first);
    }
}

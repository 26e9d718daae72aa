//! The desktop of another machine's mailward: its alerts are shown here, and the answers go back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::daemon::machine::{self, Machine};
use crate::daemon::report_file;
use crate::engine::bubble::{Bubble, Button};
use crate::engine::incident::{Answer, IncidentId};
use crate::engine::relay::{Input, Memory, Output, Relay, Unsent};
use crate::io::desktop::{Desktop, Press};
use crate::io::via::{Stream, Via};
use crate::io::{clock, private_file};

/// Exit codes after which handing an answer in once more would not help: it says that it is too late, or that there
/// is no such incident (65), or the other side does not know the command (64).
const FINAL: [i32; 3] = [0, 64, 65];

/// Where the agent keeps what it remembers.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder, which is there already.
    pub folder: PathBuf,
    /// What sets this agent's files apart from those of another.
    pub name: String,
}

/// One line of `alerts --follow --json --standing`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Standing { seq: i64, standing: Vec<Told> },
    Alert(Box<Told>),
}

#[derive(Debug, Deserialize)]
struct Told {
    seq: i64,
    #[serde(flatten)]
    bubble: Bubble,
}

struct Agent {
    via: Via,
    place: Place,
    relay: Relay,
    desktop: Desktop,
    stream: Option<Stream>,
    /// Bubbles without buttons that the desktop did not take yet, by thread.
    unshown: BTreeMap<String, Bubble>,
    sent: mpsc::Sender<Input>,
    wake_at: Option<Timestamp>,
}

/// Shows alerts until `stop` is cancelled. Fails only where what was remembered cannot be read.
pub async fn run(via: Via, place: Place, stop: CancellationToken) -> io::Result<()> {
    let memory = recall(&place.file())?;
    let (sent, mut returns) = mpsc::channel(4);
    let now = clock::now();
    let mut agent = Agent {
        via,
        relay: Relay::new(memory, u64::from(std::process::id()), now),
        desktop: Desktop::new(Some(
            place.folder.join(format!("{}-screen.json", place.name)),
        )),
        place,
        stream: None,
        unshown: BTreeMap::new(),
        sent,
        wake_at: None,
    };
    let mut machine = machine::listen(true);
    agent.step(Input::Started).await;
    loop {
        let input = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            Some(input) = returns.recv() => Some(input),
            happened = agent.desktop.next() => {
                match agent.desktop.take(happened).await {
                    Some(press) => agent.pressed(press),
                    None => None,
                }
            }
            line = next_line(&mut agent.stream) => agent.read(line),
            Some(told) = machine.recv() => {
                agent.machine(told).await;
                None
            }
            () = until(agent.wake_at) => Some(Input::Tick),
        };
        if let Some(input) = input {
            agent.step(input).await;
        }
    }
}

impl Agent {
    async fn step(&mut self, input: Input) {
        let step = self.relay.step(clock::now(), input);
        self.wake_at = step.wake_at;
        let mut lost = false;
        for output in step.outputs {
            match output {
                Output::Connect { after } => lost = !self.connect(after),
                Output::HangUp => {
                    warn!("the other machine says nothing any more; connecting again");
                    self.stream = None;
                }
                Output::Show(bubble) => self.show(*bubble).await,
                Output::KeepOnly(threads) => {
                    self.desktop.keep_only(&threads).await;
                    for bubble in std::mem::take(&mut self.unshown).into_values() {
                        self.show(bubble).await;
                    }
                }
                Output::Keep(memory) => self.keep(&memory),
                Output::Send(unsent) => self.send(unsent),
            }
        }
        if lost {
            let step = self.relay.step(clock::now(), Input::Lost);
            // Nothing but a later attempt follows from it.
            self.wake_at = step.wake_at;
        }
    }

    fn connect(&mut self, after: Option<i64>) -> bool {
        let after = after.map(|after| after.to_string());
        let mut arguments = vec!["alerts", "--follow", "--json", "--standing"];
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        match self.via.stream(&arguments) {
            Ok(stream) => {
                self.stream = Some(stream);
                true
            }
            Err(error) => {
                warn!(%error, "the command that reaches the other machine cannot be started");
                false
            }
        }
    }

    fn read(&mut self, line: Option<Vec<u8>>) -> Option<Input> {
        let Some(line) = line else {
            self.stream = None;
            info!("the connection ended; it is made again");
            return Some(Input::Lost);
        };
        match serde_json::from_slice(&line) {
            Ok(Line::Standing { seq, standing }) => Some(Input::Standing {
                seq,
                bubbles: standing.into_iter().map(|told| told.bubble).collect(),
            }),
            Ok(Line::Alert(told)) => {
                let Told { seq, bubble } = *told;
                let bubble = Box::new(bubble);
                Some(Input::Alert { seq, bubble })
            }
            // A greeting of the login shell, or a line of a later version. What serde says would quote it.
            Err(_) => {
                debug!("a line that is no alert was passed over");
                None
            }
        }
    }

    async fn show(&mut self, bubble: Bubble) {
        info!(id = bubble.id, severity = %bubble.severity, "alert");
        // What carries buttons is tried by the desktop itself until it is shown.
        let plain = bubble.buttons.is_empty().then(|| bubble.clone());
        if let Err(error) = self.desktop.show(bubble).await {
            warn!(%error, "an alert is not on the screen yet");
            if let Some(plain) = plain {
                self.unshown.insert(plain.thread.clone(), plain);
            }
        }
    }

    async fn machine(&mut self, told: Machine) {
        match told {
            Machine::Woke => {
                if self.stream.take().is_some() {
                    self.step(Input::Lost).await;
                }
            }
            Machine::Screen { idle: false } => self.desktop.welcome().await,
            Machine::Screen { idle: true } => {}
        }
    }

    /// An answer is handed in; the report and the page open here.
    fn pressed(&self, press: Press) -> Option<Input> {
        let Press { bubble, button } = press;
        let incident = bubble.incident.filter(is_plain)?;
        if button != Button::Me {
            let page = bubble.page.filter(|_| button == Button::NotMe);
            let (via, folder) = (self.via.clone(), self.place.folder.clone());
            let of = incident.clone();
            tokio::spawn(async move {
                let report = fetch_report(&via, &folder, &of).await;
                report_file::open(report, page).await;
            });
        }
        let answer = button.answer()?;
        info!(incident = incident.0, ?answer, "an answer");
        Some(Input::Answered(Unsent { incident, answer }))
    }

    fn send(&self, unsent: Unsent) {
        let (via, sent) = (self.via.clone(), self.sent.clone());
        tokio::spawn(async move {
            let answer = match unsent.answer {
                Answer::Me => "me",
                Answer::NotMe => "not-me",
                Answer::Unsure => "unsure",
            };
            let ran = via.run(&["answer", &unsent.incident.0, answer]).await;
            let input = match ran {
                Ok(ran) if ran.code.is_some_and(|code| FINAL.contains(&code)) => {
                    if ran.code != Some(0) {
                        warn!(incident = unsent.incident.0, "the answer does not count");
                    }
                    Input::Sent
                }
                Ok(ran) => {
                    warn!(code = ran.code, "an answer could not be handed in yet");
                    Input::NotSent
                }
                Err(error) => {
                    warn!(%error, "an answer could not be handed in yet");
                    Input::NotSent
                }
            };
            let _ = sent.send(input).await;
        });
    }

    fn keep(&self, memory: &Memory) {
        let written = serde_json::to_vec(memory)
            .map_err(io::Error::other)
            .and_then(|bytes| private_file::replace(&self.place.file(), &bytes));
        if let Err(error) = written {
            warn!(%error, "what was shown could not be noted; it may be shown again");
        }
    }
}

impl Place {
    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }
}

/// What an earlier agent noted; nothing where there was none.
fn recall(file: &Path) -> io::Result<Memory> {
    match std::fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Memory::default()),
        Err(error) => Err(error),
    }
}

/// The id becomes a word of a command that a shell on the other machine reads.
fn is_plain(incident: &IncidentId) -> bool {
    !incident.0.is_empty() && incident.0.chars().all(|it| it.is_ascii_alphanumeric())
}

async fn fetch_report(via: &Via, folder: &Path, incident: &IncidentId) -> Option<PathBuf> {
    let words = ["incidents", "report", &incident.0, "--format", "html"];
    let report = match via.run(&words).await {
        Ok(ran) if ran.code == Some(0) => ran.printed,
        Ok(_) | Err(_) => {
            warn!("the report could not be fetched");
            return None;
        }
    };
    let written = report_file::folder(folder)
        .and_then(|folder| report_file::keep(&folder, incident, &report));
    match written {
        Ok(file) => Some(file),
        Err(error) => {
            warn!(%error, "the report could not be written");
            None
        }
    }
}

async fn next_line(stream: &mut Option<Stream>) -> Option<Vec<u8>> {
    match stream {
        Some(stream) => stream.next_line().await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Timestamp>) {
    match moment {
        Some(moment) => {
            let rest = moment.duration_since(clock::now());
            tokio::time::sleep(rest.try_into().unwrap_or_default()).await;
        }
        None => std::future::pending().await,
    }
}

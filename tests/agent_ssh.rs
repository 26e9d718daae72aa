//! An agent over a real ssh to loopback: the alerts of a real daemon come to a desktop, the answers go back.
#![cfg(feature = "demo")]
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may panic, and real programs are waited for in real time"
)]

#[path = "control/house.rs"]
mod house;
#[path = "support/notification_server.rs"]
mod notification_server;
#[path = "control/server.rs"]
mod server;

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mailward::engine::incident::{Answer, Severity};
use mailward::io::environment;
use mailward::io::store::Store;

use house::{House, account};
use notification_server::{Call, NotificationServer, Notified, PrivateBus};
use server::Server;

const SOON: Duration = Duration::from_secs(30);

/// An sshd of the test's own: own port, own keys, one command line.
struct Sshd {
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Sshd {
    fn start(folder: &Path) -> Self {
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.join(key))
                .stdin(Stdio::null())
                .status()
                .unwrap();
            assert!(made.success(), "no key");
        }
        fs::copy(folder.join("user.pub"), folder.join("authorized")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = port.local_addr().unwrap().port();
        let host = fs::read_to_string(folder.join("host.pub")).unwrap();
        fs::write(folder.join("known"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        let shown = folder.display();
        fs::write(
            folder.join("sshd_config"),
            format!(
                "ListenAddress 127.0.0.1\nPort {port}\nHostKey {shown}/host\nAuthorizedKeysFile {shown}/authorized\n\
                 StrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nPermitRootLogin prohibit-password\n\
                 SetEnv PATH={shown}/far:/usr/bin:/bin\n"
            ),
        )
        .unwrap();
        // Debian's sshd wants this folder, which its unit makes.
        let _ = fs::create_dir_all("/run/sshd");
        let mut sshd = Self {
            folder: folder.to_owned(),
            port,
            child: None,
        };
        sshd.begin();
        sshd
    }

    fn begin(&mut self) {
        let log = File::create(self.folder.join("sshd.log")).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(self.folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd starts; tests/run installs it");
        self.child = Some(child);
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("sshd does not listen: {}", self.log());
    }

    /// Ends the listener; connections that are open go on.
    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// What reaches it, in the words of `--via`.
    fn via(&self) -> String {
        let user = Command::new("id").arg("-un").output().unwrap();
        let user = String::from_utf8(user.stdout).unwrap();
        format!(
            "ssh -F /dev/null -p {} -i '{folder}/user' -o 'UserKnownHostsFile={folder}/known' -o BatchMode=yes \
             -o ServerAliveInterval=15 {}@127.0.0.1",
            self.port,
            user.trim(),
            folder = self.folder.display(),
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("sshd.log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.end();
    }
}

/// A running `mailward agent`.
struct Agent {
    folder: PathBuf,
    child: Child,
}

impl Agent {
    fn start(folder: &Path, via: &str, bus: &str) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("agent.log"))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_mailward"))
            .args(["agent", "--via", via])
            .env("STATE_DIRECTORY", folder.join("agent"))
            .env("PATH", format!("{}/near:/usr/bin:/bin", folder.display()))
            .env("DBUS_SESSION_BUS_ADDRESS", bus)
            .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("INVOCATION_ID")
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            folder: folder.to_owned(),
            child,
        }
    }

    /// The processes that it started itself.
    fn children(&self) -> Vec<u32> {
        let id = self.child.id();
        let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let mut children: Vec<u32> = list.split(' ').filter_map(|it| it.parse().ok()).collect();
        // Another thread of the runtime may have started it.
        for task in fs::read_dir(format!("/proc/{id}/task")).unwrap().flatten() {
            let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            children.extend(list.split(' ').filter_map(|it| it.parse::<u32>().ok()));
        }
        children.sort_unstable();
        children.dedup();
        children
    }

    /// Kills its ssh as a crash would.
    fn kill_ssh(&self) {
        let children = self.children();
        assert!(!children.is_empty(), "no ssh runs: {}", self.log());
        for child in children {
            let id = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("agent.log")).unwrap_or_default()
    }

    /// The place of the last alert that it has, once it was connected.
    fn after(&self) -> Option<i64> {
        let folder = fs::read_dir(self.folder.join("agent")).ok()?;
        let file = folder.flatten().map(|it| it.path()).find(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            path.extension().is_some_and(|it| it == "json") && !name.contains("screen")
        })?;
        let memory: serde_json::Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
        memory["after"].as_i64()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let made = Command::new("chmod").arg("755").arg(path).status().unwrap();
    assert!(made.success());
}

/// Waits until something holds; says otherwise what the agent printed.
async fn until(agent: &Agent, what: &str, holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 30 s; the agent said:\n{}", agent.log());
}

/// Each alert of the daemon came to the desktop once, in order.
fn assert_each_alert_once(house: &House, desktop: &NotificationServer) -> Vec<Notified> {
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    let alerts = reader.alerts(0, 1_000).unwrap();
    let shown = desktop.notified();
    // What was on the screen when a process began again is shown in its own place; an alert has a text of its own.
    let titles: Vec<(u8, &str)> = shown
        .iter()
        .map(|it| (it.urgency.unwrap(), it.summary.as_str()))
        .collect();
    assert_eq!(shown.len(), alerts.len(), "{titles:#?}");
    for ((_, alert), shown) in alerts.iter().zip(&shown) {
        let urgency = match alert.severity {
            Severity::Info => 0,
            Severity::Notice => 1,
            Severity::Warning | Severity::Critical => 2,
        };
        assert_eq!(shown.urgency, Some(urgency), "{titles:#?}");
    }
    shown
}

/// Everything that takes part.
struct Scene {
    house: House,
    mail: Server,
    sshd: Sshd,
    desktop: NotificationServer,
    agent: Agent,
    _bus: PrivateBus,
}

/// A daemon that watches, and an agent that is connected to it.
async fn scene() -> Scene {
    let (house, mail) = tokio::task::spawn_blocking(|| {
        let mut house = House::new();
        let mail = Server::start(&house);
        house.configure(&account("home", mail.address.port(), ""));
        house.start();
        house.until(|| {
            house
                .log()
                .contains("account account=\"home\" state=Idling")
        });
        (house, mail)
    })
    .await
    .unwrap();
    let folder = house.folder.path().to_owned();
    script(
        &folder.join("far/mailward"),
        &format!(
            "#!/bin/sh\nexec env STATE_DIRECTORY='{}' LC_ALL=C '{}' --config '{}' \"$@\"\n",
            house.state_folder().display(),
            env!("CARGO_BIN_EXE_mailward"),
            house.config().display()
        ),
    );
    script(
        &folder.join("near/xdg-open"),
        &format!("#!/bin/sh\necho \"$1\" >>'{}/opened'\n", folder.display()),
    );
    let sshd = Sshd::start(&folder);
    let bus = PrivateBus::start();
    let desktop = NotificationServer::start(&bus.address).await;
    let agent = Agent::start(&folder, &sshd.via(), &bus.address);
    until(&agent, "connected", || agent.after().is_some()).await;

    Scene {
        house,
        mail,
        sshd,
        desktop,
        agent,
        _bus: bus,
    }
}

impl Scene {
    /// The takeover's orders, by their numbers.
    fn orders() -> Vec<usize> {
        let mails = house::mails("takeover");
        (0..mails.len())
            .filter(|number| mails[*number].1.subject.contains("注文済み"))
            .collect()
    }

    async fn until_severity(&self, severity: Severity) {
        until(&self.agent, "a level", || {
            let incidents = self.house.incidents();
            incidents.iter().any(|it| it.severity >= severity)
        })
        .await;
    }

    async fn a_question_is_answered_here(&self) {
        // A question, shown and answered here.
        self.mail.deliver(0);
        let calls = self.desktop.wait_for(SOON, |calls| !calls.is_empty()).await;
        let Call::Notify(question) = &calls[0] else {
            panic!("{calls:?}")
        };
        let rang = rang(&self.house, 0);
        let took = question.at.duration_since(rang);
        println!("from the daemon's alert to the desktop over ssh: {took:#}");
        let keys: Vec<&String> = question.actions.iter().step_by(2).collect();
        assert_eq!(keys, ["default", "not-me", "me", "details"]);
        self.desktop.action_invoked(question.id, "me").await;
        until(&self.agent, "the answer arrived", || {
            answered(&self.house, Answer::Me)
        })
        .await;
        let first = question.id;
        self.desktop
            .wait_for(
                SOON,
                |calls| matches!(calls.last(), Some(Call::Close { id, .. }) if *id == first),
            )
            .await;
    }

    async fn a_killed_ssh_costs_nothing(&self) {
        // ssh is killed; what rings meanwhile comes when it is back.
        self.agent.kill_ssh();
        let orders = Self::orders();
        for order in &orders[..2] {
            self.mail.deliver(*order);
        }
        self.until_severity(Severity::Notice).await;
        self.desktop.wait_for(SOON, |calls| rung(calls) == 2).await;
        assert_each_alert_once(&self.house, &self.desktop);
    }

    async fn a_server_that_was_gone_gets_the_answer(&mut self) -> u32 {
        let folder = self.house.folder.path().to_owned();
        // The whole server goes, and its connection with it.
        self.sshd.end();
        self.agent.kill_ssh();
        self.mail.deliver(Self::orders()[2]);
        self.until_severity(Severity::Warning).await;
        // An answer that cannot be handed in waits, even over the agent's own end.
        let open = self.desktop.notified().pop().unwrap().id;
        self.desktop.action_invoked(open, "not-me").await;
        until(&self.agent, "it tried", || {
            self.agent.log().contains("could not be handed in yet")
        })
        .await;
        self.sshd.begin();
        until(&self.agent, "the answer arrived", || {
            answered(&self.house, Answer::NotMe)
        })
        .await;
        let alerts = || {
            let reader = Store::open_read_only(&self.house.state_file()).unwrap();
            reader.alerts(0, 1_000).unwrap().len()
        };
        self.desktop
            .wait_for(SOON, |calls| rung(calls) == alerts())
            .await;
        let shown = assert_each_alert_once(&self.house, &self.desktop);
        assert_eq!(shown.last().unwrap().replaces_id, open);
        until(&self.agent, "the page opened", || {
            let opened = fs::read_to_string(folder.join("opened")).unwrap_or_default();
            opened.contains("https://www.amazon.co.jp/")
        })
        .await;

        open
    }

    async fn what_is_answered_elsewhere_goes(&self, open: u32) {
        // Answered elsewhere: it goes from this screen.
        let id = self
            .house
            .incidents()
            .into_iter()
            .find(|it| {
                it.answers
                    .iter()
                    .any(|(_, answer)| *answer == Answer::NotMe)
            })
            .unwrap()
            .id;
        self.house.run(&["incidents", "close", &id.0]).fine();
        self.desktop
            .wait_for(
                SOON,
                |calls| matches!(calls.last(), Some(Call::Close { id, .. }) if *id == open),
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_come_over_ssh_answers_go_back_and_a_killed_ssh_costs_nothing() {
    if environment::variable("MAILWARD_REAL_SERVERS").is_none() {
        println!("left out: set MAILWARD_REAL_SERVERS=1");
        return;
    }
    let mut scene = scene().await;
    scene.a_question_is_answered_here().await;
    scene.a_killed_ssh_costs_nothing().await;
    let open = scene.a_server_that_was_gone_gets_the_answer().await;
    scene.what_is_answered_elsewhere_goes(open).await;
    let Scene {
        mut house,
        mail,
        agent,
        ..
    } = scene;
    assert!(!agent.log().contains("secret"));
    drop(agent);
    house.stop();
    // Its runtime may not end on a thread of ours.
    tokio::task::spawn_blocking(move || drop(mail))
        .await
        .unwrap();
}

/// Whether an incident was answered so.
fn answered(house: &House, wanted: Answer) -> bool {
    let incidents = house.incidents();
    let mut answers = incidents.iter().flat_map(|it| &it.answers);
    answers.any(|(_, answer)| *answer == wanted)
}

fn rung(calls: &[Call]) -> usize {
    calls
        .iter()
        .filter(|call| matches!(call, Call::Notify(_)))
        .count()
}

/// When the daemon rang an alert.
fn rang(house: &House, number: usize) -> jiff::Timestamp {
    let reader = Store::open_read_only(&house.state_file()).unwrap();
    reader.alerts(0, 1_000).unwrap()[number].1.at
}

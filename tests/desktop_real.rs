//! The desktop channel on two real notification servers under Xvfb: shown, replaced, clicked, answered, closed.
//!
//! `MAILWARD_SCREENSHOTS=DIR` keeps the pictures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may panic, and a real server is waited for in real time"
)]

#[path = "support/notification_server.rs"]
mod notification_server;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use mailward::daemon::speech::Speech;
use mailward::engine::alert::{Alert, Asked, IncidentFacts, Question, Subject};
use mailward::engine::bubble::{Bubble, Button};
use mailward::engine::incident::{IncidentId, Reason, Severity};
use mailward::engine::rule::RuleSet;
use mailward::engine::signal::CodePurpose;
use mailward::engine::wording::push::Privacy;
use mailward::engine::wording::{CardIssuer, Language};
use mailward::io::desktop::{Desktop, Press};
use mailward::io::environment;

use notification_server::PrivateBus;

const CHILD: &str = "MAILWARD_TEST_CHILD";
const XFCE: &str = "/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd";

/// A process that ends when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn real_servers() -> bool {
    environment::variable("MAILWARD_REAL_SERVERS").is_some()
}

/// A screen of its own: the server picks a free number.
fn screen() -> (Running, String) {
    let mut child = Command::new("Xvfb")
        .args("-displayfd 1 -screen 0 900x700x24 -nolisten tcp".split(' '))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts; tests/run installs it");
    let mut number = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut number)
        .unwrap();
    (Running(child), format!(":{}", number.trim()))
}

/// Runs a test of this file as a child on a screen and a bus with the server that `start` makes.
fn on_screen(test: &str, start: impl Fn(&Path) -> Command) {
    if !real_servers() {
        println!("left out: set MAILWARD_REAL_SERVERS=1");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_screen, display) = screen();
    let bus = PrivateBus::start();
    let mut server = start(folder.path());
    let server = server
        .env("DISPLAY", &display)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .env("HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("GTK_USE_PORTAL", "0")
        .env("NO_AT_BRIDGE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Running(server);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, folder.path())
        .env("DISPLAY", &display)
        .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
        .output()
        .unwrap();
    let printed = format!(
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    println!("{printed}");
    assert!(child.status.success() && printed.contains("1 passed"));
}

fn child_folder() -> Option<PathBuf> {
    environment::directory(CHILD)
}

fn question() -> Alert {
    let at = "2026-11-22T03:03:00Z".parse().unwrap();
    Alert {
        id: "abc234-1".to_owned(),
        thread: "abc234".to_owned(),
        at,
        severity: Severity::Info,
        reason: Reason::Question,
        services: vec!["amazon".to_owned()],
        repeat: 0,
        subject: Subject::Question(Question {
            incident: IncidentId("abc234".to_owned()),
            service: "amazon".to_owned(),
            site: Some("amazon.co.jp".to_owned()),
            asked_about: at,
            what: Asked::Code(CodePurpose::SignIn),
            verified: true,
        }),
    }
}

fn takeover() -> Alert {
    let at: jiff::Timestamp = "2026-11-22T03:20:00Z".parse().unwrap();
    Alert {
        id: "abc234-2".to_owned(),
        severity: Severity::Critical,
        reason: Reason::OrderBurst,
        at,
        subject: Subject::Incident(IncidentFacts {
            incident: IncidentId("abc234".to_owned()),
            first_at: "2026-11-22T03:03:00Z".parse().unwrap(),
            last_at: at,
            orders: 7,
            cancellations: 4,
            codes: 2,
            sign_ins: 0,
            account_changes: 0,
            locks: 0,
            amounts: BTreeMap::from([("JPY".to_owned(), 17_500.into())]),
            money_at_risk: true,
            verified: true,
            mailbox_signs: false,
            service: "amazon".to_owned(),
            sites: BTreeMap::from([("amazon".to_owned(), "amazon.co.jp".to_owned())]),
            next_step: "call-card-issuer".to_owned(),
            named_orders: Vec::new(),
        }),
        ..question()
    }
}

/// The alert in words, as the daemon says it.
fn said(alert: &Alert, language: Language) -> Bubble {
    let issuer = CardIssuer {
        name: "Example Card".to_owned(),
        phone: "0120-000-000".to_owned(),
    };
    let rules = Arc::new(RuleSet::built_in().unwrap());
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    Speech::of(rules, language, zone, Some(issuer)).bubble(alert, Privacy::Full, alert.at)
}

/// Shows a bubble as soon as the server is there.
async fn show(desktop: &mut Desktop, bubble: &Bubble) {
    let mut last = None;
    for _ in 0..100 {
        match desktop.show(bubble.clone()).await {
            Ok(()) => return,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not shown: {last:?}");
}

async fn press(desktop: &mut Desktop) -> Press {
    let wait = async {
        loop {
            let happened = desktop.next().await;
            if let Some(press) = desktop.take(happened).await {
                return press;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .expect("a press within 10 s")
}

/// Lets the desktop hear what the server says, for about a second.
async fn go_on(desktop: &mut Desktop) {
    for _ in 0..10 {
        let next = tokio::time::timeout(Duration::from_millis(100), desktop.next()).await;
        if let Ok(happened) = next {
            assert_eq!(desktop.take(happened).await, None);
        }
    }
}

fn run(program: &str, arguments: &str) -> String {
    let output = Command::new(program)
        .args(arguments.split(' '))
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Keeps a picture of the screen.
fn picture(name: &str) {
    if let Some(folder) = environment::directory("MAILWARD_SCREENSHOTS") {
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        run("scrot", &format!("-o {}", file.display()));
    }
}

/// The place of the one window of a class: x, y, width, height.
async fn window(class: &str) -> Option<[i32; 4]> {
    for _ in 0..50 {
        let found = run("xdotool", &format!("search --onlyvisible --class {class}"));
        for id in found.lines() {
            let shell = run("xdotool", &format!("getwindowgeometry --shell {id}"));
            let value = |key: &str| -> Option<i32> {
                let line = shell.lines().find_map(|line| line.strip_prefix(key))?;
                line.strip_prefix('=')?.parse().ok()
            };
            let place = [value("X")?, value("Y")?, value("WIDTH")?, value("HEIGHT")?];
            if place[2] > 50 && place[3] > 30 {
                return Some(place);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

async fn is_gone(class: &str) -> bool {
    for _ in 0..50 {
        if run("xdotool", &format!("search --onlyvisible --class {class}"))
            .trim()
            .is_empty()
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

fn click(x: i32, y: i32, button: u32) {
    run("xdotool", &format!("mousemove {x} {y}"));
    std::thread::sleep(Duration::from_millis(200));
    run("xdotool", &format!("click {button}"));
}

const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dunst_shows_replaces_is_clicked_and_closes() {
    let test = "dunst_shows_replaces_is_clicked_and_closes";
    let Some(folder) = child_folder() else {
        on_screen(test, |folder| {
            // The menu of actions is another program's: this one picks what the test wants.
            let menu = folder.join("menu");
            fs::write(
                &menu,
                format!(
                    "#!/bin/sh\ngrep -F \"$(cat {}/wanted)\"\n",
                    folder.display()
                ),
            )
            .unwrap();
            run("chmod", &format!("755 {}", menu.display()));
            let config = folder.join("dunstrc");
            fs::write(
                &config,
                format!(
                    "[global]\nwidth = 460\nheight = 400\norigin = top-right\nfont = Noto Sans CJK JP 11\n\
                     dmenu = {}\nmouse_left_click = do_action\nmouse_right_click = context\n",
                    menu.display()
                ),
            )
            .unwrap();
            let mut dunst = Command::new("dunst");
            dunst.arg("-conf").arg(config);
            dunst
        });
        return;
    };
    let mut desktop = Desktop::new(None);
    for language in LANGUAGES {
        let asked = said(&question(), language);
        show(&mut desktop, &asked).await;
        let before = window("dunst").await.expect("a window of dunst");
        picture(&format!("dunst-question-{language}"));
        // The same place: one bubble, not two.
        let rung = said(&takeover(), language);
        show(&mut desktop, &rung).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        picture(&format!("dunst-critical-{language}"));
        let [x, y, width, _] = window("dunst").await.unwrap();
        assert_eq!((x, y), (before[0], before[1]));
        click(x + width / 2, y + 30, 1);
        assert_eq!(press(&mut desktop).await.button, Button::Details);
        go_on(&mut desktop).await;
        // dunst takes it away with the press; it waits for an answer, and comes back.
        for (button, answers) in [(Button::NotMe, true), (Button::Me, true)] {
            fs::write(folder.join("wanted"), rung.label(button).unwrap()).unwrap();
            desktop.welcome().await;
            let [x, y, width, _] = window("dunst").await.unwrap();
            click(x + width / 2, y + 30, 3);
            let press = press(&mut desktop).await;
            assert_eq!(press.button, button);
            assert_eq!(press.button.answer().is_some(), answers);
            go_on(&mut desktop).await;
        }
        desktop.welcome().await;
        window("dunst").await.expect("it is back");
        desktop.settle("abc234").await;
        assert!(is_gone("dunst").await, "it is still on the screen");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xfce_shows_replaces_is_clicked_and_closes() {
    let test = "xfce_shows_replaces_is_clicked_and_closes";
    if child_folder().is_none() {
        on_screen(test, |_| Command::new(XFCE));
        return;
    }
    let class = "xfce4-notifyd";
    let mut desktop = Desktop::new(None);
    for language in LANGUAGES {
        let asked = said(&question(), language);
        show(&mut desktop, &asked).await;
        window(class).await.expect("a window of xfce4-notifyd");
        tokio::time::sleep(Duration::from_millis(500)).await;
        picture(&format!("xfce-question-{language}"));
        let rung = said(&takeover(), language);
        show(&mut desktop, &rung).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        picture(&format!("xfce-critical-{language}"));
        // The buttons lie in a row along the lower edge; the first, with the most words, takes the left half.
        let row = [
            (70, Button::NotMe),
            (260, Button::Me),
            (360, Button::Details),
        ];
        for (along, wanted) in row {
            let [x, y, width, height] = window(class).await.expect("it stays on the screen");
            click(x + width * along / 420, y + height - 30, 1);
            let press = press(&mut desktop).await;
            println!("{language}: a click pressed {:?}", press.button);
            assert_eq!(press.button, wanted);
            // It goes with the press, and waits for an answer.
            go_on(&mut desktop).await;
            desktop.welcome().await;
            go_on(&mut desktop).await;
        }
        window(class).await.expect("it is back");
        desktop.settle("abc234").await;
        assert!(is_gone(class).await, "it is still on the screen");
    }
}

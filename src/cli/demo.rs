//! `mailward demo`: plays a story on an embedded server, and lets the real daemon read it.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::arguments::{Demo, Global};
use crate::cli::demo::screen::Screen;
use crate::cli::exit::{Code, Failure};
use crate::cli::{context, run};
use crate::config::{Account, Channel, ChannelKind, Config, Limits};
use crate::daemon::speech::Speech;
use crate::daemon::{self, Setup};
use crate::demo::clock::StoryClock;
use crate::demo::player::{Pace, Player};
use crate::demo::server;
use crate::demo::server::certificate::Certificate;
use crate::demo::server::mailbox::Mailbox;
use crate::demo::server::session::Login;
use crate::demo::story::{Happening, Story};
use crate::engine::incident::Severity;
use crate::engine::rule::RuleSet;
use crate::engine::secret::Secret;
use crate::engine::wording::{CardIssuer, Language};
use crate::io::imap::Security;
use crate::io::secrets::Source;
use crate::io::store::Store;
use crate::io::{clock, environment};

pub mod screen;
pub mod words;

/// The password of the embedded server's only account; it listens on loopback, for a minute.
const PASSWORD: &str = "only-for-the-demo";

/// The story's clock moves by jumps, so the daemon looks at it this often.
const NAP: Duration = Duration::from_millis(20);

/// How long a mail may take from the server to the screen before the demo says that something is wrong.
const PATIENCE: Duration = Duration::from_secs(15);

/// Plays the story and prints what mailward makes of it.
pub fn run(global: &Global, options: &Demo) -> Result<(), Failure> {
    let language = context::language(global, None);
    let story = story(&options.story)?;
    let pace = if options.fast { Pace::FAST } else { Pace::CALM };
    let folder = tempfile::Builder::new()
        .prefix("mailward-demo-")
        .tempdir()
        .map_err(|error| {
            Failure::from_error(
                Code::Io,
                &error,
                "make room in the folder for temporary files, or set TMPDIR",
            )
        })?;
    let now = options.now.unwrap_or_else(clock::now);
    run::runtime()?.block_on(play(&story, language, pace, now, folder.path()))
}

fn story(name: &str) -> Result<Story, Failure> {
    let parsed = if let Some(story) = Story::built_in(name) {
        story
    } else {
        let text = std::fs::read_to_string(name)
            .map_err(|error| Failure::reading(Path::new(name), &error))?;
        Story::parse(name, &text)
    };
    parsed.map_err(|error| {
        Failure::from_error(
            Code::BadData,
            &error,
            "the stories that come with mailward show the form: demo/stories/*.toml",
        )
    })
}

async fn play(
    story: &Story,
    language: Language,
    pace: Pace,
    now: Timestamp,
    folder: &Path,
) -> Result<(), Failure> {
    let zone = zone(language);
    let start = story.latest_start(now, &zone);
    let moments = story
        .moments(language, start, &zone)
        .map_err(|error| Failure::from_error(Code::BadData, &error, "correct the story"))?;
    let mailbox = Arc::new(Mailbox::new(NonZeroU32::MIN));
    let story_clock = Arc::new(StoryClock::new(start));
    let stop = CancellationToken::new();
    let port = serve(&mailbox, story, folder, &stop).await?;

    let rules = Arc::new(RuleSet::built_in()?);
    let config = config(story, language, &zone, port, folder);
    let speech = Speech::of(
        rules.clone(),
        language,
        zone.clone(),
        config.card_issuer.clone(),
    );
    let screen = Arc::new(Screen::new(language, zone.clone()));
    screen.begin(story.title(language), story.summary(language));
    screen.expect(&moments);
    let setup = Setup {
        config,
        rules,
        state_file: folder.join("mailward.db"),
        language,
        clock: story_clock.reading(),
        link_clock: clock::system(),
        nap: NAP,
        notices_sleep: false,
        witness: Some(screen.witness()),
    };
    let daemon = tokio::spawn(daemon::run(setup, stop.clone()));
    screen.until_watching(PATIENCE).await?;
    let mut player = Player::new(
        moments,
        story.tail(),
        mailbox.clone(),
        story_clock.clone(),
        pace,
    );
    // A mail is read before the story goes on, so that what mailward says stands below the mail that it is about.
    let mut delivered = 0_u32;
    while let Some(moment) = player.advance().await {
        if let Happening::Mail(_) = &moment.what {
            delivered = delivered.saturating_add(1);
            screen.until_read(delivered, PATIENCE).await?;
        }
    }
    player.finish().await;
    // The last news wait a minute of the story for company; the daemon needs a moment to see the clock.
    tokio::time::sleep(NAP.saturating_mul(10)).await;
    stop.cancel();
    let ended = daemon
        .await
        .map_err(|error| Failure::from_error(Code::Unavailable, &error, "run the demo again"))?;
    ended.map_err(run::failure)?;
    let incidents = Store::open_read_only(&folder.join("mailward.db"))
        .and_then(|reader| reader.incidents(false))
        .map_err(|error| run::failure(error.into()))?;
    let told: Vec<_> = incidents
        .iter()
        .filter(|incident| incident.severity >= Severity::Notice)
        .collect();
    for incident in &told {
        screen.report(
            &speech.report(incident, story_clock.now()),
            incident.severity,
        );
    }
    screen.end(&told);
    Ok(())
}

/// The embedded server on a free port of loopback, with a certificate made on the spot.
async fn serve(
    mailbox: &Arc<Mailbox>,
    story: &Story,
    folder: &Path,
    stop: &CancellationToken,
) -> Result<u16, Failure> {
    let certificate = Certificate::make(clock::now()).map_err(|error| {
        Failure::from_error(Code::Unavailable, &error, "check the system's clock")
    })?;
    let loopback = |error: &std::io::Error| {
        Failure::from_error(
            Code::Unavailable,
            error,
            "the demo needs a free port on 127.0.0.1",
        )
    };
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .map_err(|error| loopback(&error))?;
    let port = listener
        .local_addr()
        .map_err(|error| loopback(&error))?
        .port();
    let write = |name: &str, text: &str| {
        crate::io::private_file::write(&folder.join(name), text.as_bytes()).map_err(|error| {
            Failure::from_error(
                Code::Io,
                &error,
                "make room in the folder for temporary files",
            )
        })
    };
    write("ca.pem", &certificate.pem)?;
    write("password", PASSWORD)?;
    let login = Login {
        user: story.person().to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let serving = server::serve(
        listener,
        certificate.acceptor,
        mailbox.clone(),
        login,
        stop.clone(),
    );
    tokio::spawn(serving);
    Ok(port)
}

fn config(story: &Story, language: Language, zone: &TimeZone, port: u16, folder: &Path) -> Config {
    let mut channels = vec![Channel::of(ChannelKind::Screen)];
    // Only where there is a desktop: the demo shall not wait for one that never comes.
    if environment::variable("DBUS_SESSION_BUS_ADDRESS").is_some() {
        channels.push(Channel::of(ChannelKind::Desktop));
    }
    let issuer = match language {
        Language::Ja => "さくらカード(見本)",
        Language::En => "Example Card",
    };
    Config {
        file: folder.join("mailward.toml"),
        language: Some(language),
        time_zone: zone.clone(),
        quiet_hours: None,
        dkim: false,
        card_issuer: Some(CardIssuer {
            name: issuer.to_owned(),
            phone: "0120-000-000".to_owned(),
        }),
        rules: None,
        heartbeat: None,
        limits: Limits::default(),
        accounts: vec![Arc::new(Account {
            name: "demo".to_owned(),
            person: "me".to_owned(),
            host: "localhost".to_owned(),
            port,
            security: Security::Tls,
            ca_file: Some(folder.join("ca.pem")),
            certificate: None,
            user: story.person().to_owned(),
            addresses: vec![story.person().to_owned()],
            authserv_ids: vec![story.authserv_id().to_owned()],
            secret: Source::File(folder.join("password")),
            folders: vec!["INBOX".to_owned()],
        })],
        channels,
    }
}

/// The story's people live where their language is spoken.
fn zone(language: Language) -> TimeZone {
    match language {
        Language::Ja => TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC),
        Language::En => environment::time_zone(),
    }
}

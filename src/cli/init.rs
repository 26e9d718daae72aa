//! `mailward init`: from the mail address to a watch that is known to work, in one dialogue.

pub mod ask_secret;
pub mod channels;
pub mod dialogue;
pub mod document;
pub mod draft;
pub mod history;
pub mod issuer;
pub mod ntfy;
pub mod options;
pub mod save;
pub mod server;
pub mod sign_in;
pub mod stamps;
pub mod unit;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml_edit::{InlineTable, Table, value};

use crate::cli::arguments::Global;
use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::{Dialogue, missing};
use crate::cli::init::document::Frame;
use crate::cli::init::draft::Draft;
use crate::cli::init::options::Options;
use crate::cli::init::server::Server;
use crate::cli::init::sign_in::SignIn;
use crate::cli::run::runtime;
use crate::cli::voice::Voice;
use crate::cli::{context, test_alert};
use crate::config::{Config, locate, parse};
use crate::engine::wording::Language;
use crate::engine::wording::table::phrases;
use crate::io::certificate::Fingerprint;
use crate::io::imap::probe::Survey;
use crate::io::secrets::Source;
use crate::io::{clock, environment};

/// Asks what is not given, tries it, and writes it.
pub fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let file = target(global)?;
    let before = existing(&file)?;
    let config = match &before {
        Some(text) => Some(parse::parse(text, &file)?),
        None => None,
    };
    let language = context::language(global, config.as_ref());
    let words = phrases(language).setup();
    let dialogue = Dialogue {
        words,
        asks: !options.non_interactive && std::io::stdin().is_terminal(),
    };
    if !dialogue.asks {
        complete(options, config.is_some())?;
    }
    dialogue.say(words.welcome, &[]);
    let shown = file.display().to_string();
    if config.is_some() {
        dialogue.say(words.existing, &[("file", &shown)]);
    }
    let setting_up = SettingUp {
        options,
        dialogue,
        language,
        file,
        before,
        config,
    };
    setting_up.run(global)
}

struct SettingUp<'a> {
    options: &'a Options,
    dialogue: Dialogue,
    language: Language,
    file: PathBuf,
    before: Option<String>,
    config: Option<Config>,
}

impl SettingUp<'_> {
    fn run(self, global: &Global) -> Result<(), Failure> {
        let (dialogue, options) = (&self.dialogue, self.options);
        let now = clock::now();
        let runtime = runtime()?;
        let (mut draft, mut server) = self.draft(&runtime)?;
        let sign_in = SignIn {
            runtime: &runtime,
            dialogue,
            config: &self.file,
            now,
        };
        let (survey, credential) = sign_in.run(&mut draft, &mut server)?;
        self.say_survey(&survey);
        let rules = Arc::new(context::rules(self.config.as_ref())?);
        draft.authserv_ids = self.stamps(&draft, &server, &survey, &rules)?;

        let journal = [journal()];
        let preview = self.compose(&draft, &journal, None)?;
        history::show(
            dialogue,
            self.language,
            &preview.1,
            &rules,
            &draft.name,
            credential,
            (options.history_days, now),
        )?;
        let chosen = channels::choose(dialogue, options, self.config.is_some())?;
        let issuer = issuer::choose(dialogue, options, self.knows_issuer())?;
        let (text, config) = self.compose(&draft, &chosen, issuer)?;

        let shown = self.file.display().to_string();
        let question =
            crate::engine::wording::setup::fill(dialogue.words.write, &[("file", &shown)]);
        if dialogue.asks && !dialogue.yes("--non-interactive", &question, true)? {
            dialogue.say(dialogue.words.nothing_written, &[]);
            return Err(Failure::silent(Code::Usage));
        }
        self.write(&draft, &text, now)?;
        if !options.no_test_alert {
            let voice = Voice::of(global, Some(&config), rules);
            self.test_alert(&config, &voice)?;
        }
        unit::offer(
            dialogue,
            options,
            global.config.as_ref().map(|_| self.file.as_path()),
        )?;
        dialogue.say(dialogue.words.done, &[]);
        Ok(())
    }

    fn draft(&self, runtime: &tokio::runtime::Runtime) -> Result<(Draft, Server), Failure> {
        let (dialogue, options) = (&self.dialogue, self.options);
        let address = server::address(dialogue, options)?;
        let before = self.config.as_ref().and_then(|config| {
            let same = |it: &&crate::config::Account| match &options.name {
                Some(name) => it.name == *name,
                None => it.addresses.contains(&address.to_lowercase()),
            };
            config.accounts.iter().map(AsRef::as_ref).find(same)
        });
        let server = server::find(runtime, dialogue, options, &address, before)?;
        let name = match (&options.name, before) {
            (Some(name), _) => name.clone(),
            (None, Some(before)) => before.name.clone(),
            (None, None) => self.free_name(&address, &server),
        };
        let (secret, typed) = match before.filter(|_| !options.names_secret() && !dialogue.asks) {
            Some(before) => (before.secret.clone(), None),
            None => ask_secret::ask(
                dialogue,
                options,
                self.language,
                &server,
                &address,
                &self.file,
                &name,
            )?,
        };
        let certificate = match &options.certificate_sha256 {
            Some(text) => Some(Fingerprint::parse(text).ok_or_else(|| {
                Failure::new(
                    Code::Usage,
                    "--certificate-sha256 is no SHA-256 fingerprint",
                    "write its 64 hexadecimal digits; without the option `mailward init` shows them",
                )
            })?),
            None => before.and_then(|before| before.certificate),
        };
        let ca_file = match &options.ca_file {
            Some(file) => Some(std::path::absolute(file)?),
            None => before
                .filter(|_| options.certificate_sha256.is_none())
                .and_then(|before| before.ca_file.clone()),
        };
        let draft = Draft {
            address,
            name,
            person: options.person.clone(),
            host: server.host.clone(),
            port: server.port,
            security: server.security,
            user: server.user.clone(),
            ca_file,
            certificate,
            secret,
            typed,
            authserv_ids: Vec::new(),
        };
        Ok((draft, server))
    }

    /// The provider's short name, else the first word of the domain; with a number where an account has it.
    fn free_name(&self, address: &str, server: &Server) -> String {
        let domain = address
            .rsplit_once('@')
            .map_or("mail", |(_, domain)| domain);
        let first = domain.split('.').next().unwrap_or(domain);
        let base = server
            .provider
            .map_or(first, |provider| provider.id.as_str());
        let taken = |name: &str| {
            let config = self.config.as_ref();
            config.is_some_and(|config| config.account(name).is_some())
        };
        let mut name = base.to_owned();
        let mut number = 2_u32;
        while taken(&name) {
            name = format!("{base}-{number}");
            number = number.saturating_add(1);
        }
        name
    }

    fn say_survey(&self, survey: &Survey) {
        let (dialogue, words) = (&self.dialogue, self.dialogue.words);
        let folders: Vec<&str> = survey
            .probe
            .folders
            .iter()
            .map(|folder| folder.name.as_str())
            .take(12)
            .collect();
        let folders = crate::engine::printable::stripped(&folders.join(", "));
        dialogue.say(words.logged_in, &[("folders", &folders)]);
        if survey.probe.idle {
            dialogue.say(words.idle, &[]);
        } else {
            let every = crate::config::Limits::default().policy.poll_every.as_secs();
            dialogue.say(words.polling, &[("seconds", &every.to_string())]);
        }
    }

    fn stamps(
        &self,
        draft: &Draft,
        server: &Server,
        survey: &Survey,
        rules: &crate::engine::rule::RuleSet,
    ) -> Result<Vec<String>, Failure> {
        let before = self
            .config
            .as_ref()
            .and_then(|config| config.account(&draft.name));
        let named = self.options.no_authserv_id || !self.options.authserv_ids.is_empty();
        match before.filter(|before| !named && !before.authserv_ids.is_empty()) {
            Some(before) => Ok(before.authserv_ids.clone()),
            None => stamps::choose(
                &self.dialogue,
                self.options,
                &draft.host,
                server.provider.map(|provider| provider.name.as_str()),
                &survey.headers,
                rules,
            ),
        }
    }

    fn knows_issuer(&self) -> bool {
        let config = self.config.as_ref();
        config.is_some_and(|config| config.card_issuer.is_some())
    }

    /// The new text, and that it is sound.
    fn compose(
        &self,
        draft: &Draft,
        channels: &[Table],
        issuer: Option<InlineTable>,
    ) -> Result<(String, Config), Failure> {
        let zone = environment::time_zone();
        let frame = Frame {
            language: self.language,
            time_zone: zone.iana_name(),
            issuer,
        };
        let text = document::compose(self.before.as_deref(), &frame, draft, channels)?;
        let config = parse::parse(&text, &self.file)?;
        Ok((text, config))
    }

    fn write(&self, draft: &Draft, text: &str, now: jiff::Timestamp) -> Result<(), Failure> {
        let (dialogue, words) = (&self.dialogue, self.dialogue.words);
        if let (Some(typed), Source::File(path)) = (&draft.typed, &draft.secret) {
            let line = zeroize::Zeroizing::new(format!("{}\n", typed.expose()));
            save::replace(path, line.as_bytes())?;
            let shown = path.display().to_string();
            dialogue.say(words.password_kept, &[("file", &shown)]);
        }
        if let Some(before) = self.before.as_ref().filter(|before| *before != text) {
            let kept = save::back_up(&self.file, before, now)?;
            let shown = kept.display().to_string();
            dialogue.say(words.backup, &[("file", &shown)]);
        }
        save::replace(&self.file, text.as_bytes())?;
        let shown = self.file.display().to_string();
        dialogue.say(words.written, &[("file", &shown)]);
        Ok(())
    }

    /// Sends it on every channel. What does not arrive is no reason to take the set-up back.
    fn test_alert(&self, config: &Config, voice: &Voice) -> Result<(), Failure> {
        let (dialogue, words) = (&self.dialogue, self.dialogue.words);
        let tested = match test_alert::alone_and_unasked(config, voice) {
            Ok(tested) => tested,
            Err(failure) => {
                let places = [("channel", "-"), ("cause", failure.what.as_str())];
                dialogue.say(words.test_failed, &places);
                return Ok(());
            }
        };
        let mut sent = false;
        for test in &tested {
            let channel = test.channel.as_str();
            match &test.error {
                None => {
                    sent = true;
                    dialogue.say(words.test_sent, &[("channel", channel)]);
                }
                Some(cause) => {
                    let places = [("channel", channel), ("cause", cause.as_str())];
                    dialogue.say(words.test_failed, &places);
                }
            }
        }
        let arrived = sent
            && (!dialogue.asks || dialogue.yes("--no-test-alert", words.test_arrived, true)?);
        if !arrived {
            dialogue.say(words.test_missing, &[]);
        }
        Ok(())
    }
}

/// Where the configuration lies or is to lie.
fn target(global: &Global) -> Result<PathBuf, Failure> {
    if let Some(named) = &global.config {
        return Ok(std::path::absolute(named)?);
    }
    if let Ok(found) = locate::config_file(None) {
        return Ok(found);
    }
    locate::candidates().into_iter().next().ok_or_else(|| {
        Failure::new(
            Code::Config,
            "there is no place for the configuration",
            "name a file with --config",
        )
    })
}

fn existing(file: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::reading(file, &error)),
    }
}

/// What has to be given where nobody can be asked, all at once.
fn complete(options: &Options, configured: bool) -> Result<(), Failure> {
    let mut flags = Vec::new();
    if options.address.is_none() {
        flags.push("--address");
    }
    if !options.names_secret() && !configured {
        flags.push(
            "one of --password-stdin, --password-file, --password-command, --password-credential, --token-command",
        );
    }
    if options.channels.is_empty() && !configured {
        flags.push("--channel");
    }
    if flags.is_empty() {
        Ok(())
    } else {
        Err(missing(&flags))
    }
}

/// A channel for a look at the history, before any is chosen.
fn journal() -> Table {
    let mut table = Table::new();
    table.insert("kind", value("journal"));
    table.insert("name", value("preview"));
    table
}

//! The secret: typed, or where it is to be read.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use crate::cli::exit::{Code, Failure};
use crate::cli::init::dialogue::Dialogue;
use crate::cli::init::draft::password_file;
use crate::cli::init::options::Options;
use crate::cli::init::server::Server;
use crate::config::providers::SecretKind;
use crate::engine::secret::Secret;
use crate::engine::wording::Language;
use crate::io::secrets::Source;

/// Where the secret comes from, and the secret itself where it was typed.
pub type Found = (Source, Option<Secret>);

/// By the options, else asks. `config` is the file of the configuration.
pub fn ask(
    dialogue: &Dialogue,
    options: &Options,
    language: Language,
    server: &Server,
    address: &str,
    config: &Path,
    name: &str,
) -> Result<Found, Failure> {
    if let Some(found) = given(options, config, name)? {
        return Ok(found);
    }
    let words = dialogue.words;
    let kind = server.provider.map(|provider| provider.secret);
    if let Some(provider) = server.provider {
        let text = match provider.secret {
            SecretKind::App => words.app_password,
            SecretKind::Own | SecretKind::Mail | SecretKind::Bridge => words.own_password,
            SecretKind::Oauth => words.oauth,
        };
        let places = [
            ("page", provider.page.as_str()),
            ("provider", provider.name.as_str()),
        ];
        dialogue.say(text, &places);
        dialogue.say("{note}", &[("note", provider.note(language))]);
    }
    if kind == Some(SecretKind::Oauth) {
        let question =
            crate::engine::wording::setup::fill(words.token_command, &[("address", address)]);
        let argv = command(dialogue, "--token-command", &question)?;
        return Ok((Source::TokenCommand(argv), None));
    }
    let flag = "one of --password-stdin, --password-file, --password-command, --password-credential, --token-command";
    let typed = dialogue.secret(flag, words.secret)?;
    if typed.expose().is_empty() {
        let argv = command(dialogue, "--password-command", words.secret_command)?;
        return Ok((Source::Command(argv), None));
    }
    Ok((Source::File(password_file(config, name)), Some(typed)))
}

fn given(options: &Options, config: &Path, name: &str) -> Result<Option<Found>, Failure> {
    if options.password_stdin {
        let mut line = zeroize::Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut line)?;
        let secret = Secret::new(line.trim_end_matches(['\r', '\n']).to_owned());
        if secret.expose().is_empty() {
            return Err(Failure::new(
                Code::NoInput,
                "--password-stdin: stdin is empty",
                "write the password on the first line of stdin",
            ));
        }
        return Ok(Some((
            Source::File(password_file(config, name)),
            Some(secret),
        )));
    }
    if let Some(file) = &options.password_file {
        let absolute: PathBuf = std::path::absolute(file)?;
        return Ok(Some((Source::File(absolute), None)));
    }
    if let Some(credential) = &options.password_credential {
        return Ok(Some((Source::Credential(credential.clone()), None)));
    }
    let (text, wrap): (_, fn(Vec<String>) -> Source) =
        match (&options.password_command, &options.token_command) {
            (Some(text), _) => (text, Source::Command),
            (None, Some(text)) => (text, Source::TokenCommand),
            (None, None) => return Ok(None),
        };
    let argv = split(text).ok_or_else(|| {
        Failure::new(
            Code::Usage,
            "the command cannot be read",
            "write it as in a shell: --password-command \"pass show mail\"",
        )
    })?;
    Ok(Some((wrap(argv), None)))
}

fn command(dialogue: &Dialogue, flag: &str, question: &str) -> Result<Vec<String>, Failure> {
    loop {
        let text = dialogue.line(flag, question, "")?;
        match split(&text) {
            Some(argv) => return Ok(argv),
            None => dialogue.say(dialogue.words.bad_command, &[]),
        }
    }
}

fn split(text: &str) -> Option<Vec<String>> {
    shlex::split(text).filter(|argv| !argv.is_empty())
}

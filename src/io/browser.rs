//! Opens a page or a file in the person's session, with the program that the desktop names for it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::io::environment;

/// How long the start of a program is watched. A browser that was not running goes on beyond that; it is left alone.
const START: Duration = Duration::from_secs(20);

/// Opens an `https` address; any other is refused.
pub async fn open_page(address: &str) {
    if is_page(address) {
        open(OsStr::new(address)).await;
    } else {
        warn!("an address that is no https page was not opened");
    }
}

/// Opens a file by its absolute path.
pub async fn open_file(path: &std::path::Path) {
    open(path.as_os_str()).await;
}

fn is_page(address: &str) -> bool {
    address.starts_with("https://") && !address.chars().any(|it| it.is_control() || it == ' ')
}

/// A unit's own sandbox is no place for a browser, so that the session's systemd starts it where there is one.
async fn open(target: &OsStr) {
    let plain = [OsStr::new("xdg-open"), target];
    let outside = [
        "systemd-run",
        "--user",
        "--quiet",
        "--collect",
        "--",
        "xdg-open",
    ]
    .map(OsStr::new);
    let in_unit = environment::variable("INVOCATION_ID").is_some();
    if in_unit {
        let command: Vec<&OsStr> = outside.into_iter().chain([target]).collect();
        match run(&command).await {
            Ok(true) => return,
            failed => debug!(?failed, "systemd-run did not open it; trying without"),
        }
    }
    match run(&plain).await {
        Ok(true) => {}
        Ok(false) => warn!("xdg-open could not open what was asked for; is there a browser?"),
        Err(error) => warn!(%error, "xdg-open could not be started; install xdg-utils"),
    }
}

/// Whether the command ended well, or goes on.
async fn run(command: &[&OsStr]) -> io::Result<bool> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(false);
    };
    let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    match timeout(START, child.wait()).await {
        Ok(status) => Ok(status?.success()),
        Err(_) => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_pages_are_opened() {
        assert!(is_page("https://www.amazon.co.jp/ap/cnep"));
        for other in [
            "http://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "-h",
            "https://example.com/ --x",
            "https://example.com/\n",
            "",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}

//! The mailward of another machine, reached through a command such as `ssh home`: no shell on this side.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Take};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// The program on the other machine.
const PROGRAM: &str = "mailward";

/// Bytes of a line at most; a hundred open incidents fit in.
const LINE_LIMIT: u64 = 1024 * 1024;

/// Bytes of a report at most.
const OUTPUT_LIMIT: u64 = 16 * 1024 * 1024;

/// How long a command may take: a slow connection and a login.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the other machine is reached.
#[derive(Debug, Clone)]
pub struct Via {
    words: Vec<String>,
}

/// A command that was run to its end.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub printed: Vec<u8>,
}

/// A command that goes on printing; dropping it ends it.
#[derive(Debug)]
pub struct Stream {
    lines: Take<BufReader<ChildStdout>>,
    line: Vec<u8>,
    _child: Child,
}

impl Via {
    /// Through a command, split already. The words that follow must need no quoting: ssh hands them to a shell.
    pub fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// Starts a command whose lines are read as they come.
    pub fn stream(&self, arguments: &[&str]) -> io::Result<Stream> {
        let mut child = self.command(arguments)?.spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Stream {
            lines: BufReader::new(stdout).take(LINE_LIMIT),
            line: Vec::new(),
            _child: child,
        })
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> io::Result<Ran> {
        let mut child = self.command(arguments)?.spawn()?;
        let run = async {
            let mut printed = Vec::new();
            if let Some(stdout) = child.stdout.take() {
                let mut limited = stdout.take(OUTPUT_LIMIT);
                limited.read_to_end(&mut printed).await?;
            }
            let code = child.wait().await?.code();
            Ok(Ran { code, printed })
        };
        timeout(PATIENCE, run)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// What it prints on stderr, as a failed login, goes into our own log.
    fn command(&self, arguments: &[&str]) -> io::Result<Command> {
        let (program, words) = self
            .words
            .split_first()
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(words)
            .arg(PROGRAM)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        Ok(command)
    }
}

impl Stream {
    /// The next line; `None` where there is none any more. Nothing is lost where the caller stops waiting.
    pub async fn next_line(&mut self) -> Option<Vec<u8>> {
        let read = self.lines.read_until(b'\n', &mut self.line).await;
        let whole = self.line.last() == Some(&b'\n');
        if read.is_err() || !whole {
            return None;
        }
        self.lines.set_limit(LINE_LIMIT);
        Some(std::mem::take(&mut self.line))
    }
}

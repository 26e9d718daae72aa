//! The server's process, from the outside: a line goes in, a line comes out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// For whatever is waited for.
const PATIENCE: Duration = Duration::from_mins(15);

/// Holds the server's process; it ends with this.
pub struct Keeper {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    /// Where the server listens.
    pub port: u16,
}

impl Keeper {
    /// Starts a server.
    pub fn start() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg("serve")
            .arg(folder.path().join("authority.pem"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let to = child.stdin.take().expect("a pipe");
        let mut from = BufReader::new(child.stdout.take().expect("a pipe"));
        let port = line(&mut from).parse().expect("a port");
        Self {
            child,
            to,
            from,
            folder,
            port,
        }
    }

    /// The certificate to trust, in PEM.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Says something and waits for the answer.
    pub fn ask(&mut self, words: &str) -> String {
        writeln!(self.to, "{words}").expect("the server listens");
        line(&mut self.from)
    }

    /// Waits until so many connections idle.
    pub fn until_idle(&mut self, connections: u32) {
        let begun = Instant::now();
        loop {
            let idling: u32 = self.ask("idle").parse().expect("a number");
            if idling >= connections {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "only {idling} idle");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn line(from: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("the server answers");
    line.trim_end().to_owned()
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

//! A server that `tests/servers` unpacked, run in namespaces of its own as if it were installed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mailward::io::environment;

use crate::support::dovecot::loopback::{
    NOBODY, answers, falls_silent, give, is_root, make_certificate,
};

/// Debian's packages of one server, and a folder for its configuration and mailboxes.
pub struct Unpacked {
    packages: PathBuf,
    folder: tempfile::TempDir,
    child: Option<Child>,
    ports: Vec<u16>,
}

impl Unpacked {
    /// A server by the name of its folder; `None`, with the reason printed, where it is missing and nobody insists on
    /// it with `MAILWARD_REAL_SERVERS=1`.
    pub fn find(name: &str) -> Option<Self> {
        let insist = environment::variable("MAILWARD_REAL_SERVERS").is_some();
        let packages = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("target/servers")
            .join(name);
        if !packages.exists() {
            assert!(
                !insist,
                "MAILWARD_REAL_SERVERS is set but {} is missing (run tests/servers)",
                packages.display()
            );
            eprintln!(
                "skipped: {} is missing (run tests/servers)",
                packages.display()
            );
            return None;
        }
        let folder = tempfile::Builder::new()
            .prefix(&format!("mailward-{name}-"))
            .tempdir()
            .unwrap();
        std::fs::create_dir(folder.path().join("ssl")).unwrap();
        make_certificate(&folder.path().join("ssl"));
        Some(Self {
            packages,
            folder,
            child: None,
            ports: Vec::new(),
        })
    }

    /// The server's own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file of the certificate to trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder().join("ssl/cert.pem")
    }

    /// Runs a shell script in which the packages' `/usr` lies over the machine's, and waits for ports. The script
    /// finds the packages in `$PACKAGES`, its folder in `$FOLDER`, and begins what needs no rights with `$AS`.
    ///
    /// It is the first process of a PID namespace: when it dies, everything that it started dies with it. So it must
    /// stay, and wait for the server: the kernel forgets to kill a process that has become another user.
    pub fn launch(&mut self, script: &str, ports: &[u16]) {
        assert!(self.child.is_none(), "the server runs already");
        give(self.folder());
        let mut command = Command::new("unshare");
        if !is_root() {
            command.args(["--map-current-user", "--keep-caps"]);
        }
        let run_as = if is_root() {
            format!("setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups")
        } else {
            String::new()
        };
        let log = std::fs::File::create(self.folder().join("log")).unwrap();
        let mut child = command
            .args(["--mount", "--pid", "--fork", "--kill-child=KILL"])
            .args(["sh", "-e", "-c"])
            .arg(format!(
                "mount -t overlay overlay -o \"lowerdir=$PACKAGES/usr:/usr\" /usr\n{script}"
            ))
            .env("PACKAGES", &self.packages)
            .env("FOLDER", self.folder())
            .env("AS", run_as)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        for port in ports {
            assert!(
                answers(*port, || child.try_wait().unwrap().is_some()),
                "the server did not start: {}",
                std::fs::read_to_string(self.folder().join("log")).unwrap()
            );
        }
        self.child = Some(child);
        self.ports = ports.to_vec();
    }

    /// Kills the server and all its children with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            // The kernel ends the rest of the namespace a moment later; the ports are needed again.
            for port in &self.ports {
                assert!(falls_silent(*port), "a killed server still listens");
            }
        }
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        self.kill();
    }
}

//! A private Exim on loopback: TLS, a login, and a file for each recipient.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and a real server is waited for in real time"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The password of the one user.
pub const PASSWORD: &str = "correct-horse";

/// A running server.
pub struct Exim {
    folder: tempfile::TempDir,
    /// TLS from the first byte.
    pub smtps: u16,
    /// STARTTLS.
    pub submission: u16,
    child: Child,
}

impl Exim {
    /// Starts it; `None` where real servers are not asked for.
    pub fn start() -> Option<Self> {
        if std::env::var_os("MAILWARD_REAL_SERVERS").is_none() {
            eprintln!("skipped: MAILWARD_REAL_SERVERS is not set");
            return None;
        }
        let folder = tempfile::Builder::new()
            .prefix("mailward-exim-")
            .tempdir()
            .unwrap();
        let path = folder.path().to_owned();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(path.join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(path.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        for sub in ["spool", "log", "mail"] {
            fs::create_dir(path.join(sub)).unwrap();
        }
        let (smtps, submission) = (free_port(), free_port());
        fs::write(path.join("exim.conf"), config(&path, smtps, submission)).unwrap();
        // Exim gives up root for its own user.
        for (command, arguments) in [
            ("chown", vec!["-R", "Debian-exim:Debian-exim"]),
            ("chmod", vec!["-R", "u+rwX,go+rX"]),
        ] {
            run(Command::new(command).args(arguments).arg(&path));
        }
        run(Command::new("chmod").arg("777").arg(path.join("mail")));
        run(Command::new("chown")
            .arg("root:root")
            .arg(path.join("exim.conf")));
        let child = Command::new("/usr/sbin/exim4")
            .arg("-C")
            .arg(path.join("exim.conf"))
            .arg("-bdf")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(path.join("stderr")).unwrap())
            .spawn()
            .expect("exim4 is not installed: apt-get install exim4-daemon-light");
        let server = Self {
            folder,
            smtps,
            submission,
            child,
        };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", submission)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "exim does not listen: {}",
                server.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// The certificate to trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The mails that arrived for a local part, waited for.
    pub fn mails(&self, local_part: &str, count: usize) -> Vec<String> {
        let file = self.folder.path().join("mail").join(local_part);
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let mails: Vec<String> = text
                .split("\n---- end of mail ----\n")
                .filter(|mail| !mail.trim().is_empty())
                .map(str::to_owned)
                .collect();
            if mails.len() >= count {
                return mails;
            }
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{} of {count} mails: {}",
                mails.len(),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        let folder = self.folder.path();
        let names = ["log/mainlog", "log/paniclog", "log/rejectlog", "stderr"];
        names
            .iter()
            .map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
            .collect()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn config(path: &Path, smtps: u16, submission: u16) -> String {
    let folder = path.display();
    format!(
        r#"primary_hostname = localhost
domainlist local_domains = example.net
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/pid
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtps} : {submission}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
queue_only = false
# A configuration of one's own costs Exim its root rights, which it does not need here.
deliver_drop_privilege = true
host_lookup =
rfc1413_query_timeout = 0s

begin acl
check_rcpt:
  deny message = log in first
       !authenticated = *
  defer local_parts = later
        message = come back later
  accept domains = +local_domains
  deny message = no relay

begin routers
file:
  driver = accept
  domains = +local_domains
  local_parts = ring
  transport = file

begin transports
file:
  driver = appendfile
  file = {folder}/mail/$local_part_data
  user = Debian-exim
  group = Debian-exim
  mode = 0644
  message_suffix = "---- end of mail ----\n"

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{sender}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
"#
    )
}

//! A real Cyrus with `idled` on loopback.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test may panic, and not every test uses all of it"
)]

use mailward::io::imap::Options;

use crate::support::dovecot::loopback::{self, free_port, name_of, owner};
use crate::support::interop::{Server, starttls, tls};
use crate::support::unpacked::Unpacked;

/// A running server with a mailbox for `hanako`, whose password is `secret`.
pub struct Cyrus {
    house: Unpacked,
    imap: u16,
    imaps: u16,
    lmtp: u16,
}

/// The user is made on the first start; a Cyrus that died is repaired by `recover`.
const SCRIPT: &str = r#"
cd "$FOLDER"
[ -e sasldb2 ] || printf secret | $AS saslpasswd2 -p -c -f "$FOLDER/sasldb2" -u localhost hanako
$AS /usr/sbin/cyrmaster -D -C "$FOLDER/imapd.conf" -M "$FOLDER/cyrus.conf" -p "$FOLDER/master.pid" &
wait
"#;

impl Cyrus {
    /// Starts a server; `None`, with the reason printed, where it is missing.
    pub fn start() -> Option<Self> {
        let mut server = Self {
            house: Unpacked::find("cyrus")?,
            imap: free_port(),
            imaps: free_port(),
            lmtp: free_port(),
        };
        server.set_up();
        server.launch();
        // The first login makes the mailbox.
        server.imap(&[]);
        Some(server)
    }

    fn set_up(&self) {
        let Self {
            imap, imaps, lmtp, ..
        } = self;
        let folder = self.house.folder();
        let dir = folder.display();
        for name in [
            "db", "proc", "socket", "log", "msg", "ptclient", "lock", "sieve",
        ] {
            std::fs::create_dir_all(folder.join("conf").join(name)).unwrap();
        }
        for name in ["spool", "socket"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        let (uid, gid) = owner();
        let (user, group) = (name_of("passwd", uid), name_of("group", gid));
        let config = format!(
            "configdirectory: {dir}/conf\ndefaultpartition: default\npartition-default: {dir}/spool\n\
             cyrus_user: {user}\ncyrus_group: {group}\nadmins: cyrusadmin\nallowplaintext: yes\n\
             unixhierarchysep: yes\naltnamespace: yes\nsasl_pwcheck_method: auxprop\n\
             sasl_auxprop_plugin: sasldb\nsasl_sasldb_path: {dir}/sasldb2\nsasl_mech_list: PLAIN LOGIN\n\
             servername: localhost\ntls_server_cert: {dir}/ssl/cert.pem\ntls_server_key: {dir}/ssl/key.pem\n\
             idlesocket: {dir}/socket/idle\nlmtpsocket: {dir}/socket/lmtp\nautocreate_quota: 0\n\
             autocreate_post: yes\nlmtp_downcase_rcpt: yes\n"
        );
        let bin = "/usr/lib/cyrus/bin";
        let with = format!("-C {dir}/imapd.conf");
        let services = format!(
            "START {{\n  recover cmd=\"{bin}/ctl_cyrusdb {with} -r\"\n}}\n\
             DAEMON {{\n  idled cmd=\"{bin}/idled {with}\"\n}}\n\
             SERVICES {{\n\
             \x20 imap cmd=\"{bin}/imapd {with} -U 30\" listen=\"127.0.0.1:{imap}\" prefork=0 maxchild=50\n\
             \x20 imaps cmd=\"{bin}/imapd {with} -s -U 30\" listen=\"127.0.0.1:{imaps}\" prefork=0 maxchild=50\n\
             \x20 lmtp cmd=\"{bin}/lmtpd {with} -a\" listen=\"127.0.0.1:{lmtp}\" prefork=0 maxchild=20\n\
             }}\nEVENTS {{\n}}\n"
        );
        std::fs::write(folder.join("imapd.conf"), config).unwrap();
        std::fs::write(folder.join("cyrus.conf"), services).unwrap();
    }
}

impl Server for Cyrus {
    fn options(&self) -> Options {
        tls(self.imaps, self.house.certificate())
    }

    fn starttls(&self) -> Options {
        starttls(self.imap, self.house.certificate())
    }

    fn deliver(&self, mail: &str) {
        loopback::deliver(self.lmtp, "hanako", mail);
    }

    fn append(&self, folder: &str, mail: &str) {
        loopback::append(self.imap, "hanako", folder, mail);
    }

    fn imap(&self, commands: &[String]) -> String {
        loopback::imap(self.imap, "hanako", commands)
    }

    fn kill(&mut self) {
        self.house.kill();
    }

    fn launch(&mut self) {
        self.house
            .launch(SCRIPT, &[self.imap, self.imaps, self.lmtp]);
    }
}

//! A real Courier on loopback: its own login through authdaemond, and its own TLS.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use mailward::io::imap::Options;

use crate::support::dovecot::loopback::{self, free_port, owner};
use crate::support::interop::{Server, starttls, tls};
use crate::support::unpacked::Unpacked;

/// A running server with a mailbox for `hanako`, whose password is `secret`.
pub struct Courier {
    house: Unpacked,
    enhanced_idle: bool,
    imap: u16,
    imaps: u16,
    delivered: AtomicU32,
}

/// The paths of the login daemon are compiled in, so `/etc/courier` and `/run` are the script's own.
const SCRIPT: &str = r#"
mkdir -p "$FOLDER/etc/courier"
# Its STARTTLS becomes the user that its packages make.
(cat /etc/passwd; printf 'courier:x:%s:%s::/:/bin/false\n' "$OWNER" "$GROUP") >"$FOLDER/passwd"
mv "$FOLDER/passwd" "$FOLDER/etc/passwd"
mount -t overlay overlay -o "lowerdir=$FOLDER/etc:/etc" /etc
mount -t tmpfs tmpfs /etc/courier
mount -t tmpfs tmpfs /run
mkdir -p /run/courier/authdaemon
[ -d "$FOLDER/home/Maildir" ] || $AS maildirmake.courier "$FOLDER/home/Maildir"
printf 'hanako\thome=%s/home|systempw=%s|uid=%s|gid=%s\n' "$FOLDER" "$(openssl passwd -1 secret)" "$OWNER" "$GROUP" \
  >/etc/courier/userdb
chmod 600 /etc/courier/userdb
makeuserdb
printf 'authmodulelist="authuserdb"\ndaemons=2\n' >/etc/courier/authdaemonrc
chown -R "$OWNER:$GROUP" /etc/courier /run/courier
export authmodulelist=authuserdb authmodulelistorig=authuserdb daemons=2
$AS /usr/lib/courier/courier-authlib/authdaemond &
until [ -S /run/courier/authdaemon/socket ]; do sleep 0.01; done
cat "$FOLDER/ssl/key.pem" "$FOLDER/ssl/cert.pem" >"$FOLDER/etc/both.pem"
chown "$OWNER:$GROUP" "$FOLDER/etc/both.pem"
set -a
# The file alteration monitor serves a whole user on an abstract socket, which no mount keeps apart.
GAM_CLIENT_ID=${FOLDER##*/}
IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
IMAP_CAPABILITY_TLS="$IMAP_CAPABILITY AUTH=PLAIN"
IMAP_KEYWORDS=1 IMAP_ACL=1 IMAP_USELOCKS=1 IMAP_IDLE_TIMEOUT=60 IMAP_CHECK_ALL_FOLDERS=0
IMAP_MAILBOX_SANITY_CHECK=1 IMAP_DISABLETHREADSORT=0 IMAP_OBSOLETE_CLIENT=0 IMAP_MOVE_EXPUNGE_TO_TRASH=0
IMAP_EMPTYTRASH= IMAP_TRASHFOLDERNAME=Trash IMAP_STARTTLS=YES SENDMAIL=/bin/false HEADERFROM=X-IMAP-Sender
COURIERTLS=/usr/bin/couriertls TLS_CERTFILE="$FOLDER/etc/both.pem" TLS_VERIFYPEER=NONE
set +a
serve() { exec $AS /usr/sbin/couriertcpd -address=127.0.0.1 -nodnslookup -noidentlookup -maxprocs=40 -maxperip=40 "$@"; }
login="/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir"
(IMAP_TLS=0 serve "$IMAP_PORT" $login) &
(IMAP_TLS=1 serve "$IMAPS_PORT" /usr/bin/couriertls -server -tcpd $login) &
wait
"#;

impl Courier {
    /// Starts a server whose IDLE is watched by the kernel, or looked at once a minute; `None`, with the reason
    /// printed, where it is missing.
    pub fn start(enhanced_idle: bool) -> Option<Self> {
        let mut server = Self {
            house: Unpacked::find("courier")?,
            enhanced_idle,
            imap: free_port(),
            imaps: free_port(),
            delivered: AtomicU32::new(0),
        };
        std::fs::create_dir(server.house.folder().join("home")).unwrap();
        server.launch();
        Some(server)
    }

    /// Delivers into a Maildir as its inventor asks: written elsewhere, then renamed.
    fn put(&self, maildir: &str, mail: &str) {
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let maildir = self.house.folder().join("home").join(maildir);
        // Courier gives UIDs in the order of the time that the name begins with.
        let name = format!(
            "{}.{}_{number}.localhost",
            1_780_000_000 + number,
            std::process::id()
        );
        let written = maildir.join("tmp").join(&name);
        std::fs::write(&written, mail).unwrap();
        std::fs::rename(written, maildir.join("new").join(name)).unwrap();
    }
}

impl Server for Courier {
    fn options(&self) -> Options {
        tls(self.imaps, self.house.certificate())
    }

    fn starttls(&self) -> Options {
        starttls(self.imap, self.house.certificate())
    }

    fn deliver(&self, mail: &str) {
        self.put("Maildir", mail);
    }

    fn append(&self, folder: &str, mail: &str) {
        self.imap(&[format!("CREATE \"{folder}\"")]);
        let name = folder.strip_prefix("INBOX").unwrap();
        self.put(&format!("Maildir/{name}"), mail);
    }

    fn imap(&self, commands: &[String]) -> String {
        loopback::imap(self.imap, "hanako", commands)
    }

    fn kill(&mut self) {
        self.house.kill();
    }

    fn launch(&mut self) {
        let (user, group) = owner();
        let Self {
            imap,
            imaps,
            enhanced_idle,
            ..
        } = self;
        let enhanced = u8::from(*enhanced_idle);
        let script = format!(
            "export OWNER={user} GROUP={group} IMAP_PORT={imap} IMAPS_PORT={imaps} IMAP_ENHANCEDIDLE={enhanced}\n{SCRIPT}"
        );
        self.house.launch(&script, &[self.imap, self.imaps]);
    }
}

//! Who may talk to the daemon: its own user, root, and under systemd the socket's group.

use std::fs;

/// Who is at the other end of a connection, as the kernel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The daemon's user.
    pub uid: u32,
    /// The group whose members may talk to it too.
    pub gid: Option<u32>,
}

impl Access {
    /// Whether this peer may talk to the daemon. A further group of the peer counts where `/etc/group` names it: the
    /// kernel tells the primary one only.
    pub fn lets_in(self, peer: Peer) -> bool {
        peer.uid == self.uid
            || peer.uid == 0
            || self
                .gid
                .is_some_and(|gid| peer.gid == gid || is_listed(gid, peer.uid))
    }
}

fn is_listed(gid: u32, uid: u32) -> bool {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    name_of(&users, uid).is_some_and(|user| has_member(&groups, gid, user))
}

/// The name of a user id in passwd(5).
fn name_of(users: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    users
        .lines()
        .find(|line| line.split(':').nth(2) == Some(&uid))
        .and_then(|line| line.split(':').next())
        .filter(|name| !name.is_empty())
}

/// Whether group(5) names the user as a member.
fn has_member(groups: &str, gid: u32, user: &str) -> bool {
    let gid = gid.to_string();
    groups
        .lines()
        .filter(|line| line.split(':').nth(2) == Some(&gid))
        .filter_map(|line| line.split(':').nth(3))
        .any(|members| !user.is_empty() && members.split(',').any(|member| member.trim() == user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_user_root_and_the_group_are_let_in() {
        let alone = Access {
            uid: 1000,
            gid: None,
        };
        let peer = |uid, gid| Peer { uid, gid };
        assert!(alone.lets_in(peer(1000, 5)));
        assert!(alone.lets_in(peer(0, 0)));
        assert!(!alone.lets_in(peer(65_534, 1000)));
        let shared = Access {
            uid: 1000,
            gid: Some(77_777),
        };
        assert!(shared.lets_in(peer(65_534, 77_777)));
        assert!(!shared.lets_in(peer(65_534, 65_534)));
    }

    #[test]
    fn further_groups_are_read_from_the_files() {
        let users =
            "root:x:0:0::/root:/bin/sh\nhanako:x:1001:1001::/home/hanako:/bin/sh\n:x:7:7::/:\n";
        let groups = "mailward:x:990:taro, hanako\nother:x:991:\nbroken\n";
        assert_eq!(name_of(users, 1001), Some("hanako"));
        assert_eq!(name_of(users, 7), None);
        assert_eq!(name_of(users, 100), None);
        assert!(has_member(groups, 990, "hanako"));
        assert!(!has_member(groups, 990, "hana"));
        assert!(!has_member(groups, 991, "hanako"));
        assert!(!has_member(groups, 991, ""));
    }
}

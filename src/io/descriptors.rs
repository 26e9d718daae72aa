//! How many files and connections this process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For the state file, the control socket, channels, lookups and secrets.
const BESIDES: u64 = 256;

/// Makes room for so many mailboxes, each with a connection of its own. Where the usual limit is enough it stays, since
/// programs that are started inherit it. A system that refuses is told of where a connection cannot be made.
pub fn make_room(mailboxes: usize) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(mailboxes)
        .unwrap_or(u64::MAX)
        .saturating_add(BESIDES);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = Rlimit {
        current: Some(limit.maximum.map_or(wanted, |most| most.min(wanted))),
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_err() || raised.current < Some(wanted) {
        tracing::warn!(
            wanted,
            "the system allows fewer open files than there are mailboxes; raise its limit (LimitNOFILE= in the unit)"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_only_where_it_is_needed() {
        let before = getrlimit(Resource::Nofile);
        make_room(1);
        assert_eq!(getrlimit(Resource::Nofile).current, before.current);
        let most = before.maximum.unwrap_or(u64::MAX);
        make_room(usize::try_from(most.min(4_000).saturating_sub(BESIDES)).unwrap());
        assert!(
            getrlimit(Resource::Nofile)
                .current
                .is_none_or(|it| it >= most.min(4_000))
        );
    }
}

//! Keeps what is in memory off the disk: a core dump would hold the passwords.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Switches core dumps off for this process and all that it starts; on Linux other processes of the same user cannot
/// read its memory either. A system that refuses is no reason not to watch.
pub fn keep_off_disk() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if setrlimit(Resource::Core, none).is_err() {
        tracing::debug!("core dumps could not be switched off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            tracing::debug!("the process could not be made undumpable");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    use crate::io::memory::keep_off_disk;

    #[test]
    fn a_crash_leaves_no_core() {
        keep_off_disk();
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}

//! A small tmpfs that a test can fill up.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test may panic, and not every test uses all of it"
)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system of its own; unmounted when it is dropped.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts it; `None`, with the reason printed, where nothing can be mounted.
    pub fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("mailward-disk-")
            .tempdir()
            .unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m,mode=0755", "tmpfs"])
            .arg(folder.path())
            .output()
            .unwrap();
        if mounted.status.success() {
            return Some(Self { folder });
        }
        eprintln!(
            "skipped: no tmpfs can be mounted here: {}",
            String::from_utf8_lossy(&mounted.stderr).trim()
        );
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Leaves at most this many bytes.
    pub fn fill(&self, left: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        let block = vec![b'x'; 4096];
        while filler.write_all(&block).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length - left.min(length)).unwrap();
    }

    /// Takes the filling away.
    pub fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon that a failed test left may still hold files.
        Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status()
            .ok();
    }
}

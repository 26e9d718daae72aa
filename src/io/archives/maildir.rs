//! Finds the files that hold mail below a path, in a stable order.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::io::archives::ArchiveError;
use crate::io::archives::mbox::begins_with_from;
use crate::io::dates;

/// A file that holds one mail or an mbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// The name for [`crate::engine::message::RawMail::source`]: the file's own name, or the way from the folder that
    /// was given.
    pub source: String,
    /// Whether it lies in a Maildir, where every file is one mail.
    pub in_maildir: bool,
    /// The moment that a Maildir name begins with.
    pub named_at: Option<Timestamp>,
}

impl Found {
    /// Whether the place or the name says that it is one mail.
    pub fn is_one_mail(&self) -> bool {
        self.in_maildir || has_extension(&self.path, "eml")
    }
}

/// Folders that hold what the person wrote or what was sorted out, lower case.
const SKIPPED: [&str; 10] = [
    "sent",
    "sent items",
    "sent messages",
    "sent mail",
    "sent-mail",
    "drafts",
    "draft",
    "junk",
    "junk e-mail",
    "spam",
];

/// How deep folders may lie in each other.
const DEPTH: usize = 32;

/// All files below a path, the last one to read first.
pub fn find(path: &Path) -> Result<Vec<Found>, ArchiveError> {
    let unreadable = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::NotFound {
            ArchiveError::Missing {
                path: path.to_owned(),
            }
        } else {
            ArchiveError::Unreadable {
                path: path.to_owned(),
                source,
            }
        }
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        // Opening it here tells a closed file apart from a mail that is damaged.
        fs::File::open(path).map_err(unreadable)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        return Ok(vec![Found {
            path: path.to_owned(),
            source: name.to_string_lossy().into_owned(),
            in_maildir: false,
            named_at: None,
        }]);
    }
    fs::read_dir(path).map_err(unreadable)?;
    let mut found = Vec::new();
    walk(path, path, DEPTH, &mut found);
    found.reverse();
    Ok(found)
}

/// Adds the files of a folder and of those below it. What cannot be listed below the given folder holds no mail that
/// anybody could read, and is passed over.
fn walk(root: &Path, folder: &Path, depth: usize, found: &mut Vec<Found>) {
    let Some(below) = depth.checked_sub(1) else {
        return;
    };
    let is_maildir = folder.join("cur").is_dir() || folder.join("new").is_dir();
    if is_maildir {
        let mut mails = maildir_files(root, &folder.join("cur"));
        mails.extend(maildir_files(root, &folder.join("new")));
        mails.sort_by(|one, other| (one.named_at, &one.path).cmp(&(other.named_at, &other.path)));
        found.append(&mut mails);
    }
    for path in entries(folder) {
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        if is_folder {
            let own_part = is_maildir
                && ["cur", "new", "tmp"]
                    .iter()
                    .any(|part| path.ends_with(part));
            if !own_part && !is_skipped(&path) {
                walk(root, &path, below, found);
            }
        } else if !is_maildir && path.is_file() && holds_mail(&path) {
            found.push(Found {
                source: source(root, &path),
                path,
                in_maildir: false,
                named_at: None,
            });
        }
    }
}

fn maildir_files(root: &Path, folder: &Path) -> Vec<Found> {
    entries(folder)
        .into_iter()
        .filter(|path| path.is_file() && !is_hidden(path))
        .map(|path| Found {
            source: source(root, &path),
            in_maildir: true,
            named_at: moment(&path),
            path,
        })
        .collect()
}

/// The seconds before the first dot (maildir(5)).
fn moment(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let seconds = name.split('.').next()?;
    dates::from_seconds(seconds.parse().ok()?)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Maildir++ names a subfolder `.Parent.Child`, a file system layout `Parent/Child`.
fn is_skipped(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    SKIPPED.contains(&last)
}

/// Some programs keep an mbox without an extension (`INBOX`, `mbox`).
fn holds_mail(path: &Path) -> bool {
    if is_hidden(path) {
        return false;
    }
    match path.extension() {
        Some(_) => ["eml", "mbox", "mbx"]
            .iter()
            .any(|wanted| has_extension(path, wanted)),
        None => {
            fs::File::open(path).is_ok_and(|mut file| begins_with_from(&mut file).unwrap_or(false))
        }
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .map(OsStr::to_string_lossy)
        .is_some_and(|name| name.starts_with('.'))
}

fn source(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

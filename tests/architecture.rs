//! The arrows run one way, and the files stay small: read from the sources.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file that may stand, in lines.
const LONGEST: usize = 450;

/// A folder or file below `src`, and what its code may not name.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    (
        "engine",
        &[
            "crate::io",
            "crate::config",
            "crate::daemon",
            "crate::cli",
            "crate::demo",
            "async_imap",
            "notify_rust",
            "rusqlite",
            "rustix",
            "rustls",
            "sd_notify",
            "std::env",
            "std::fs",
            "std::io",
            "std::net",
            "std::os",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
            "tempfile",
            "tokio",
            "getrandom",
        ],
    ),
    (
        "io",
        &[
            "crate::config",
            "crate::daemon",
            "crate::cli",
            "crate::demo",
        ],
    ),
    ("config", &["crate::daemon", "crate::cli", "crate::demo"]),
    ("daemon", &["crate::cli", "crate::demo"]),
    ("demo", &["crate::cli"]),
];

/// One source file: its path from `src` on, and its lines of code with their numbers.
struct Source {
    path: PathBuf,
    length: usize,
    code: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push(Source {
                    path: path.strip_prefix(&root).unwrap().to_owned(),
                    length: text.lines().count(),
                    code: code(&text),
                });
            }
        }
    }
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(sources.len() > 20, "read only {} files", sources.len());
    sources
}

/// The lines without comments and without the unit tests, which stand at the end of a file.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut numbered = (1..).zip(text.lines()).peekable();
    let mut code = Vec::new();
    while let Some((number, line)) = numbered.next() {
        let line = line.trim();
        let tests_follow = line == "#[cfg(test)]"
            && numbered
                .peek()
                .is_some_and(|(_, next)| next.trim().starts_with("mod "));
        if tests_follow {
            break;
        }
        if !line.is_empty() && !line.starts_with("//") {
            code.push((number, line.to_owned()));
        }
    }
    code
}

/// Whether the line names the path, as a whole word: `crate::io` is not in `crate::iota`.
fn names(line: &str, path: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(path).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start.saturating_add(path.len())..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Whether the file is the room itself (`config.rs`) or stands in it (`config/account.rs`).
fn stands_in(path: &Path, room: &str) -> bool {
    path.starts_with(room) || path == Path::new(room).with_extension("rs")
}

fn expect_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn the_arrows_run_one_way() {
    let sources = sources();
    let mut broken = Vec::new();
    for (room, forbidden) in FORBIDDEN {
        for source in sources
            .iter()
            .filter(|source| stands_in(&source.path, room))
        {
            for (number, line) in &source.code {
                for path in forbidden.iter().filter(|path| names(line, path)) {
                    broken.push(format!(
                        "src/{}:{number}: {path} may not be named here; move the code, or pass the value in",
                        source.path.display()
                    ));
                }
            }
        }
        assert!(
            sources.iter().any(|source| stands_in(&source.path, room)) || room == "demo",
            "no file in {room}"
        );
    }
    expect_none(&broken);
}

#[test]
fn the_clock_and_the_environment_are_read_in_one_place_each() {
    let mut broken = Vec::new();
    for source in sources() {
        if [Path::new("io/clock.rs"), Path::new("io/environment.rs")].contains(&&*source.path) {
            continue;
        }
        for (number, line) in &source.code {
            if line.contains("clippy::disallowed_methods") {
                let path = source.path.display();
                broken.push(format!(
                    "src/{path}:{number}: take the time or the variable as an argument"
                ));
            }
        }
    }
    expect_none(&broken);
}

#[test]
fn module_lists_hold_no_items() {
    let mut broken = Vec::new();
    for source in sources() {
        let name = source.path.file_name().unwrap();
        if name != "mod.rs" && name != "lib.rs" {
            continue;
        }
        for (number, line) in &source.code {
            let is_list = line.starts_with("#[")
                || line.starts_with("#![")
                || (line.starts_with("pub mod ") || line.starts_with("mod "))
                    && line.ends_with(';');
            if !is_list {
                let path = source.path.display();
                broken.push(format!(
                    "src/{path}:{number}: a list of modules holds no items"
                ));
            }
        }
    }
    expect_none(&broken);
}

#[test]
fn paths_begin_at_the_crate() {
    let mut broken = Vec::new();
    for source in sources() {
        for (number, line) in &source.code {
            if line.contains("super::") || line.contains("pub(super)") {
                let path = source.path.display();
                broken.push(format!(
                    "src/{path}:{number}: write crate:: instead of super"
                ));
            }
        }
    }
    expect_none(&broken);
}

#[test]
fn files_are_small_and_say_what_they_are() {
    let mut broken = Vec::new();
    for source in sources() {
        let path = source.path.display();
        if source.length > LONGEST {
            broken.push(format!(
                "src/{path}: {} lines; more than {LONGEST} hold more than one thing",
                source.length
            ));
        }
        let text = fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("src")
                .join(&source.path),
        )
        .unwrap();
        if !text.starts_with("//! ") {
            broken.push(format!("src/{path}:1: a file opens with a //! sentence"));
        }
    }
    expect_none(&broken);
}

/// The reader of the sources finds what it looks for: these checks can fail.
#[test]
fn the_reader_sees_code_and_not_comments_or_tests() {
    let text = "//! crate::io\nuse crate::io::clock; // crate::cli\n\n#[cfg(test)]\nmod tests {\n    use crate::io;\n}\n";
    let code = code(text);
    assert_eq!(code.len(), 1);
    assert_eq!(code.first().unwrap().0, 2);
    assert!(names("use crate::io::clock;", "crate::io"));
    assert!(names("use crate::io;", "crate::io"));
    assert!(!names("use crate::iota;", "crate::io"));
    assert!(!names("use mytokio::x;", "tokio"));
    assert!(stands_in(Path::new("config.rs"), "config"));
    assert!(stands_in(Path::new("config/account.rs"), "config"));
    assert!(!stands_in(Path::new("io/config.rs"), "config"));
}

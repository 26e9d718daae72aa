//! Why a configuration cannot be used: what, where, and the next step.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used. The exit code is 78 for all of them.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file was given and none lies where one is looked for.
    #[error("no configuration found: looked for {}", list(.searched))]
    Missing {
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// The file cannot be read.
    #[error("{}: cannot be read", .file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value is wrong.
    #[error("{}:{line}:{column}: {what}", .file.display())]
    Invalid {
        /// Which file.
        file: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column, in characters.
        column: usize,
        /// What is wrong and what was expected.
        what: String,
        /// The next step.
        hint: String,
    },
}

impl ConfigError {
    /// The next step.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { searched } => match searched.first() {
                Some(first) => format!(
                    "run `mailward init`; it writes {}, or name a file with --config",
                    first.display()
                ),
                None => "name a file with --config".to_owned(),
            },
            Self::Unreadable { .. } => "check the path and its permissions".to_owned(),
            Self::Invalid { hint, .. } => hint.clone(),
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(", ")
}

/// What is wrong at a place of the text, before the place has become a line and a column.
#[derive(Debug)]
pub struct Fault {
    /// Byte offsets into the text.
    pub span: Range<usize>,
    /// What is wrong and what was expected.
    pub what: String,
    /// The next step.
    pub hint: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// The fault with its file, line and column.
    pub fn locate(self, file: &Path, text: &str) -> ConfigError {
        let (line, column) = position(text, self.span.start);
        ConfigError::Invalid {
            file: file.to_owned(),
            line,
            column,
            what: self.what,
            hint: self.hint,
        }
    }
}

/// The 1-based line and column (in characters) of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut line = 1_usize;
    let mut column = 1_usize;
    for (at, character) in text.char_indices() {
        if at >= offset {
            break;
        }
        if character == '\n' {
            line = line.saturating_add(1);
            column = 1;
        } else {
            column = column.saturating_add(1);
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn a_position_counts_characters_not_bytes() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("ab\ncd", 3), (2, 1));
        assert_eq!(position("#あ\nx = \"い\" y", 14), (2, 8));
        assert_eq!(position("a", 99), (1, 2));
    }
}

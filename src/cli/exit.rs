//! How a command ends badly: the exit code, the cause and the next step.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::config::error::ConfigError;
use crate::engine::rule::RuleError;
use crate::io::archives::ArchiveError;

/// The exit codes of sysexits.h that mailward uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 0: asked for help or the version, or nobody reads the output any more.
    Fine,
    /// 64: the command line is wrong.
    Usage,
    /// 65: the input is no good.
    BadData,
    /// 66: the input is not there.
    NoInput,
    /// 69: something that is needed is not there.
    Unavailable,
    /// 74: reading or writing failed.
    Io,
    /// 75: somebody else is at it; try again.
    TryAgain,
    /// 77: the server refused the login.
    LoginRefused,
    /// 78: the configuration is wrong.
    Config,
}

impl Code {
    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Usage => 64,
            Self::BadData => 65,
            Self::NoInput => 66,
            Self::Unavailable => 69,
            Self::Io => 74,
            Self::TryAgain => 75,
            Self::LoginRefused => 77,
            Self::Config => 78,
        }
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub code: Code,
    /// What went wrong, and where. Empty where there is nothing left to say.
    pub what: String,
    /// Why, the nearest cause first.
    pub causes: Vec<String>,
    /// The next step.
    pub hint: Option<String>,
    /// Text that is printed as it is, instead of the three lines: clap words its own.
    pub verbatim: Option<Box<clap::Error>>,
}

impl Failure {
    /// A failure with a next step.
    pub fn new(code: Code, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            causes: Vec::new(),
            hint: Some(hint.into()),
            verbatim: None,
        }
    }

    /// A failure that an error explains; its sources become the causes.
    pub fn from_error(code: Code, error: &dyn Error, hint: impl Into<String>) -> Self {
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        Self {
            causes,
            ..Self::new(code, error.to_string(), hint)
        }
    }

    /// A code after everything has been said on stdout.
    pub fn silent(code: Code) -> Self {
        Self {
            code,
            what: String::new(),
            causes: Vec::new(),
            hint: None,
            verbatim: None,
        }
    }

    /// What clap says, with the exit code for usage; help and version are no failure.
    pub fn usage(error: clap::Error) -> Self {
        Self {
            code: if error.use_stderr() {
                Code::Usage
            } else {
                Code::Fine
            },
            what: String::new(),
            causes: Vec::new(),
            hint: None,
            verbatim: Some(Box::new(error)),
        }
    }

    /// Reading a file failed.
    pub fn reading(path: &Path, error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound {
            Code::NoInput
        } else {
            Code::Io
        };
        Self {
            causes: vec![error.to_string()],
            ..Self::new(
                code,
                format!("{}: cannot be read", path.display()),
                "check the path and its permissions",
            )
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::from_error(Code::Config, &error, error.hint())
    }
}

impl From<RuleError> for Failure {
    fn from(error: RuleError) -> Self {
        Self::from_error(Code::Config, &error, error.hint.clone())
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::from_error(
            Code::NoInput,
            &error,
            "name an mbox, a Maildir, a folder of .eml files or one .eml file that you can read",
        )
    }
}

/// Writing results failed. A reader that went away (`| head`) is no failure.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self {
                code: Code::Fine,
                what: String::new(),
                causes: Vec::new(),
                hint: None,
                verbatim: None,
            };
        }
        Self {
            causes: vec![error.to_string()],
            ..Self::new(
                Code::Io,
                "the results cannot be written",
                "check where the output goes and whether the disk is full",
            )
        }
    }
}

/// Prints the failure on stderr, in colour on a terminal only, and gives the exit code.
pub fn report(failure: &Failure) -> ExitCode {
    if let Some(error) = &failure.verbatim {
        // Nobody is left to be told that printing failed.
        let _ = error.print();
    } else if !failure.what.is_empty() {
        let _ = anstream::stderr()
            .lock()
            .write_all(three_lines(failure).as_bytes());
    }
    ExitCode::from(failure.code.number())
}

fn three_lines(failure: &Failure) -> String {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let bold = Style::new().bold();
    let mut text = format!("{red}error:{red:#} {}\n", failure.what);
    for cause in &failure.causes {
        let _ = writeln!(text, "{bold}caused by:{bold:#} {cause}");
    }
    if let Some(hint) = &failure.hint {
        let _ = writeln!(text, "{bold}hint:{bold:#} {hint}");
    }
    text
}

//! A value that no log, error or debug print may show.

use std::fmt;

use zeroize::Zeroizing;

/// A password or token. `Debug` prints `[redacted]`; the memory is cleared when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value that was just read from its source.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let printed = format!("{:?}", Secret::new("hunter2".to_owned()));
        assert_eq!(printed, "[redacted]");
    }
}

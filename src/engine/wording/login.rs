//! What `mailward login` says, in every language.

/// The words; `{…}` is filled in by [`crate::engine::wording::setup::fill`].
#[derive(Debug, Clone, Copy)]
pub struct LoginWords {
    /// What to do: `{account}`, `{user}`, `{address}`, `{code}`, `{minutes}`.
    pub task: &'static str,
    /// It worked, and what comes next: `{account}`.
    pub done: &'static str,
    /// The provider gave no token for later: `{account}`.
    pub short: &'static str,
}

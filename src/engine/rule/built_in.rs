//! The packs compiled into the program.

/// (file name, text), by name.
pub(crate) const PACKS: [(&str, &str); 1] = [(
    "rules/amazon.toml",
    include_str!("../../../rules/amazon.toml"),
)];

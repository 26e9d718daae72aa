//! The packs compiled into the program.

/// The groups of patterns that packs share.
pub(crate) const WORDS: &str = include_str!("../../../rules/words.toml");

/// (file name, text), by name.
pub(crate) const PACKS: [(&str, &str); 4] = [
    (
        "rules/amazon.toml",
        include_str!("../../../rules/amazon.toml"),
    ),
    (
        "rules/codes.toml",
        include_str!("../../../rules/codes.toml"),
    ),
    (
        "rules/orders.toml",
        include_str!("../../../rules/orders.toml"),
    ),
    (
        "rules/security.toml",
        include_str!("../../../rules/security.toml"),
    ),
];

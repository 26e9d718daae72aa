//! Any text is a rule pack or an error that names a place and the next step.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailward_fuzz::engine::rule::RuleSet;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(error) = RuleSet::only("fuzz.toml", text)
    {
        assert!(error.line >= 1 && error.column >= 1 && !error.hint.is_empty());
    }
});

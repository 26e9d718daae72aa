//! Any text is an Authentication-Results field or is none; neither harms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailward_fuzz::engine::authentication::results::AuthenticationResults;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(parsed) = AuthenticationResults::parse(text)
    {
        assert!(parsed.authserv_id.is_some() || !parsed.results.is_empty());
    }
});

//! Any bytes are a message, and every message can be classified and explained.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mailward_fuzz::engine::message::{Message, RawMail};
use mailward_fuzz::engine::rule::{RuleSet, Trust, signal_of};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::built_in().unwrap());

fuzz_target!(|bytes: &[u8]| {
    let mail = RawMail {
        source: "fuzz".to_owned(),
        arrived_at: jiff::Timestamp::UNIX_EPOCH,
        full_size: bytes.len() as u64,
        bytes: bytes.to_vec(),
    };
    let trust = Trust { addresses: vec!["hanako@example.jp".to_owned()], authserv_ids: vec!["mx.example.jp".to_owned()] };
    let message = Message::parse(&mail);
    assert!(message.body.text.len() <= 16 * 1024);
    // Markup that is broken in its transfer encoding may escape the look at the bytes.
    if message.body.orders.is_empty() {
        assert_eq!(signal_of(&RULES, &mail, &trust), RULES.classify(&message, &trust));
    }
    RULES.explain(&message, &trust);
});

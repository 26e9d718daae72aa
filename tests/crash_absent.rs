//! The program that people get holds no trace of the points at which a test can kill it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(feature = "fault-points"))]

use aho_corasick::AhoCorasick;

#[test]
fn no_fault_point_is_in_the_program() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_mailward")).unwrap();
    let holds = |text: &str| AhoCorasick::new([text]).unwrap().is_match(&program);
    // What is looked for is found where it is: a variable that every build reads. tests/crash_matrix.rs finds the others
    // in a build with the feature.
    assert!(holds("MAILWARD_LOG"));
    for trace in [
        "MAILWARD_FAULT",
        "cursors-written",
        "before-sending",
        "channel-took",
        "call-before-reply",
    ] {
        assert!(!holds(trace), "{trace} is in the program");
    }
}

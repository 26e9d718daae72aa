//! Which mail is which signal: the examples in the packs, encodings, and broken mails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test may panic"
)]

use mailward::engine::rule::RuleSet;

#[test]
fn every_example_of_every_pack_comes_out_as_the_pack_says() {
    let rules = RuleSet::built_in().unwrap_or_else(|error| panic!("{error}\nhint: {}", error.hint));
    let (positive, negative) = rules.example_counts();
    println!("{positive} examples, {negative} counterexamples");
    assert!(positive >= 20 && negative >= 20);
    let failures = rules.failing_examples();
    for failure in &failures {
        println!("{}: {}: {}", failure.rule, failure.subject, failure.what);
    }
    assert!(failures.is_empty(), "{} examples fail", failures.len());
}

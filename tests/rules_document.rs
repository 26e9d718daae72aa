//! docs/rules.md says what is so: its list of rules without a genuine sample, and the pack that it shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a test may panic and read its environment"
)]

use std::path::Path;

use mailward::engine::rule::RuleSet;

const BEGIN: &str = "<!-- unverified:begin -->\n";
const END: &str = "<!-- unverified:end -->";

fn document() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")
}

/// The list as the packs have it, one line a service.
fn list(rules: &RuleSet) -> String {
    let mut lines = String::new();
    let mut count = 0_usize;
    let mut all = 0_usize;
    for service in rules.services() {
        let named = rules.rules(&service.id);
        all = all.saturating_add(named.len());
        let unverified: Vec<String> = named
            .iter()
            .filter(|(_, is_unverified)| *is_unverified)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        count = count.saturating_add(unverified.len());
        if !unverified.is_empty() {
            lines.push_str(&format!(
                "- {}: {}\n",
                service.name_en,
                unverified.join(", ")
            ));
        }
    }
    format!("{count} of {all} rules:\n\n{lines}")
}

#[test]
fn the_list_of_unverified_rules_is_current() {
    let rules = RuleSet::built_in().unwrap();
    let document = document();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let list = list(&rules);
    if std::env::var_os("MAILWARD_WRITE").is_some() {
        std::fs::write(path(), format!("{before}{BEGIN}{list}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        written, list,
        "write it anew: MAILWARD_WRITE=1 cargo test --test rules_document"
    );
    assert!(list.contains("`amazon/"), "{list}");
}

#[test]
fn the_pack_that_is_shown_is_sound_and_its_examples_come_out() {
    let document = document();
    let (_, rest) = document.split_once("```toml\n").unwrap();
    let (pack, _) = rest.split_once("```").unwrap();
    let shown = [("lanternfish.toml".to_owned(), pack.to_owned())];
    let rules = RuleSet::with_packs(&shown).unwrap();
    assert_eq!(rules.rules("lanternfish").len(), 1);
    let failures = rules.failing_examples();
    assert!(failures.is_empty(), "{failures:?}");
    let alone = RuleSet::only("lanternfish.toml", pack).unwrap();
    assert_eq!(alone.example_counts(), (1, 1));
}

#[test]
fn every_rule_has_an_example_and_a_counterexample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut rules = 0_usize;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let pack: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        for rule in pack
            .get("rule")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            for kind in ["example", "counterexample"] {
                let has = rule
                    .get(kind)
                    .and_then(toml::Value::as_array)
                    .is_some_and(|list| !list.is_empty());
                assert!(
                    has,
                    "{}: {:?} has no {kind}",
                    path.display(),
                    rule.get("id")
                );
            }
            rules = rules.saturating_add(1);
        }
    }
    assert!(rules >= 180, "{rules}");
}

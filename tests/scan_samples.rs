//! The sample mailboxes that the README lets people scan: the counts that the program exists for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::process::Command;

use serde_json::Value;

/// The lines of a scan of one sample, read as the person whom it was sent to.
fn scan(sample: &str, pinned: bool) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailward"));
    command
        .args([
            "scan",
            "--format",
            "jsonl",
            "--signals",
            "--address",
            "hanako@example.com",
        ])
        .arg(format!("samples/{sample}"))
        .env("XDG_CONFIG_HOME", "/nowhere")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if pinned {
        command.args(["--authserv-id", "mx.example.com"]);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn only<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

#[test]
fn the_story_is_seven_orders_four_cancellations_two_codes_and_critical() {
    let lines = scan("story.mbox", true);
    let incidents = only(&lines, "incident");
    assert_eq!(incidents.len(), 1);
    let incident = incidents[0];
    assert_eq!(
        (
            &incident["orders"],
            &incident["cancellations"],
            &incident["codes"]
        ),
        (&Value::from(7), &Value::from(4), &Value::from(2))
    );
    assert_eq!(incident["severity"], "critical");
    assert_eq!(incident["services"], serde_json::json!(["amazon"]));
    assert_eq!(incident["amounts"], serde_json::json!({"JPY": "17500"}));
    let states: Vec<_> = incident["order_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["state"].as_str().unwrap())
        .collect();
    let open = "no_cancellation_seen";
    assert_eq!(
        states,
        [
            "cancelled",
            open,
            "cancelled",
            open,
            "cancelled",
            "cancelled",
            open
        ]
    );

    let summary = only(&lines, "summary")[0];
    assert_eq!(
        summary["signals"],
        serde_json::json!({"one_time_code": 2, "order_cancelled": 4, "order_placed": 7})
    );
    assert_eq!(
        (&summary["messages"], &summary["unreadable"]),
        (&Value::from(17), &Value::from(0))
    );
    for signal in only(&lines, "signal") {
        assert_eq!(signal["sender"], "verified", "{signal}");
        if signal["kind"] == "order_cancelled" {
            assert_eq!(signal["by"], "merchant", "{signal}");
        }
        if signal["kind"] == "order_placed" {
            assert_eq!(
                (&signal["item"], &signal["amount"]),
                (&Value::from("gift_card"), &Value::from("2500"))
            );
        }
    }
}

#[test]
fn the_alerts_of_the_story_rise_with_the_orders() {
    let lines = scan("story.mbox", true);
    let alerts: Vec<_> = only(&lines, "alert")
        .into_iter()
        .map(|alert| {
            (
                alert["severity"].as_str().unwrap(),
                alert["at"].as_str().unwrap(),
            )
        })
        .collect();
    let first = |level: &str| {
        alerts
            .iter()
            .find(|(severity, _)| *severity == level)
            .map(|(_, at)| *at)
    };
    assert_eq!(
        first("info"),
        Some("2026-11-20T07:00:04Z"),
        "asks at the first code"
    );
    assert_eq!(
        first("notice"),
        Some("2026-11-21T03:01:16Z"),
        "rings at the second order"
    );
    assert_eq!(
        first("critical"),
        Some("2026-11-21T03:02:10Z"),
        "is critical at the third"
    );
}

#[test]
fn the_story_from_a_server_that_stamps_nothing_stops_at_warning() {
    let lines = scan("story.mbox", false);
    let incidents = only(&lines, "incident");
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0]["severity"], "warning");
    assert_eq!(incidents[0]["orders"], 7);
}

#[test]
fn five_orders_and_two_cancellations_are_counted_as_such() {
    let lines = scan("five-orders.mbox", true);
    let incidents = only(&lines, "incident");
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        (
            &incidents[0]["orders"],
            &incidents[0]["cancellations"],
            &incidents[0]["codes"]
        ),
        (&Value::from(5), &Value::from(2), &Value::from(0))
    );
    assert_eq!(incidents[0]["amounts"], serde_json::json!({"USD": "250"}));
}

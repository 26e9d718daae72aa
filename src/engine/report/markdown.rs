//! The report as Markdown, for a mail or a ticket.

use crate::engine::incident::Incident;
use crate::engine::report::view::View;
use crate::engine::wording::context::Context;

/// The whole text; ends with a newline. What comes from a mail cannot be read as markup.
pub fn text(incident: &Incident, context: &Context<'_>) -> String {
    let view = View::new(incident, context);
    let mut blocks = vec![
        format!("# {}", escaped(&view.title)),
        format!(
            "**{}** · {} {} · {}",
            view.level,
            view.shared.title,
            escaped(&view.id),
            view.made
        ),
    ];
    blocks.extend(
        view.unverified
            .as_deref()
            .map(|check| format!("> {}", escaped(check))),
    );
    blocks.push(format!("## {}", view.call.heading));
    let name = view.call.name.as_deref().map(escaped).unwrap_or_default();
    blocks.push(
        format!("{name} **{}**", escaped(&view.call.number))
            .trim()
            .to_owned(),
    );
    blocks.extend(
        view.call
            .say
            .as_deref()
            .map(|say| format!("> {}", escaped(say))),
    );
    blocks.push(format!("## {}", view.labels.table));
    blocks.extend(orders(&view));
    if !view.log.is_empty() {
        blocks.push(format!("## {}", view.labels.timeline));
        let mut lines: Vec<String> = view
            .log
            .iter()
            .map(|line| format!("- {}: {}", line.when, escaped(&line.what)))
            .collect();
        if view.more > 0 {
            lines.push(format!("- {}", (view.labels.more)(view.more)));
        }
        blocks.push(lines.join("\n"));
    }
    blocks.push(format!("## {}", view.labels.steps));
    blocks.push(steps(&view));
    blocks.push(format!("{} `{}`", view.labels.tick, view.tick));
    blocks.push(format!("## {}", view.labels.facts));
    let facts: Vec<String> = view
        .facts
        .iter()
        .map(|(label, value)| format!("- {label}: {}", escaped(value)))
        .collect();
    blocks.push(facts.join("\n"));
    if !view.reasons.is_empty() {
        blocks.push(format!("## {}", view.labels.why));
        let reasons: Vec<String> = view
            .reasons
            .iter()
            .map(|(reason, points)| match points {
                Some(points) => format!("- {reason} ({points})"),
                None => format!("- {reason}"),
            })
            .collect();
        blocks.push(reasons.join("\n"));
    }
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn orders(view: &View) -> Vec<String> {
    if view.groups.is_empty() {
        return vec![view.shared.no_orders.to_owned()];
    }
    let [id, item, amount, at, state] = view.shared.columns;
    let mut blocks = Vec::new();
    for group in &view.groups {
        blocks.extend(
            group
                .service
                .as_deref()
                .map(|service| format!("### {}", escaped(service))),
        );
        let mut lines = vec![
            format!(
                "| {} | {id} | {item} | {amount} | {at} | {state} |",
                view.labels.number
            ),
            "| ---: | --- | --- | ---: | --- | --- |".to_owned(),
        ];
        for row in &group.rows {
            let [id, item, amount, at, state] = row.cells.each_ref().map(|cell| escaped(cell));
            let mut notes = vec![state];
            notes.extend(row.cancelled.clone());
            if row.contradiction {
                notes.push(format!("**{}**", view.shared.contradiction));
            }
            let state = notes.join("; ");
            lines.push(format!(
                "| {} | {id} | {item} | {amount} | {at} | {state} |",
                row.number
            ));
        }
        blocks.push(lines.join("\n"));
    }
    blocks.extend(view.cut.clone());
    let sums: Vec<String> = view
        .sums
        .iter()
        .map(|(_, label, sum)| format!("- {label}: {}", escaped(sum)))
        .collect();
    blocks.push(sums.join("\n"));
    blocks
}

fn steps(view: &View) -> String {
    let steps: Vec<String> = view
        .steps
        .iter()
        .map(|step| {
            let tick = if step.done { 'x' } else { ' ' };
            let mut item = format!(
                "- [{tick}] **{}** (`{}`): {}",
                escaped(&step.text.title),
                step.step.id(),
                escaped(&step.text.text)
            );
            if let Some(address) = &step.text.link {
                item = format!("{item} <{address}>");
            }
            item
        })
        .collect();
    steps.join("\n")
}

/// A text of which nothing is markup, HTML or a link.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '>' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

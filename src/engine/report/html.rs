//! The report as one HTML file: no script, nothing that is loaded, for every screen and for paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::engine::incident::{Incident, OrderState, Severity};
use crate::engine::report::drawing;
use crate::engine::report::timeline::Tone;
use crate::engine::report::view::{Call, Group, Row, View};
use crate::engine::wording::context::Context;
use crate::engine::wording::plain;

/// Nothing is loaded and nothing runs, whatever got into the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("style.css");

/// The whole file. Every text in it passed through the template's escaping.
pub fn page(incident: &Incident, context: &Context<'_>) -> String {
    let view = View::new(incident, context);
    html! {
        (DOCTYPE)
        html lang=(view.language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (view.title) " - mailward " (view.id) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(&view))
                main {
                    (call(&view.call))
                    (next(&view))
                    (orders(&view))
                    (timeline(&view, context))
                    (steps(&view))
                    (facts(&view))
                    (why(&view))
                }
                footer { p { (view.labels.foot) } }
            }
        }
    }
    .into_string()
}

fn head(view: &View) -> Markup {
    let level = match view.severity {
        Severity::Info => "info",
        Severity::Notice => "notice",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    html! {
        header class=(level) {
            p class="kicker" {
                span class="level" { (view.level) }
                span { (view.shared.title) " " (view.id) }
                span { (view.made) }
            }
            h1 { (view.title) }
            @if let Some(check) = &view.unverified { p class="check" { (check) } }
        }
    }
}

fn call(call: &Call) -> Markup {
    html! {
        section class=(if call.urgent { "call urgent" } else { "call" }) aria-labelledby="call" {
            h2 id="call" { (call.heading) }
            p class="issuer" {
                @if let Some(name) = &call.name { span class="name" { (name) } " " }
                @if let Some(dial) = &call.dial {
                    a class="phone" href={ "tel:" (dial) } { (call.number) }
                } @else {
                    span class="phone" { (call.number) }
                }
            }
            @if let Some(say) = &call.say { p class="say" { (say) } }
        }
    }
}

fn next(view: &View) -> Markup {
    html! {
        @if let Some(step) = &view.next {
            section class="next" aria-labelledby="next" {
                h2 id="next" { (view.labels.next) }
                p { b { (step.text.title) } }
                p { (step.text.text) }
                (link(step.text.link.as_deref()))
            }
        }
    }
}

fn link(address: Option<&str>) -> Markup {
    html! {
        @if let Some(address) = address {
            p class="link" { a href=(address) rel="noreferrer" { (address) } }
        }
    }
}

fn orders(view: &View) -> Markup {
    let [id, item, amount, at, state] = view.shared.columns;
    html! {
        section class="orders" aria-labelledby="orders" {
            h2 id="orders" { (view.labels.table) }
            @if view.groups.is_empty() {
                p { (view.shared.no_orders) }
            } @else {
                table {
                    thead {
                        tr {
                            th scope="col" class="number" { (view.labels.number) }
                            th scope="col" { (id) }
                            th scope="col" { (item) }
                            th scope="col" class="amount" { (amount) }
                            th scope="col" { (at) }
                            th scope="col" { (state) }
                        }
                    }
                    @for group in &view.groups { (rows(group, view)) }
                }
                @if let Some(cut) = &view.cut { p class="cut" { (cut) } }
                ul class="sums" {
                    @for (state, label, sum) in &view.sums {
                        li class=(state.map_or("all", sum_class)) { span { (label) } " " b { (sum) } }
                    }
                }
            }
        }
    }
}

fn sum_class(state: OrderState) -> &'static str {
    match state {
        OrderState::Cancelled => "hollow",
        OrderState::NoCancellationSeen | OrderState::Charged => "risk",
    }
}

fn rows(group: &Group, view: &View) -> Markup {
    html! {
        tbody {
            @if let Some(service) = &group.service {
                tr class="service" { th scope="rowgroup" colspan="6" { (service) } }
            }
            @for row in &group.rows { (order(row, view)) }
        }
    }
}

fn order(row: &Row, view: &View) -> Markup {
    let [id, item, amount, at, state] = &row.cells;
    let tone = match row.tone {
        Tone::Hollow => "hollow",
        Tone::Plain | Tone::Risk => "risk",
    };
    html! {
        tr class=(tone) {
            td class="number" { (row.number) }
            th scope="row" class=(if long(id) { "id long" } else { "id" }) { (id) }
            td class="item" { (item) }
            td class=(if long(amount) { "amount long" } else { "amount" }) { (amount) }
            td class="at" { (at) }
            td class="state" {
                span class="verdict" { (state) }
                @if let Some(cancelled) = &row.cancelled { " " small { (cancelled) } }
                @if row.contradiction { " " strong { (view.shared.contradiction) } }
            }
        }
    }
}

/// Wider than any genuine number: it may be torn, so that it does not stick out.
fn long(text: &str) -> bool {
    plain::columns(text) > 24
}

fn timeline(view: &View, context: &Context<'_>) -> Markup {
    html! {
        @if let Some(timeline) = &view.timeline {
            section class="timeline" aria-labelledby="timeline" {
                h2 id="timeline" { (view.labels.timeline) }
                figure {
                    (drawing::svg(timeline, &view.labels, context))
                    figcaption {
                        span class="risk" { (view.shared.possibly_charged) }
                        span class="hollow" { (view.shared.cancelled) }
                    }
                }
                ol class="log" {
                    @for line in &view.log { li { span class="when" { (line.when) } span { (line.what) } } }
                    @if view.more > 0 { li { span class="when" { "…" } span { ((view.labels.more)(view.more)) } } }
                }
            }
        }
    }
}

fn steps(view: &View) -> Markup {
    html! {
        section class="steps" aria-labelledby="steps" {
            h2 id="steps" { (view.labels.steps) }
            ol {
                @for step in &view.steps {
                    li class=(if step.done { "done" } else { "open" }) {
                        p class="step" {
                            span class="tick" { (if step.done { view.labels.done } else { view.labels.open }) }
                            b { (step.text.title) }
                        }
                        p { (step.text.text) }
                        (link(step.text.link.as_deref()))
                        p class="command" { code { (step.step.id()) } }
                    }
                }
            }
            p class="hint" { (view.labels.tick) " " code { (view.tick) } }
        }
    }
}

fn facts(view: &View) -> Markup {
    html! {
        section class="facts" aria-labelledby="facts" {
            h2 id="facts" { (view.labels.facts) }
            dl { @for (label, value) in &view.facts { dt { (label) } dd { (value) } } }
        }
    }
}

fn why(view: &View) -> Markup {
    html! {
        @if !view.reasons.is_empty() || !view.levels.is_empty() {
            section class="why" aria-labelledby="why" {
                h2 id="why" { (view.labels.why) }
                ul {
                    @for (reason, points) in &view.reasons {
                        li { (reason) @if let Some(points) = points { " " small { (points) } } }
                    }
                }
                @if !view.levels.is_empty() {
                    h3 { (view.labels.levels) }
                    ol class="log" {
                        @for (at, level, reason) in &view.levels {
                            li { span class="when" { (at) } span { b { (level) } " " (reason) } }
                        }
                    }
                }
            }
        }
    }
}

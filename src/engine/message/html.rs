//! HTML to text: what a reader sees, and what is hidden from them.

use mail_parser::decoders::html::html_to_text;

/// Most hidden text that is kept, in bytes.
const PREHEADER_LIMIT: usize = 1024;
/// Most bytes of structured data that are kept.
const MARKUP_LIMIT: usize = 16 * 1024;
/// Most microdata properties that are kept.
const MICRODATA_LIMIT: usize = 400;

/// An HTML part, taken apart.
#[derive(Debug, Default)]
pub struct Page {
    /// The visible text, a line a block.
    pub text: String,
    /// Text in elements that are not displayed: the padding and the preview line of a shop mail.
    pub preheader: String,
    /// JSON-LD scripts, as they are.
    pub json_ld: Vec<String>,
    /// Microdata: (`@type` or property, value) in the order of the page.
    pub microdata: Vec<(String, String)>,
}

/// The text of an HTML part; reading stops after `limit` bytes of visible text.
///
/// Tags are cut down here (blocks become line breaks, attributes go, hidden elements, styles and scripts are dropped),
/// so that the library's converter, which resolves entities and blanks, sees only as much as is kept.
pub fn page(html: &str, limit: usize) -> Page {
    let mut reader = Reader {
        limit,
        ..Reader::default()
    };
    reader.read(html);
    if reader.visible.trim().is_empty() && reader.hidden.is_some() {
        // An element that hides everything and never ends is a slip of the sender, not a preview line.
        reader = Reader {
            limit,
            ignore_hiding: true,
            ..Reader::default()
        };
        reader.read(html);
    }
    Page {
        text: html_to_text(&reader.visible),
        preheader: html_to_text(&reader.preheader),
        json_ld: reader.json_ld,
        microdata: reader.microdata,
    }
}

#[derive(Default)]
struct Reader {
    limit: usize,
    ignore_hiding: bool,
    visible: String,
    preheader: String,
    json_ld: Vec<String>,
    microdata: Vec<(String, String)>,
    in_head: bool,
    /// The element that hides the text, and how deep elements of its name are nested in it.
    hidden: Option<(String, usize)>,
}

impl Reader {
    fn read(&mut self, html: &str) {
        let mut rest = html;
        while !rest.is_empty() && self.visible.len() < self.limit {
            let Some((text, tail)) = rest.split_once('<') else {
                self.text(rest);
                return;
            };
            self.text(text);
            rest = if let Some(comment) = tail.strip_prefix("!--") {
                comment.split_once("-->").map_or("", |(_, after)| after)
            } else {
                self.tag(tail)
            };
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_head {
            return;
        }
        let (target, limit) = if self.hidden.is_some() {
            (&mut self.preheader, PREHEADER_LIMIT)
        } else {
            (&mut self.visible, self.limit)
        };
        let room = limit.saturating_sub(target.len());
        target.push_str(prefix(text, room));
    }

    /// Reads a tag of which the `<` is gone; returns what follows it.
    fn tag<'x>(&mut self, tail: &'x str) -> &'x str {
        if !tail.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            self.text("&lt;");
            return tail;
        }
        let (tag, after) = split_tag(tail);
        let is_end = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(16)
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" | "template" | "title" if !is_end => {
                let (inside, after) = split_element(after, &name);
                if name == "script" && contains_ignoring_case(tag, "ld+json") {
                    let kept: usize = self.json_ld.iter().map(String::len).sum();
                    if kept.saturating_add(inside.len()) <= MARKUP_LIMIT {
                        self.json_ld.push(inside.to_owned());
                    }
                }
                return after;
            }
            "head" => self.in_head = !is_end,
            "body" => self.in_head = false,
            _ => {}
        }
        if !is_end && tag.contains("item") && self.microdata.len() < MICRODATA_LIMIT {
            self.note_microdata(tag, after);
        }
        self.nest(&name, tag, is_end);
        if self.hidden.is_none() && !self.in_head {
            match name.as_str() {
                "br" | "p" | "div" | "tr" | "table" | "li" | "ul" | "ol" | "h1" | "h2" | "h3"
                | "h4" | "h5" | "h6" | "hr" | "blockquote" | "center" | "section" | "article"
                | "header" | "footer" | "dt" | "dd" => {
                    self.visible.push_str("<br>");
                }
                "td" | "th" => self.visible.push(' '),
                _ => {}
            }
        }
        after
    }

    fn note_microdata(&mut self, tag: &str, after: &str) {
        if let Some(property) = attribute(tag, "itemprop") {
            let value = attribute(tag, "content")
                .or_else(|| attribute(tag, "href"))
                .unwrap_or_else(|| prefix(after.split('<').next().unwrap_or_default(), 256));
            self.microdata
                .push((property.to_owned(), prefix(value, 256).to_owned()));
        }
        if let Some(kind) = attribute(tag, "itemtype") {
            self.microdata
                .push(("@type".to_owned(), prefix(kind, 256).to_owned()));
        }
    }

    fn nest(&mut self, name: &str, tag: &str, is_end: bool) {
        if let Some((hiding, depth)) = &mut self.hidden {
            if hiding == name {
                *depth = if is_end {
                    depth.saturating_sub(1)
                } else {
                    depth.saturating_add(1)
                };
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        let is_void = matches!(
            name,
            "br" | "hr" | "img" | "input" | "meta" | "link" | "col" | "area" | "wbr"
        );
        if !is_end && !is_void && !self.ignore_hiding && !tag.ends_with('/') && hides(tag) {
            self.hidden = Some((name.to_owned(), 1));
        }
    }
}

/// Whether the tag's own style keeps the element from being seen.
///
/// `font-size:0` does not: page builders put it on every wrapper and set the size again inside.
fn hides(tag: &str) -> bool {
    if tag.len() < 12 || !tag.contains(['=', ' ']) {
        return false;
    }
    let lower: String = tag
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(2048)
        .collect::<String>()
        .to_ascii_lowercase();
    lower.contains("display:none")
        || lower.contains("visibility:hidden")
        || lower.contains("mso-hide:all")
        || (lower.contains("overflow:hidden")
            && ["max-height:0", "height:0"].iter().any(|zero| {
                lower.split(zero).skip(1).any(|rest| {
                    rest.is_empty()
                        || rest.starts_with([';', '"', '\'', '!'])
                        || rest.starts_with("px")
                })
            }))
}

/// A tag's inside and what follows its `>`, minding quoted attribute values.
fn split_tag(tail: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, byte) in tail.bytes().enumerate().take(8192) {
        match (quote, byte) {
            (None, b'>') => return around(tail, at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // An unclosed quote: the first `>` ends the tag.
    tail.find('>').map_or((tail, ""), |at| around(tail, at))
}

fn around(text: &str, at: usize) -> (&str, &str) {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    (before, after.strip_prefix('>').unwrap_or(after))
}

/// What stands before `</name`, and what after its `>`.
fn split_element<'x>(text: &'x str, name: &str) -> (&'x str, &'x str) {
    let mut from = 0_usize;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("</")) {
        let at = from.saturating_add(found);
        let after = text.get(at.saturating_add(2)..).unwrap_or_default();
        if after
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
        {
            let inside = text.get(..at).unwrap_or_default();
            return (inside, after.split_once('>').map_or("", |(_, rest)| rest));
        }
        from = at.saturating_add(2);
    }
    (text, "")
}

/// The value of a quoted attribute.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let at = tag.to_ascii_lowercase().find(&format!("{name}="))?;
    let value = tag.get(at.saturating_add(name.len()).saturating_add(1)..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split(quote).next()
}

fn contains_ignoring_case(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// At most `limit` bytes of a text, cut at a character.
pub fn prefix(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    text.get(..text.floor_char_boundary(limit))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_cells_are_apart() {
        let page = page(
            "<html><head><title>t</title></head><body><h1>Thank&nbsp;you</h1><table><tr><td>Total</td><td>1,99&euro;</td></tr></table>",
            1000,
        );
        assert!(page.text.contains("Thank\u{a0}you\n"), "{:?}", page.text);
        assert!(page.text.contains("Total 1,99€"), "{:?}", page.text);
        assert!(!page.text.contains('t') || !page.text.starts_with('t'));
    }

    #[test]
    fn the_hidden_preheader_is_known_as_such() {
        let page = page(
            r#"<div style="display: none; max-height:0"><div>Your code</div> pad</div><p>Hello</p>"#,
            1000,
        );
        assert_eq!(page.text.trim(), "Hello");
        assert!(page.preheader.contains("Your code"));
    }

    #[test]
    fn a_hidden_element_that_never_ends_hides_nothing() {
        assert_eq!(
            page(r#"<div style="display:none"><p>Hello</p>"#, 1000)
                .text
                .trim(),
            "Hello"
        );
    }

    #[test]
    fn scripts_and_broken_tags_do_no_harm() {
        let page = page(
            r#"a<script type="application/ld+json">{"@type":"Order"}</script>b < c <b title="x>y">d</b <"#,
            1000,
        );
        assert_eq!(page.json_ld, [r#"{"@type":"Order"}"#]);
        assert!(page.text.contains("b < c"), "{:?}", page.text);
        assert!(!page.text.contains("Order"));
    }
}

//! The `Authentication-Results` field (RFC 8601 §2.2), parsed.

/// Longest value that is parsed, in bytes.
const VALUE_LIMIT: usize = 16 * 1024;
/// Most tokens; a field with more is no stamp of a mail server.
const TOKEN_LIMIT: usize = 2000;
/// Deepest nesting of comments.
const COMMENT_DEPTH: usize = 16;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// Who stamped it, lower case; `None` where the field has no id at all, as Outlook.com writes it.
    pub authserv_id: Option<String>,
    /// The results in their order; empty for `none`.
    pub results: Vec<MethodResult>,
}

/// What one method found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodResult {
    /// `dmarc`, `dkim`, …; lower case, without its version.
    pub method: String,
    /// `pass`, `fail`, …; lower case.
    pub result: String,
    /// (`header`, `from`, value); types and names lower case.
    pub properties: Vec<(String, String, String)>,
}

impl MethodResult {
    /// The value of a property that stands there once; a repeated one says nothing.
    pub fn property(&self, kind: &str, name: &str) -> Option<&str> {
        let mut values = self
            .properties
            .iter()
            .filter(|(k, n, _)| k == kind && n == name);
        let (_, _, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Equals,
    Semicolon,
}

impl AuthenticationResults {
    /// Parses a field value, folded or not. `None` where it does not follow the grammar: then nothing in it counts.
    pub fn parse(value: &str) -> Option<Self> {
        if value.len() > VALUE_LIMIT {
            return None;
        }
        let tokens = tokens(value)?;
        let mut clauses = tokens.split(|token| *token == Token::Semicolon).peekable();
        let authserv_id = match clauses.peek() {
            Some(first) if !first.contains(&Token::Equals) => {
                let id = authserv_id(first)?;
                clauses.next();
                Some(id)
            }
            _ => None,
        };
        let mut results = Vec::new();
        for clause in clauses {
            match clause {
                [] => {}
                [Token::Word(word)] if word.eq_ignore_ascii_case("none") => {}
                clause => results.push(method_result(clause)?),
            }
        }
        if authserv_id.is_none() && results.is_empty() {
            return None;
        }
        Some(Self {
            authserv_id,
            results,
        })
    }
}

/// `authserv-id [ version ]`.
fn authserv_id(clause: &[Token]) -> Option<String> {
    match clause {
        [Token::Word(id) | Token::Quoted(id)] => Some(id.to_ascii_lowercase()),
        [Token::Word(id) | Token::Quoted(id), Token::Word(version)]
            if version.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Some(id.to_ascii_lowercase())
        }
        _ => None,
    }
}

/// `method [ / version ] = result *( ptype . property = value )`, with `reason = value` anywhere after the result.
fn method_result(clause: &[Token]) -> Option<MethodResult> {
    let (Some(Token::Word(method)), Some(Token::Equals), Some(Token::Word(result))) =
        (clause.first(), clause.get(1), clause.get(2))
    else {
        return None;
    };
    let method = method
        .split('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if method.is_empty() {
        return None;
    }
    let mut properties = Vec::new();
    let mut rest = clause.get(3..).unwrap_or_default();
    while let Some((first, tail)) = rest.split_first() {
        match (first, tail) {
            (
                Token::Word(name),
                [
                    Token::Equals,
                    Token::Word(value) | Token::Quoted(value),
                    after @ ..,
                ],
            ) => {
                if let Some((kind, name)) = name.split_once('.') {
                    properties.push((
                        kind.to_ascii_lowercase(),
                        name.to_ascii_lowercase(),
                        value.clone(),
                    ));
                }
                rest = after;
            }
            // A name without a value, as in `smtp.mailfrom=`, or a stray word.
            (Token::Word(_), [Token::Equals, after @ ..] | after) => rest = after,
            (Token::Quoted(_) | Token::Equals | Token::Semicolon, _) => return None,
        }
    }
    Some(MethodResult {
        method,
        result: result.to_ascii_lowercase(),
        properties,
    })
}

/// `None` where a comment or a quoted string does not end.
fn tokens(value: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = value.chars().peekable();
    while let Some(&c) = chars.peek() {
        if tokens.len() >= TOKEN_LIMIT {
            return None;
        }
        match c {
            c if c.is_ascii_whitespace() => {
                chars.next();
            }
            '(' => skip_comment(&mut chars)?,
            ';' => {
                chars.next();
                tokens.push(Token::Semicolon);
            }
            '=' => {
                chars.next();
                tokens.push(Token::Equals);
            }
            '"' => {
                chars.next();
                tokens.push(Token::Quoted(quoted(&mut chars)?));
            }
            _ => {
                let mut word = String::new();
                while let Some(&c) = chars.peek() {
                    // Inside a value `=` is data (`header.b=ab=`), after a name it is the separator.
                    let is_end = match c {
                        ';' | '(' | '"' => true,
                        '=' => tokens.last() != Some(&Token::Equals),
                        c => c.is_ascii_whitespace(),
                    };
                    if is_end {
                        break;
                    }
                    word.push(c);
                    chars.next();
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => text.push(chars.next()?),
            '\r' | '\n' => {}
            c => text.push(c),
        }
    }
}

fn skip_comment(chars: &mut impl Iterator<Item = char>) -> Option<()> {
    let mut depth = 0_usize;
    loop {
        match chars.next()? {
            '(' => depth = depth.saturating_add(1),
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(());
                }
            }
            '\\' => {
                chars.next()?;
            }
            _ => {}
        }
        if depth > COMMENT_DEPTH {
            return None;
        }
    }
}

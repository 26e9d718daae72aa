//! Puts fields into the placeholders of a text.

use std::collections::{BTreeMap, BTreeSet};

/// A placeholder for which there is no field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) String);

/// Replaces each `{name}` by its field and notes the name in `used`. A brace that opens no name stays as it is.
pub(crate) fn fill(
    text: &str,
    fields: &BTreeMap<String, String>,
    used: &mut BTreeSet<String>,
) -> Result<String, Missing> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, behind)) if is_name(name) => {
                let value = fields.get(name).ok_or_else(|| Missing(name.to_owned()))?;
                out.push_str(value);
                used.insert(name.to_owned());
                rest = behind;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_other_braces_stay() {
        let fields = BTreeMap::from([("order".to_owned(), "{x}".to_owned())]);
        let mut used = BTreeSet::new();
        let filled = fill("a {order} { b } {9} {", &fields, &mut used);
        assert_eq!(filled, Ok("a {x} { b } {9} {".to_owned()));
        assert_eq!(used, BTreeSet::from(["order".to_owned()]));
        let missing = fill("{amount}", &fields, &mut used);
        assert_eq!(missing, Err(Missing("amount".to_owned())));
    }
}

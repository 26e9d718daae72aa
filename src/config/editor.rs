//! The JSON Schema of the file, for editors and for the reference.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::config::schema::Root;

/// JSON Schema draft 7, which editors of TOML read. Every key has a description; those with a fixed default name it.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(ForToml);
    SchemaGenerator::new(settings)
        .into_root_schema_for::<Root>()
        .to_value()
}

/// A key is there or is left out: TOML has no null. Descriptions are one line.
#[derive(Debug, Clone)]
struct ForToml;

impl Transform for ForToml {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = text.replace('\n', " ");
        }
        if schema
            .get("format")
            .is_some_and(|format| format != "double")
        {
            schema.remove("format");
        }
        transform_subschemas(self, schema);
    }
}

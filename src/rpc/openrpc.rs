//! The `OpenRPC` document (specification 1.3) that `rpc.discover` gives, made from the types of the methods.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::answer::ErrorData;
use super::methods::{METHODS, Method};

/// The document.
pub(super) fn document() -> Value {
    json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Bank Bridge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Bank transactions into Odoo. Every call carries `Authorization: Bearer TOKEN`.",
            "license": {"name": "LGPL-3.0-or-later"},
        },
        "methods": METHODS.iter().map(method).collect::<Vec<_>>(),
        "components": {"schemas": {"ErrorData": schema::<ErrorData>()}},
    })
}

fn method(method: &Method) -> Value {
    let params = (method.params)();
    let required = params.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let definitions = params.get("$defs").cloned();
    let described = params.get("properties").and_then(Value::as_object).into_iter().flatten();
    let params: Vec<_> = described
        .map(|(name, schema)| {
            json!({
                "name": name,
                "required": required.iter().any(|known| known == name),
                "schema": with_definitions(schema, definitions.as_ref()),
            })
        })
        .collect();
    json!({
        "name": method.name,
        "summary": method.summary,
        "paramStructure": "by-name",
        "params": params,
        "result": {"name": "result", "schema": (method.result)()},
    })
}

/// A parameter's schema stands alone, so it takes along what it refers to.
fn with_definitions(schema: &Value, definitions: Option<&Value>) -> Value {
    let mut schema: Map<_, _> = schema.as_object().cloned().unwrap_or_default();
    if let Some(definitions) = definitions {
        schema.insert("$defs".to_owned(), definitions.clone());
    }
    Value::Object(schema)
}

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

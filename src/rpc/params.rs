//! Parameters of the methods: own types that know every member, read so that a failure names the place and
//! never the value.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jsonrpsee::types::Params;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::errors::{Code, Error, Result};
use crate::formats::{self, ParseOptions};

/// Parameters longer than this, in bytes, are read off the threads that serve connections.
const LARGE: usize = 64 << 10;
/// What [`Content`] says of text that is not base64.
const NOT_BASE64: &str = "content is not base64";

/// No parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Parameters of `bank.register`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    /// The Odoo that registers.
    pub odoo: Odoo,
}

/// An Odoo database and its technical user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Odoo {
    /// Address of the server as the bridge reaches it, `https://odoo.example.com`.
    pub url: String,
    /// Name of the database.
    pub database: String,
    /// The system parameter `database.uuid`.
    pub database_uuid: String,
    /// Login of the technical user.
    pub login: String,
    /// API key of the technical user.
    #[schemars(with = "String")]
    pub api_key: SecretString,
}

/// Parameters of `bank.parse`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parse {
    /// Name of the file, for messages.
    pub name: String,
    /// The file.
    pub content: Content,
    /// Format, where the content does not show it.
    #[serde(default)]
    pub format: Option<String>,
    /// Order of day, month and year, where the dates of the file leave it open.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Decimal mark of amounts, where those of the file leave it open.
    #[serde(default)]
    pub decimal_mark: Option<DecimalMark>,
    /// What the columns of a table are: the name of a preset that the bridge has, or the text of one (TOML).
    #[serde(default)]
    pub preset: Option<String>,
}

/// Parameters of `bank.propose_preset`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposePreset {
    /// Name of the file, for messages.
    pub name: String,
    /// The file.
    pub content: Content,
    /// What the user says that columns are: replaces what is proposed for their roles.
    #[serde(default)]
    pub columns: Vec<SaidColumn>,
    /// Name of the bank or of the preset.
    #[serde(default)]
    pub bank: Option<String>,
    /// Order of day, month and year, where the dates of the file leave it open.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Decimal mark of amounts, where those of the file leave it open.
    #[serde(default)]
    pub decimal_mark: Option<DecimalMark>,
}

/// What a column is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct SaidColumn {
    /// The role, as a preset names it: `booked`, `counterparty-name`.
    pub role: String,
    /// The column, as the proposal writes it; empty to take the role out.
    pub column: String,
}

/// Parameters of `bank.import_start`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportStart {
    /// What `bank.register` gave.
    #[schemars(with = "String")]
    pub registration: SecretString,
    /// The system parameter `database.uuid` of the calling database, to which the registration is bound.
    pub database_uuid: String,
    /// Name of the file.
    pub name: String,
    /// The file.
    pub content: Content,
    /// Format, where the content does not show it.
    #[serde(default)]
    pub format: Option<String>,
    /// Order of day, month and year, where the dates of the file leave it open.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Decimal mark of amounts, where those of the file leave it open.
    #[serde(default)]
    pub decimal_mark: Option<DecimalMark>,
    /// What the columns of a table are: the name of a preset that the bridge has, or the text of one (TOML).
    #[serde(default)]
    pub preset: Option<String>,
    /// Journal: its code, or COMPANY/CODE.
    #[serde(default)]
    pub journal: Option<String>,
    /// Takes the journal although its account is another than the statement's.
    #[serde(default)]
    pub force_journal: bool,
    /// Imports a file whose balances do not add up.
    #[serde(default)]
    pub accept_balance: bool,
    /// Writes nothing, and only tells what would happen.
    #[serde(default)]
    pub dry_run: bool,
    /// The import's id, where the caller has chosen one: a UUID that names no other.
    #[serde(default)]
    pub run: Option<String>,
}

/// An order of day, month and year.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum DateOrder {
    Dmy,
    Mdy,
    Ymd,
}

/// A decimal mark.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum DecimalMark {
    Point,
    Comma,
}

/// What the caller says about a file.
///
/// # Errors
/// BB-3602 for a preset that is none.
pub(super) fn options(
    order: Option<DateOrder>,
    mark: Option<DecimalMark>,
    preset: Option<&str>,
) -> Result<ParseOptions> {
    Ok(ParseOptions {
        date_order: order.map(|order| match order {
            DateOrder::Dmy => formats::DateOrder::DayMonthYear,
            DateOrder::Mdy => formats::DateOrder::MonthDayYear,
            DateOrder::Ymd => formats::DateOrder::YearMonthDay,
        }),
        decimal_mark: mark.map(|mark| match mark {
            DecimalMark::Point => formats::DecimalMark::Point,
            DecimalMark::Comma => formats::DecimalMark::Comma,
        }),
        preset: preset.map(formats::Preset::given).transpose()?,
    })
}

/// Parameters of `bank.run_status`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunOf {
    /// What `bank.import_start` gave.
    pub run: String,
}

/// Parameters of `bank.explain`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Explain {
    /// Code of the catalogue, `BB-3310`.
    pub code: String,
}

/// The bytes of a file, base64 on the wire.
pub(super) struct Content(pub Bytes);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl JsonSchema for Content {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Content".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "contentEncoding": "base64"})
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Base64;

        impl Visitor<'_> for Base64 {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Content, E> {
                // Encoders for mail break their lines.
                let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
                    STANDARD.decode(text.split_ascii_whitespace().collect::<String>())
                } else {
                    STANDARD.decode(text)
                };
                decoded.map(|bytes| Content(bytes.into())).map_err(|_| E::custom(NOT_BASE64))
            }
        }

        deserializer.deserialize_str(Base64)
    }
}

/// Reads a method's parameters.
///
/// # Errors
/// BB-1003 with the path of what is wrong, BB-1016 for a file that is not base64.
pub(super) async fn read<P>(params: Params<'static>) -> Result<P>
where
    P: DeserializeOwned + JsonSchema + Send + 'static,
{
    if params.len_bytes() <= LARGE {
        return from_text(params.as_str().unwrap_or("{}"));
    }
    let read = tokio::task::spawn_blocking(move || from_text(params.as_str().unwrap_or("{}")));
    read.await.map_err(|_| Error::new(Code::BUG).arg("what", "reading the parameters failed"))?
}

fn from_text<P: DeserializeOwned + JsonSchema>(text: &str) -> Result<P> {
    let text = match text.trim() {
        // By position means no parameters here; libraries write an empty list for none.
        list if list.starts_with('[') && list.ends_with(']') && list[1..list.len() - 1].trim().is_empty() => {
            "{}"
        }
        list if list.starts_with('[') => return Err(invalid("params (by name, not by position)")),
        text => text,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|failure| {
        let reason = failure.inner().to_string();
        if reason.starts_with(NOT_BASE64) {
            return Error::new(Code::FILE_NOT_BASE64);
        }
        invalid(&place(failure.path(), &reason, &members(&schemars::schema_for!(P))))
    })
}

/// BB-1003 for a parameter by its path.
pub(super) fn invalid(path: &str) -> Error {
    Error::new(Code::PARAMETER_INVALID).arg("path", path)
}

/// The path of a failure, in words of the schema alone: what a caller wrote as a name may be a secret too.
fn place(path: &serde_path_to_error::Path, reason: &str, members: &BTreeSet<String>) -> String {
    let mut parts: Vec<String> = path
        .iter()
        .map(|segment| match segment {
            Segment::Map { key } if members.contains(key) => key.clone(),
            Segment::Seq { index } => index.to_string(),
            _ => "(unknown)".to_owned(),
        })
        .collect();
    let named = reason.split('`').nth(1).filter(|name| members.contains(*name)).map(str::to_owned);
    if reason.starts_with("missing field") || reason.starts_with("duplicate field") {
        parts.extend(named.filter(|name| parts.last() != Some(name)));
    } else if reason.starts_with("unknown field") && parts.last().is_none_or(|last| last != "(unknown)") {
        parts.push("(unknown)".to_owned());
    }
    if parts.is_empty() { "params".to_owned() } else { parts.join(".") }
}

/// Names of all members of a schema, at any depth.
fn members(schema: &Schema) -> BTreeSet<String> {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    if let (true, Value::Object(properties)) = (key == "properties", inner) {
                        found.extend(properties.keys().cloned());
                    }
                    walk(inner, found);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| walk(inner, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(schema.as_value(), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of<P: DeserializeOwned + JsonSchema + fmt::Debug>(text: &str) -> String {
        let error = from_text::<P>(text).unwrap_err();
        assert_eq!(error.code(), Code::PARAMETER_INVALID);
        assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
        error.args()[0].1.clone()
    }

    #[test]
    fn a_failure_names_the_place_and_never_the_value() {
        assert_eq!(path_of::<Register>(r#"{"odoo": {"url": "SECRET"}}"#), "odoo.database");
        assert_eq!(path_of::<Register>(r#"{"odoo": "SECRET"}"#), "odoo");
        assert_eq!(path_of::<Register>(r#"{"odoo": {"SECRET": 1}}"#), "odoo.(unknown)");
        assert_eq!(path_of::<Register>(r#"{"SECRET": 1}"#), "(unknown)");
        assert_eq!(path_of::<Register>(r#"{"odoo": {"api_key": ["SECRET"]}}"#), "odoo.api_key");
        assert_eq!(path_of::<Register>("{}"), "odoo");
        assert_eq!(path_of::<Register>(r#""SECRET""#), "params");
        assert_eq!(path_of::<Register>(r#"["SECRET"]"#), "params (by name, not by position)");
        assert_eq!(path_of::<RunOf>(r#"{"run": "1", "run": "SECRET"}"#), "run");
        assert_eq!(path_of::<Nothing>(r#"{"SECRET": 1}"#), "(unknown)");
        assert_eq!(path_of::<ImportStart>(r#"{"force_journal": "SECRET"}"#), "force_journal");
        assert_eq!(path_of::<Parse>(r#"{"date_order": "SECRET"}"#), "date_order");
        assert_eq!(path_of::<Parse>(r#"{"decimal_mark": 1}"#), "decimal_mark");
    }

    #[test]
    fn every_order_and_mark_has_its_name() {
        for id in ["dmy", "mdy", "ymd"] {
            let read: DateOrder = serde_json::from_value(id.into()).unwrap();
            assert_eq!(options(Some(read), None, None).unwrap().date_order, formats::DateOrder::find(id));
        }
        for id in ["point", "comma"] {
            let read: DecimalMark = serde_json::from_value(id.into()).unwrap();
            assert_eq!(options(None, Some(read), None).unwrap().decimal_mark, formats::DecimalMark::find(id));
        }
    }

    #[test]
    fn no_parameters_may_be_written_three_ways() {
        for text in ["{}", "[]", "[ ]"] {
            assert!(from_text::<Nothing>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_file_is_base64_with_or_without_line_breaks() {
        let of = |content: &str| from_text::<Parse>(&format!(r#"{{"name": "a", "content": "{content}"}}"#));
        assert_eq!(&*of("aGVsbG8=").unwrap().content.0, b"hello");
        assert_eq!(&*of("aGVs\\nbG8=\\r\\n").unwrap().content.0, b"hello");
        assert_eq!(of("SECRET!").unwrap_err().code(), Code::FILE_NOT_BASE64);
        assert_eq!(format!("{:?}", of("aGVsbG8=").unwrap().content), "Content(5 bytes)");
    }
}

//! What stands before `<OFX>`: version, encoding, and in which of its many shapes.
//!
//! The standard has nine lines of `KEY:VALUE` (1.x) or an XML declaration and a processing instruction (2.x). Banks
//! lose the ends of lines, put it in a comment, write two keys or none. So nothing depends on it: it is searched for
//! what it may say.

use crate::domain::Text;

/// What the header says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// `ofx.1.0.2`; `ofx.1` or `ofx.2` where the version is missing, `ofx` without a header.
    pub(super) source: Text,
    /// How it is written, in words.
    pub(super) shape: &'static str,
    /// The encoding by a name of the WHATWG standard, where it says one.
    pub(super) label: Option<String>,
}

/// Keys of the header; on one line a value ends where the next key begins.
const KEYS: [&str; 9] = [
    "OFXHEADER",
    "DATA",
    "VERSION",
    "SECURITY",
    "ENCODING",
    "CHARSET",
    "COMPRESSION",
    "OLDFILEUID",
    "NEWFILEUID",
];

/// Where `<OFX>` begins in the head of a file whose zeros were taken out.
pub(super) fn start(letters: &[u8]) -> Option<usize> {
    root(letters, b"OFX")
}

/// Whether it is of the format before OFX.
pub(super) fn is_older(letters: &[u8]) -> bool {
    root(letters, b"OFC").is_some()
}

fn root(letters: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'<', letters).find(|at| {
        let Some((word, rest)) = letters.get(at + 1..).and_then(|rest| rest.split_at_checked(name.len()))
        else {
            return false;
        };
        word.eq_ignore_ascii_case(name) && rest.first().is_none_or(|b| *b == b'>' || b.is_ascii_whitespace())
    })
}

/// Reads the header.
pub(super) fn read(before: &[u8]) -> Header {
    let text = String::from_utf8_lossy(before).to_ascii_uppercase();
    let of_xml = text.contains("<?XML") || text.contains("<?OFX");
    let of_sgml = text.contains("OFXSGML") || text.contains("OFXHEADER:");
    let version = values(&text, "VERSION").find_map(|value| {
        let digits: [u8; 3] = value.as_bytes().get(..3)?.try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(digits.map(char::from))
    });
    let source = match version {
        Some([a, b, c]) => compact_str::format_compact!("ofx.{a}.{b}.{c}"),
        None if of_xml => Text::const_new("ofx.2"),
        None if of_sgml => Text::const_new("ofx.1"),
        None => Text::const_new("ofx"),
    };
    let lines = text.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).count();
    let keys = KEYS.iter().filter(|key| text.contains(*key)).count();
    let shape = if of_xml {
        "XML declaration"
    } else if keys == 0 {
        "no header"
    } else if text.contains("<!--") {
        "keys and values in a comment"
    } else if lines == 1 && keys > 1 {
        "keys and values on one line"
    } else {
        "keys and values"
    };
    let labels = values(&text, "CHARSET").chain(values(&text, "ENCODING"));
    let label = labels.into_iter().find_map(|name| label(&name));
    Header { source, shape, label }
}

/// The values of a key, as `KEY:VALUE` or `KEY="VALUE"`.
fn values(text: &str, key: &str) -> impl Iterator<Item = String> {
    text.match_indices(key).filter_map(move |(at, _)| {
        let rest = text.get(at + key.len()..)?.trim_start_matches([' ', '\t']);
        let rest = rest.strip_prefix([':', '='])?.trim_start_matches([' ', '\t', ':', '"', '\'']);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
        let value = rest.get(..end.unwrap_or(rest.len()))?;
        let next = KEYS.iter().filter_map(|key| value.find(key)).min();
        Some(value.get(..next.unwrap_or(value.len()))?.to_owned())
    })
}

/// Names of the header in those of the WHATWG standard.
fn label(name: &str) -> Option<String> {
    match name {
        "" | "NONE" | "USASCII" | "US-ASCII" | "ASCII" | "UNICODE" | "CSUNICODE" => None,
        "1252" | "8859-1" => Some("windows-1252".to_owned()),
        "932" => Some("shift_jis".to_owned()),
        _ if name.len() == 4 && name.starts_with("125") => Some(format!("windows-{name}")),
        _ if name.starts_with("8859-") => Some(format!("iso-{name}")),
        _ => Some(name.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_header_is_read() {
        let of = |text: &str| {
            let header = read(text.as_bytes());
            (header.source.to_string(), header.shape, header.label)
        };
        let label = |name: &str| Some(name.to_owned());
        let lines = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION: 102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n";
        assert_eq!(of(lines), ("ofx.1.0.2".to_owned(), "keys and values", label("windows-1252")));
        let line = lines.replace("\r\n", "");
        assert_eq!(of(&line), ("ofx.1.0.2".to_owned(), "keys and values on one line", label("windows-1252")));
        let comment = format!("<!--\n{lines}-->\n");
        assert_eq!(of(&comment).1, "keys and values in a comment");
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><?OFX OFXHEADER=\"200\" VERSION=\"211\"?>";
        assert_eq!(of(xml), ("ofx.2.1.1".to_owned(), "XML declaration", label("utf-8")));
        assert_eq!(of("<?xml version='1.0'?>"), ("ofx.2".to_owned(), "XML declaration", None));
        assert_eq!(
            of("DATA:OFXSGML\nENCODING:UTF-8\n"),
            ("ofx.1".to_owned(), "keys and values", label("utf-8"))
        );
        assert_eq!(of("\n\n"), ("ofx".to_owned(), "no header", None));
        assert_eq!(of("VERSION:102\nCHARSET:8859-15").2, label("iso-8859-15"));
    }

    #[test]
    fn the_root_is_found_in_either_case() {
        assert_eq!(start(b"x <OFX>"), Some(2));
        assert_eq!(start(b"<ofx\n>"), Some(0));
        assert_eq!(start(b"<OFXHEADER>"), None);
        assert!(is_older(b"<OFC><"));
    }
}

//! Which encoding the text of a file is in.
//!
//! The standard says ISO-8859-1; old programs write code page 850, gateways recode to UTF-8, and no field says
//! so. What decides: a byte-order mark; nothing but ASCII; strict UTF-8 whose lines keep their 128 characters;
//! else one byte a character, where the common letters of code page 850 lie in 0x80-0x9F and those of
//! Windows-1252, which covers ISO-8859-1, lie above.

use super::lines::Lines;
use crate::errors::Result;
use crate::formats::Input;

/// Byte-order mark of UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Characters of the bytes 0x80-0xFF.
pub(super) type Alphabet = [char; 128];

/// What the text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// No byte above 0x7F so far.
    Ascii,
    /// UTF-8: a column may be several bytes.
    Utf8,
    /// Code page 850.
    Cp850,
    /// Windows-1252, and so ISO-8859-1.
    Windows1252,
}

impl Encoding {
    /// Its name, and by what it is known.
    pub(super) fn explained(self) -> (&'static str, &'static str) {
        match self {
            Self::Ascii => ("ASCII", "no byte lies above 0x7F"),
            Self::Utf8 => ("UTF-8", "its byte order mark, or lines that keep their 128 characters only so"),
            Self::Cp850 => ("code page 850", "its letters lie where that has them"),
            Self::Windows1252 => ("windows-1252", "its letters lie where that has them"),
        }
    }

    /// The alphabet of an encoding with one byte a character.
    pub(super) fn alphabet(self) -> Option<Alphabet> {
        match self {
            Self::Ascii | Self::Utf8 => None,
            Self::Cp850 => Some(oem_cp::code_table::DECODING_TABLE_CP850),
            Self::Windows1252 => Some(windows_1252()),
        }
    }
}

/// The upper half of Windows-1252; its five bytes without a character become the replacement character.
fn windows_1252() -> Alphabet {
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
    let mut alphabet = [char::REPLACEMENT_CHARACTER; 128];
    for (place, character) in alphabet.iter_mut().zip(text.chars()) {
        *place = if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    }
    alphabet
}

/// Bytes of code page 850 that the letters of French, Dutch and German need: ü é â ä à ç ê ë è ï î Ä É ô ö û ù.
const LETTERS_OF_850: &[u8] =
    &[0x81, 0x82, 0x83, 0x84, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8e, 0x90, 0x93, 0x94, 0x96, 0x97];

/// How much a byte between its neighbours speaks for code page 850. Windows-1252 has quotation marks, dashes, dots
/// and a few capitals among the same bytes, which stand elsewhere than letters inside a word do.
fn of_850(before: u8, byte: u8, after: u8) -> u64 {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    let inside = match byte {
        // Windows-1252 has no character there.
        0x81 | 0x90 => return 3,
        0x93 | 0x94 | 0x96 => letter(before) && letter(after),
        0x97 => letter(before),
        0x85 => !letter(before) || letter(after),
        _ => letter(before) || after.is_ascii_lowercase(),
    };
    u64::from(inside && LETTERS_OF_850.contains(&byte))
}

/// Reads the file once for its encoding.
///
/// # Errors
/// As [`Lines::next_raw`].
pub(super) fn detect(input: &Input) -> Result<Encoding> {
    let mut lines = Lines::new(input)?;
    let (mut strict, mut kept_columns, mut counted_bytes) = (true, false, true);
    let (mut votes_850, mut votes_1252, mut high) = (0_u64, 0_u64, false);
    while let Some(line) = lines.next_raw()? {
        if line.is_ascii() {
            continue;
        }
        high = true;
        match std::str::from_utf8(line) {
            Ok(text) => {
                kept_columns |= text.chars().count() == 128;
                counted_bytes &= line.len() == 128;
            }
            Err(_) => strict = false,
        }
        for (place, byte) in line.iter().enumerate().filter(|(_, b)| !b.is_ascii()) {
            let at = |place: usize| line.get(place).copied().unwrap_or(b' ');
            votes_850 += of_850(at(place.wrapping_sub(1)), *byte, at(place + 1));
            votes_1252 += u64::from(*byte >= 0xc0);
        }
    }
    Ok(if !high {
        Encoding::Ascii
    } else if strict && (kept_columns || !counted_bytes) {
        Encoding::Utf8
    } else if votes_850 > votes_1252 {
        Encoding::Cp850
    } else {
        Encoding::Windows1252
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Encoding {
        let mut line = b"4 00010000".to_vec();
        line.extend_from_slice(text);
        detect(&Input::from_bytes("x", line, 1 << 20).unwrap()).unwrap()
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(of(b"CAFE"), Encoding::Ascii);
        assert_eq!(of("CAFÉ".as_bytes()), Encoding::Utf8);
        assert_eq!(of(b"CITRO\x89N"), Encoding::Cp850);
        assert_eq!(of(b"\xe0 vue"), Encoding::Windows1252);
        assert_eq!(of(b"12 \x80 \x85 \xe9\xe8"), Encoding::Windows1252, "the sign of the euro and letters");
        assert_eq!(
            of(b"5 \x80 \x96 \x93quoted\x94 \x8aKODA"),
            Encoding::Windows1252,
            "dash, quotation marks, capital"
        );
        assert_eq!(of(b"\x85 la cr\x8ame"), Encoding::Cp850);
        assert_eq!(of(b"CAF\x90"), Encoding::Cp850);
    }

    #[test]
    fn a_line_of_128_bytes_that_is_utf8_by_chance_keeps_its_columns() {
        let mut text = b"caf\xc3\xa9".to_vec();
        text.resize(118, b' ');
        assert_eq!(of(&text), Encoding::Windows1252);
        text.push(b' ');
        assert_eq!(of(&text), Encoding::Utf8);
    }

    #[test]
    fn bytes_without_a_character_are_replaced() {
        let alphabet = windows_1252();
        assert_eq!(alphabet[0], '€');
        assert_eq!(alphabet[1], char::REPLACEMENT_CHARACTER);
        assert_eq!(alphabet[0xe9 - 0x80], 'é');
    }
}

//! Lines of a file into what they are: fields, block headers, ends of messages, text.
//!
//! Every bank wraps messages in another way: SWIFT blocks (`{1:…}{2:…}{4:` … `-}`), lines that name sender and
//! kind, control characters around everything, or nothing at all. Only tags of the standards count as fields: a
//! wrapped text may begin with a colon, and a time that was cut may look like a tag.

/// Field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `:20:`, with which a message begins.
    Reference,
    /// `:25:`, `:25P:`.
    Account,
    /// `:28:`, `:28C:`.
    Number,
    /// `:60F:`, `:60:`.
    Opening,
    /// `:60M:`, of a page that continues another.
    OpeningInterim,
    /// `:61:`.
    Entry,
    /// `:86:`.
    Information,
    /// `:62F:`, `:62:`.
    Closing,
    /// `:62M:`, of a page that another continues.
    ClosingInterim,
    /// `:34F:`, which MT942 has.
    Floor,
    /// `:13:`, `:13D:`, which MT942 has.
    Time,
    /// `:90D:`.
    Debits,
    /// `:90C:`.
    Credits,
    /// `:NS:`, German and Hungarian lines of the bank's own.
    NonSwift,
    /// `:64:`, `:65:`, which are not booked.
    Available,
    /// `:940:`, which names the kind.
    Kind,
    /// Another one of the standards, of which nothing is needed.
    Other,
}

impl Tag {
    /// Name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reference => "20",
            Self::Account => "25",
            Self::Number => "28C",
            Self::Opening => "60F",
            Self::OpeningInterim => "60M",
            Self::Entry => "61",
            Self::Information => "86",
            Self::Closing => "62F",
            Self::ClosingInterim => "62M",
            Self::Floor => "34F",
            Self::Time => "13D",
            Self::Debits => "90D",
            Self::Credits => "90C",
            Self::NonSwift => "NS",
            Self::Available => "64",
            Self::Kind => "940",
            Self::Other => "21",
        }
    }

    /// Whether behind a closing balance it can only be of the next message.
    pub(super) fn begins(self) -> bool {
        matches!(self, Self::Account | Self::Number | Self::Opening | Self::OpeningInterim)
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'b> {
    /// The first line of a field, without its tag; with the two digits of the tag.
    Field(Tag, &'b [u8]),
    /// Header or trailer of SWIFT, `-}` included.
    Blocks(&'b [u8]),
    /// A hyphen alone.
    End,
    /// Anything else.
    Text(&'b [u8]),
    /// Nothing.
    Blank,
}

/// What a line is, by itself.
pub(super) fn part(line: &[u8]) -> Part<'_> {
    let line = trimmed(line);
    match line {
        [] => Part::Blank,
        [b':', rest @ ..] => field(rest).unwrap_or(Part::Text(line)),
        [b'{', digit, b':', ..] if digit.is_ascii_alphanumeric() => Part::Blocks(line),
        [b'-', b'}', ..] => Part::Blocks(line),
        // `-XXX`, with a soft hyphen at times, ends the messages of some exports of ING.
        [b'-'] | [b'-' | 0xad, b'X', b'X', b'X'] | [0xc2, 0xad, b'X', b'X', b'X'] => Part::End,
        [b'-', rest @ ..] if rest.iter().all(|b| *b == b' ') => Part::End,
        _ if line.iter().all(|b| *b == b' ') => Part::Blank,
        _ => Part::Text(line),
    }
}

/// Control characters (STX, ETX, `$` of a dump are none of the message) off both ends.
fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [first, rest @ ..] = line
        && first.is_ascii_control()
        && *first != b'\t'
    {
        line = rest;
    }
    while let [rest @ .., last] = line
        && (last.is_ascii_control() && *last != b'\t')
    {
        line = rest;
    }
    // A dump puts `$` between messages.
    match line.split_first() {
        Some((b'$', rest)) if rest.is_empty() || rest.starts_with(b"{") || rest.starts_with(b"-}") => rest,
        _ => line,
    }
}

/// A tag and what stands behind it; `rest` begins after the first colon.
fn field(rest: &[u8]) -> Option<Part<'_>> {
    let end = rest.iter().take(5).position(|b| *b == b':')?;
    let (name, value) = (rest.get(..end)?, rest.get(end + 1..)?);
    let tag = match name {
        b"20" => Tag::Reference,
        b"25" | b"25P" => Tag::Account,
        b"28" | b"28C" => Tag::Number,
        b"60" | b"60F" => Tag::Opening,
        b"60M" => Tag::OpeningInterim,
        b"61" => Tag::Entry,
        b"86" | b"86 " => Tag::Information,
        b"62" | b"62F" => Tag::Closing,
        b"62M" => Tag::ClosingInterim,
        b"34F" => Tag::Floor,
        b"13" | b"13D" => Tag::Time,
        b"90D" => Tag::Debits,
        b"90C" => Tag::Credits,
        b"NS" => Tag::NonSwift,
        b"64" | b"65" | b"64F" | b"65F" => Tag::Available,
        b"940" | b"942" | b"950" | b"941" => return Some(Part::Field(Tag::Kind, name)),
        b"12" | b"21" | b"23" | b"NSF" => Tag::Other,
        _ => return None,
    };
    Some(Part::Field(tag, value))
}

/// The kind of message that a header line says: `940`, `940 00`, `{2:O9401200…`, `F01…`.
pub(super) fn kind(text: &[u8]) -> Option<u16> {
    let digits = match text {
        [b'9', b'4', b'0' | b'1' | b'2'] | [b'9', b'5', b'0'] => text,
        [a, b, c, b' ', b'0', b'0'] if text.starts_with(b"9") => &[*a, *b, *c],
        _ => return None,
    };
    number(digits)
}

/// Blocks of SWIFT on one line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks<'b> {
    /// The line ends the message before it.
    pub(super) ends: bool,
    /// A message begins.
    pub(super) begins: bool,
    /// Kind of the message that begins, from block 2.
    pub(super) kind: Option<u16>,
    /// What stands behind `{4:`: the first line of the text.
    pub(super) text: &'b [u8],
}

/// Reads `{1:…}{2:…}{3:…}{4:`, `-}{5:…}`, or both on one line.
pub(super) fn blocks(line: &[u8]) -> Blocks<'_> {
    let mut found = Blocks::default();
    let mut rest = line;
    loop {
        rest = match rest {
            [b'-', b'}', more @ ..] => {
                found.ends = true;
                more
            }
            [b'{', b'4', b':', more @ ..] => {
                found.begins = true;
                found.text = trimmed(more);
                return found;
            }
            [b'{', b'2', b':', b'I' | b'O', more @ ..] => {
                found.kind = more.get(..3).and_then(number);
                found.begins = true;
                after_block(rest)
            }
            [b'{', b'1', b':', ..] => {
                found.begins = true;
                after_block(rest)
            }
            [b'{', ..] => after_block(rest),
            [_, more @ ..] => more,
            [] => return found,
        };
    }
}

/// What follows a block; blocks hold blocks (`{3:{108:…}}`).
fn after_block(text: &[u8]) -> &[u8] {
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // The header of block 4 never closes on its line.
        let next = text.get(at + 1..).unwrap_or_default();
        if depth == 0 || next.starts_with(b"{4:") {
            return next;
        }
    }
    &[]
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
    })
}

/// Whether a line before a message is its header and nothing else: the kind, a BIC, a header of a gateway
/// (`0000 01INGBNL2AXXXX00001`, `F01KNABNL2HAXXX`).
pub(super) fn is_header(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let upper = |text: &[u8]| text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let bic = |text: &[u8]| {
        text.len() >= 8
            && text.iter().take(6).all(u8::is_ascii_uppercase)
            && upper(text)
            && matches!(text.len(), 8 | 11 | 12)
    };
    let gateway = text.len() >= 12
        && text.len() <= 40
        && (text.starts_with(b"F01") || text.iter().take(4).all(u8::is_ascii_digit))
        && text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ');
    kind(text).is_some() || bic(text) || gateway
}

/// Whether a line that looks like a tag is a time that was cut before its minutes: `…T13` / `:12:11`.
pub(super) fn is_cut_time(before: &[u8], line: &[u8]) -> bool {
    let hours = matches!(before, [.., a, b'0'..=b'2', b'0'..=b'9'] if !a.is_ascii_digit());
    let rest = matches!(trimmed(line), [b':', b'0'..=b'5', b'0'..=b'9', b':', b'0'..=b'5', b'0'..=b'9', more @ ..]
        if !more.first().is_some_and(u8::is_ascii_digit));
    hours && rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_the_standards_are_fields() {
        assert_eq!(part(b":20:ABC"), Part::Field(Tag::Reference, b"ABC"));
        assert_eq!(part(b"\x02:60M:C"), Part::Field(Tag::OpeningInterim, b"C"));
        assert_eq!(part(b":940:"), Part::Field(Tag::Kind, b"940"));
        assert_eq!(part(b":86 :x"), Part::Field(Tag::Information, b"x"));
        for text in [&b":08 Karten?25"[..], b":KO:NR:4", b":23E:X", b":", b"::", b"x:20:", b"-x", b"{x"] {
            assert_eq!(part(text), Part::Text(text));
        }
        assert_eq!(part(b"-"), Part::End);
        assert_eq!(part(b"-  "), Part::End);
        assert_eq!(part(b"-XXX"), Part::End);
        assert_eq!(part(b" \x03"), Part::Blank);
        assert_eq!(part(b"\x01$-}\x03"), Part::Blocks(b"-}"));
    }

    #[test]
    fn blocks_are_read_wherever_they_stand() {
        let one = blocks(b"{1:F01BANKBEBBAXXX0000000000}{2:O9401200260101BANKBEBB}{3:{108:X}}{4:");
        assert_eq!(one, Blocks { ends: false, begins: true, kind: Some(940), text: b"" });
        let two = blocks(b"-}{5:{CHK:1}}{1:F01X}{2:I942X}{4::20:A");
        assert_eq!(two, Blocks { ends: true, begins: true, kind: Some(942), text: b":20:A" });
        let broken = blocks(b"{1:F01X}{2:I940X{3:{108:X}{4:");
        assert_eq!((broken.begins, broken.kind), (true, Some(940)));
        assert_eq!(blocks(b"-}"), Blocks { ends: true, ..Blocks::default() });
    }

    #[test]
    fn headers_of_banks_are_no_text() {
        for header in
            [&b"ABNANL2A"[..], b"940", b"940 00", b"0000 01INGBNL2AXXXX00001", b"F01KNABNL2HAXXX0000"]
        {
            assert!(is_header(header), "{}", String::from_utf8_lossy(header));
        }
        for text in [&b"Invoice 12"[..], b"0012", b"Betaling", b"9400", b"/REMI/X"] {
            assert!(!is_header(text), "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(kind(b"942"), Some(942));
        assert_eq!(kind(b"940 00"), Some(940));
    }

    #[test]
    fn a_cut_time_is_no_tag() {
        assert!(is_cut_time(b"2026-01-01T13", b":12:11"));
        assert!(is_cut_time(b"x 09", b":20:15 Uhr"));
        assert!(!is_cut_time(b"2026", b":20:15"));
        assert!(!is_cut_time(b"x 09", b":20:150"));
        assert!(!is_cut_time(b"x 09", b":61:15"));
        assert!(!is_cut_time(b"x 09", b":20:STARTUMS"));
    }
}

//! Structured communications: references with check digits that tell a creditor which invoice is paid.

use super::Text;
use super::account::mod97;

/// A Belgian structured communication (OGM-VCS): ten digits and their remainder by 97, where 0 is written 97.
///
/// Gives it as `+++ddd/dddd/ddddd+++`; none where it has not twelve digits or the check digits are wrong.
#[must_use]
pub fn belgian(digits: &str) -> Option<Text> {
    let (mut plain, mut count) = ([0; 12], 0);
    for byte in digits.bytes() {
        match byte {
            // Most texts are told from a reference by their first letter.
            b'0'..=b'9' => {
                *plain.get_mut(count)? = byte;
                count += 1;
            }
            b'+' | b'/' | b'*' | b' ' => {}
            _ => return None,
        }
    }
    let plain = std::str::from_utf8(plain.get(..count).filter(|plain| plain.len() == 12)?).ok()?;
    let number: u64 = plain.get(..10)?.parse().ok()?;
    let check: u64 = plain.get(10..)?.parse().ok()?;
    let expected = match number % 97 {
        0 => 97,
        rest => rest,
    };
    (check == expected).then(|| {
        compact_str::format_compact!(
            "+++{}/{}/{}+++",
            plain.get(..3).unwrap_or_default(),
            plain.get(3..7).unwrap_or_default(),
            plain.get(7..).unwrap_or_default()
        )
    })
}

/// A creditor reference of ISO 11649: `RF`, two check digits, up to 21 letters and digits.
///
/// Gives it without spaces; none where the form or the check digits are wrong.
#[must_use]
pub fn creditor_reference(written: &str) -> Option<Text> {
    let letters = written.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase());
    if !letters.take(2).eq(*b"RF") {
        return None;
    }
    let plain = super::account::compact(written);
    let (head, tail) = plain.split_at_checked(4)?;
    let formed = plain.len() <= 25 && head.starts_with("RF") && !tail.is_empty();
    (formed && mod97(tail.bytes().chain(head.bytes())) == Some(1)).then_some(plain)
}

/// A Belgian communication that stands in a text: `+++ddd/dddd/ddddd+++` or with asterisks; the first with right
/// check digits.
#[must_use]
pub fn within(text: &str) -> Option<Text> {
    // Most texts have neither sign.
    memchr::memchr2(b'+', b'*', text.as_bytes())?;
    for mark in ["+++", "***"] {
        for (at, _) in text.match_indices(mark).take(16) {
            let Some(found) = text.get(at..at + 20).filter(|found| found.ends_with(mark)) else { continue };
            let bytes = found.as_bytes();
            if bytes.get(6) == Some(&b'/')
                && bytes.get(11) == Some(&b'/')
                && let Some(formed) = belgian(found)
            {
                return Some(formed);
            }
        }
    }
    None
}

/// A Swiss reference of a QR-bill (QRR) or of the payment slips before it (ISR): 27 digits, the last of which checks
/// the others (modulo 10, recursive).
///
/// Gives the digits without blanks; none where the form or the check digit is wrong, or all are zeros.
#[must_use]
pub fn swiss(written: &str) -> Option<Text> {
    /// What the next digit is carried into, by the carry before.
    const CARRY: [usize; 10] = [0, 9, 4, 6, 8, 2, 7, 1, 3, 5];
    let plain: Text = written.chars().filter(|c| *c != ' ').collect();
    let (digits, check) = plain.as_bytes().split_at_checked(26)?;
    let [check] = check else { return None };
    let value = |byte: &u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    let carry = digits.iter().try_fold(0, |carry, byte| CARRY.get((carry + value(byte)?) % 10).copied())?;
    let right = value(check)? == (10 - carry) % 10;
    (right && plain.bytes().any(|b| b != b'0')).then_some(plain)
}

/// The one Swiss reference that stands alone in a text: as one word of 27 digits, or in the groups of the bill
/// (`dd ddddd ddddd ddddd ddddd ddddd`). None where several differ.
#[must_use]
pub fn swiss_within(text: &str) -> Option<Text> {
    let bytes = text.as_bytes();
    let mut found: Option<Text> = None;
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        let start = at + start;
        let run = |from: usize| {
            bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let first = run(start);
        let length = match first {
            27 => 27,
            2 if (0..5).all(|group| {
                let from = start + 2 + group * 6;
                bytes.get(from) == Some(&b' ') && run(from + 1) == 5
            }) =>
            {
                32
            }
            _ => 0,
        };
        let free =
            start.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|byte| is_free(*byte))
                && bytes.get(start + length).is_none_or(|byte| is_free(*byte));
        if length > 0
            && free
            && let Some(reference) = text.get(start..start + length).and_then(swiss)
        {
            if found.as_ref().is_some_and(|known| *known != reference) {
                return None;
            }
            found = Some(reference);
        }
        at = start + length.max(first);
    }
    found
}

/// The one creditor reference of ISO 11649 that is a word of a text; none where several differ. Written in groups it
/// is left alone, since nothing says where its last group ends.
#[must_use]
pub fn creditor_reference_within(text: &str) -> Option<Text> {
    /// A shorter one is as likely a word.
    const SHORTEST: usize = 8;
    memchr::memmem::find(text.as_bytes(), b"RF")?;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= SHORTEST);
    let claims = |word: &&str| {
        let rest = word.strip_prefix("RF").and_then(|rest| rest.as_bytes().first_chunk::<2>());
        rest.is_some_and(|check| check.iter().all(u8::is_ascii_digit))
    };
    let mut found = words.filter(claims).filter_map(creditor_reference);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// Whether a byte beside a reference is no part of it.
fn is_free(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belgian_check_digits() {
        assert_eq!(belgian("090933755493").as_deref(), Some("+++090/9337/55493+++"));
        assert_eq!(belgian("+++090/9337/55493+++").as_deref(), Some("+++090/9337/55493+++"));
        assert_eq!(belgian("090933755494"), None);
        assert_eq!(belgian("000000009797").as_deref(), Some("+++000/0000/09797+++"), "remainder 0 is 97");
        assert_eq!(belgian("12345"), None);
        assert_eq!(belgian("0909337554930"), None);
        assert_eq!(belgian("0909337554é"), None);
        assert_eq!(belgian(""), None);
    }

    #[test]
    fn communications_within_a_text() {
        let formed = Some("+++090/9337/55493+++");
        assert_eq!(within("rent +++090/9337/55493+++ May").as_deref(), formed);
        assert_eq!(within("***090/9337/55493***").as_deref(), formed);
        assert_eq!(within("+++090/9337/55494+++"), None);
        assert_eq!(within("é+++090/9337/5549"), None);
    }

    #[test]
    fn swiss_references() {
        let plain = "210000000003139471430009017";
        assert_eq!(swiss("21 00000 00003 13947 14300 09017").as_deref(), Some(plain));
        assert_eq!(swiss("210000000003139471430009016"), None, "check digit");
        assert_eq!(swiss("000000000000000000000000000"), None, "a blank form");
        assert_eq!(swiss("2100000000031394714300090170"), None, "28 digits");
        for text in [
            "QRR: 21 00000 00003 13947 14300 09017, fee 1.00",
            "210000000003139471430009017",
            "12 21 00000 00003 13947 14300 09017 and 210000000003139471430009017",
        ] {
            assert_eq!(swiss_within(text).as_deref(), Some(plain), "{text}");
        }
        for text in [
            "A210000000003139471430009017",
            "1210000000003139471430009017",
            "21 00000 00003 13947 14300 090170",
            "21 00000 00003 13947 14300 09016",
            "210000000003139471430009017 or 000000000000000000010022063",
            "",
        ] {
            assert_eq!(swiss_within(text), None, "{text}");
        }
    }

    #[test]
    fn creditor_references_within_a_text() {
        let formed = Some("RF18539007547034");
        assert_eq!(creditor_reference_within("Invoice RF18539007547034, thanks").as_deref(), formed);
        for text in ["RF19539007547034", "RF18 5390 0754 7034", "XRF18539007547034", "SURF18"] {
            assert_eq!(creditor_reference_within(text), None, "{text}");
        }
    }

    #[test]
    fn creditor_references() {
        assert_eq!(creditor_reference("RF18 5390 0754 7034").as_deref(), Some("RF18539007547034"));
        assert_eq!(creditor_reference("é-rf18539007547034").as_deref(), Some("RF18539007547034"));
        assert_eq!(creditor_reference("RF19539007547034"), None);
        assert_eq!(creditor_reference("RF18"), None);
    }
}

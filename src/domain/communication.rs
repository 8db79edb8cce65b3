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
    fn creditor_references() {
        assert_eq!(creditor_reference("RF18 5390 0754 7034").as_deref(), Some("RF18539007547034"));
        assert_eq!(creditor_reference("é-rf18539007547034").as_deref(), Some("RF18539007547034"));
        assert_eq!(creditor_reference("RF19539007547034"), None);
        assert_eq!(creditor_reference("RF18"), None);
    }
}

//! Dates with the month in letters, in the languages of our banks: `10 Feb 2026`, `3 mars 2026`, `15-mrt-2026`.

use std::borrow::Cow;

use super::names::fold;

/// Beginnings of the months' names in English, Dutch, French, German, Italian and Spanish, folded; each is in no
/// other month's name.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fev"],
    &["mar", "maa", "mrt", "mae"],
    &["apr", "avr", "abr"],
    &["may", "mei", "mai", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott"],
    &["nov"],
    &["dec", "dez", "dic", "dez"],
];

/// The date with its month as a number: `10 Feb 2026` as `10 02 2026`, `Feb 10, 2026` as `2026-02-10`. Anything
/// else stays as it is.
pub(super) fn in_numbers(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find(char::is_alphabetic) else { return Cow::Borrowed(text) };
    if text.get(start..start + 1) == Some("T")
        && text.as_bytes().get(start + 1).is_some_and(u8::is_ascii_digit)
    {
        // 2026-02-10T10:00:00
        return Cow::Borrowed(text);
    }
    let tail = text.get(start..).unwrap_or_default();
    let length = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
    let (word, rest) = tail.split_at(length);
    let Some(month) = number(word) else { return Cow::Borrowed(text) };
    let head = text.get(..start).unwrap_or_default();
    let rest = rest.trim_start_matches(['.', ',', ' ', '-', '/']);
    if head.trim().is_empty() {
        // Month, day, year.
        let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        return match (numbers.next(), numbers.next()) {
            (Some(day), Some(year)) if year.len() == 4 => Cow::Owned(format!("{year}-{month:02}-{day}")),
            _ => Cow::Borrowed(text),
        };
    }
    let head = head.trim_end_matches(['.', ' ', '-', '/']);
    Cow::Owned(format!("{head}-{month:02}-{rest}"))
}

fn number(word: &str) -> Option<usize> {
    let folded = fold(word);
    if folded.len() < 3 {
        return None;
    }
    MONTHS.iter().position(|names| names.iter().any(|name| folded.starts_with(name))).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_letters_become_numbers() {
        let cases = [
            ("10 Feb 2026", "10-02-2026"),
            ("3 mars 2026", "3-03-2026"),
            ("15-mrt-2026", "15-03-2026"),
            ("1. Dezember 2026", "1-12-2026"),
            ("2026-août-03", "2026-08-03"),
            ("Feb 10, 2026", "2026-02-10"),
            ("28 October 2019", "28-10-2019"),
            ("2026-02-10T10:00:00", "2026-02-10T10:00:00"),
            ("10/02/2026", "10/02/2026"),
            ("total 5", "total 5"),
        ];
        for (text, expected) in cases {
            assert_eq!(in_numbers(text), expected, "{text}");
        }
    }
}

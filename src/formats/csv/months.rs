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

/// A date with its month in letters, year first: `10 Feb 2026` and `Feb 10, 2026` are `2026-02-10`, so that no order
/// is left open. Anything else stays as it is.
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
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let head = head.trim().trim_end_matches(['.', ' ', '-', '/']);
    let parts = match (head, numbers.next(), numbers.next()) {
        ("", Some(day), Some(year)) => Some((year, day)),
        ("", ..) => None,
        (year, Some(day), _) if year.len() == 4 => Some((year, day)),
        (day, Some(year), _) => Some((year, day)),
        _ => None,
    };
    let whole = |year: &str| match (year.len(), year.parse::<u16>()) {
        (4, Ok(year)) => Some(year),
        (2, Ok(year)) => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    };
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match parts.filter(|(_, day)| digits(day)).and_then(|(year, day)| Some((whole(year)?, day))) {
        Some((year, day)) => Cow::Owned(format!("{year}-{month:02}-{day:0>2}")),
        None => Cow::Borrowed(text),
    }
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
            ("10 Feb 2026", "2026-02-10"),
            ("3 mars 2026", "2026-03-03"),
            ("15-mrt-26", "2026-03-15"),
            ("1. Dezember 2026", "2026-12-01"),
            ("2026-août-03", "2026-08-03"),
            ("Feb 10, 2026", "2026-02-10"),
            ("28 October 2019 10:15", "2019-10-28"),
            ("2026-02-10T10:00:00", "2026-02-10T10:00:00"),
            ("10/02/2026", "10/02/2026"),
            ("total 5", "total 5"),
            ("12 July", "12 July"),
        ];
        for (text, expected) in cases {
            assert_eq!(in_numbers(text), expected, "{text}");
        }
    }
}

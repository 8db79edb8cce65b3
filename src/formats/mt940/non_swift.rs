//! `:NS:`, lines of German and Hungarian banks that are no field of SWIFT: a two-digit number, then up to 35
//! characters.

use super::information::{Draft, collapsed, push_collapsed};
use crate::domain::Text;

/// Reads the lines of one booking.
pub(super) fn read(text: &str, draft: &mut Draft) {
    let mut said = Text::default();
    for line in text.lines() {
        let Some((number, value)) = line.split_at_checked(2) else { continue };
        let value = value.trim();
        match number.parse::<u8>() {
            Ok(1..=14) => push_collapsed(&mut said, value),
            Ok(15 | 16) => push_collapsed(&mut draft.name, value),
            Ok(17) if draft.booking_text.is_empty() => draft.booking_text = collapsed(value),
            Ok(18) => draft.fact("Batch", value),
            Ok(33) => draft.fact("Bank code", value),
            Ok(34) => draft.take_account(value),
            Ok(_) => draft.fact("Further information", value),
            // A line that goes on.
            Err(_) => push_collapsed(&mut said, line),
        }
    }
    push_collapsed(&mut draft.text, &said);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_their_numbers_say() {
        let mut draft = Draft::default();
        read("01Rent\n02May\n15Anna\n16Muster\n17GIRO\n3310020030\n341234567", &mut draft);
        assert_eq!((draft.text.as_str(), draft.name.as_str()), ("Rent May", "Anna Muster"));
        assert_eq!((draft.booking_text.as_str(), draft.account.as_str()), ("GIRO", "1234567"));
    }
}

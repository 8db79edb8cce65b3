//! Whether a transaction's `FITID` tells it from others in every file that holds it.
//!
//! The standard wants it unique for the account and the same in each download. Some banks leave it empty or fill it
//! with a placeholder, some number the lines of each download anew. Which is the case is decided by the id alone,
//! never by its neighbours: the same line must come out alike in files of other ranges. The rule is frozen with the
//! identities that rest on it.

/// What an id is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It recognises the transaction.
    Usable,
    /// There is none.
    Missing,
    /// One character over and over, no letter or digit, or a word for nothing.
    Placeholder,
    /// A number below 100,000: it may count the lines of this download.
    Counter,
}

/// Numbers from there on are no counters of lines.
const LARGEST_COUNTER: u64 = 99_999;
const WORDS: [&str; 6] = ["NONE", "NULL", "NONREF", "NOTPROVIDED", "UNKNOWN", "NA"];

/// What that id is worth.
pub(super) fn worth(id: &str) -> Worth {
    let mut letters = id.bytes().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let Some(first) = letters.next() else {
        return if id.is_empty() { Worth::Missing } else { Worth::Placeholder };
    };
    if letters.all(|letter| letter == first) && (id.len() > 1 || !first.is_ascii_digit() || first == b'0') {
        return Worth::Placeholder;
    }
    // Longer ones are neither a counter nor a word; most end here.
    let digits = id.trim_start_matches('0');
    if digits.len() > 12 {
        return Worth::Usable;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = digits.parse().unwrap_or(0);
        return if number <= LARGEST_COUNTER { Worth::Counter } else { Worth::Usable };
    }
    let word: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    if WORDS.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
        Worth::Placeholder
    } else {
        Worth::Usable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_judged_by_itself() {
        for (id, expected) in [
            ("20261031-000123", Worth::Usable),
            ("980315001", Worth::Usable),
            ("N10094:05/10/16", Worth::Usable),
            ("A1", Worth::Usable),
            ("100000", Worth::Usable),
            ("123456789012345678901234567890", Worth::Usable),
            ("", Worth::Missing),
            ("*****", Worth::Placeholder),
            ("0", Worth::Placeholder),
            ("00000000000000", Worth::Placeholder),
            ("XXXXXXXX", Worth::Placeholder),
            ("99999", Worth::Placeholder),
            ("-", Worth::Placeholder),
            ("n/a", Worth::Placeholder),
            ("Not provided", Worth::Placeholder),
            ("7", Worth::Counter),
            ("558", Worth::Counter),
            ("000000000000012", Worth::Counter),
            ("99998", Worth::Counter),
        ] {
            assert_eq!(worth(id), expected, "{id}");
        }
    }
}

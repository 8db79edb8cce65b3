//! Layouts of the structured communications: which part stands at which columns of the content, from 1, behind
//! the three digits of the type (Febelfin, annexes on structured communications in movements and in information
//! records).
//!
//! Four types of version 1 (003, 104, 112, 120) have no layout here; their content is kept as text.

/// How a part is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Text, or digits that are none when all zero.
    Text,
    /// Fifteen digits, three of them decimals.
    Amount,
    /// Twelve digits, eight of them decimals.
    Rate,
    /// Twelve digits, four of them decimals.
    Quantity,
    /// Digits with so many decimals.
    Decimals(u32),
    /// `DDMMYY`; 999999 is open-ended.
    Date,
    /// `HHMM`.
    Time,
    /// One of these.
    Choice(&'static [(&'static str, &'static str)]),
}

/// A part of the content.
pub(super) struct Piece {
    pub(super) label: &'static str,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) form: Form,
    /// Whether it belongs in the line's text.
    pub(super) said: bool,
}

/// A type of structured communication.
pub(super) struct Layout {
    pub(super) kind: u16,
    /// What the text begins with where parts of it are said.
    pub(super) title: &'static str,
    pub(super) pieces: &'static [Piece],
}

pub(super) const fn fact(label: &'static str, from: usize, to: usize, form: Form) -> Piece {
    Piece { label, from, to, form, said: false }
}

const fn said(label: &'static str, from: usize, to: usize, form: Form) -> Piece {
    Piece { label, from, to, form, said: true }
}

use super::layouts_of_information::IN_INFORMATION;
use Form::{Amount, Choice, Date, Decimals, Rate, Text, Time};

const SCHEME: Form = Choice(&[
    ("1", "Bancontact/Mister Cash"),
    ("2", "Maestro"),
    ("3", "private"),
    ("5", "TINA"),
    ("9", "other"),
]);
const MINIMUM: Form = Choice(&[("1", "applies"), ("2", "does not apply")]);
const PRODUCT: Form = Choice(&[
    ("01", "premium, lead substitute"),
    ("02", "europremium"),
    ("03", "diesel"),
    ("04", "LPG"),
    ("06", "premium plus 98"),
    ("07", "regular unleaded"),
    ("08", "domestic fuel oil"),
    ("09", "lubricants"),
    ("10", "petrol"),
    ("11", "premium 99+"),
    ("12", "Avgas"),
    ("16", "other"),
]);
/// Types 100, 101, 102 are references and stand in no table.
static IN_MOVEMENTS: &[Layout] = &[
    Layout { kind: 103, title: "Number", pieces: &[said("Number", 1, 12, Text)] },
    Layout {
        kind: 105,
        title: "",
        pieces: &[
            fact("Gross amount", 1, 15, Amount),
            fact("Original amount", 16, 30, Amount),
            fact("Rate", 31, 42, Rate),
            fact("Original currency", 43, 45, Text),
            fact("Country of the principal", 58, 59, Text),
            fact("Equivalent in EUR", 60, 74, Amount),
        ],
    },
    Layout {
        kind: 106,
        title: "Charge or VAT:",
        pieces: &[
            fact("Equivalent", 1, 15, Amount),
            said("Basis", 16, 30, Amount),
            said("Percentage", 31, 42, Rate),
            fact("Minimum", 43, 43, MINIMUM),
            fact("Equivalent in EUR", 44, 58, Amount),
        ],
    },
    Layout {
        kind: 107,
        title: "",
        pieces: &[
            fact("Direct debit number", 1, 12, Text),
            fact("Settlement date", 13, 18, Date),
            fact(
                "Outcome",
                49,
                49,
                Choice(&[
                    ("0", "paid"),
                    ("1", "cancelled or unknown"),
                    ("2", "refused, other reason"),
                    ("D", "refused by the payer"),
                    ("E", "number of another creditor"),
                ]),
            ),
            fact("Creditor number", 50, 60, Text),
        ],
    },
    Layout {
        kind: 108,
        title: "Interest:",
        pieces: &[
            fact("Equivalent", 1, 15, Amount),
            said("Basis", 16, 30, Amount),
            said("Percentage", 31, 42, Rate),
            said("From", 43, 48, Date),
            said("To", 49, 54, Date),
        ],
    },
    Layout {
        kind: 111,
        title: "Card terminal:",
        pieces: &[
            fact("Card scheme", 1, 1, SCHEME),
            fact("Terminal", 2, 7, Text),
            fact("Period", 8, 10, Text),
            fact("First transaction", 11, 16, Text),
            fact("First date", 17, 22, Date),
            fact("Last transaction", 23, 28, Text),
            fact("Last date", 29, 34, Date),
            fact(
                "Transaction type",
                35,
                35,
                Choice(&[
                    ("0", "cumulative"),
                    ("1", "withdrawal"),
                    ("2", "cumulative on network"),
                    ("5", "terminals of others"),
                    ("7", "distribution sector"),
                    ("8", "teledata"),
                    ("9", "fuel"),
                ]),
            ),
            said("Terminal name", 36, 51, Text),
            said("Town", 52, 61, Text),
        ],
    },
    Layout {
        kind: 113,
        title: "Card:",
        pieces: &[
            fact("Card", 1, 16, Text),
            fact("Card scheme", 17, 17, SCHEME),
            fact("Terminal", 18, 23, Text),
            fact("Transaction number", 24, 29, Text),
            said("Date", 30, 35, Date),
            said("Time", 36, 39, Time),
            fact(
                "Transaction type",
                40,
                40,
                Choice(&[
                    ("1", "withdrawal"),
                    ("2", "loading of a Proton card"),
                    ("3", "refund of a Proton card"),
                    ("4", "reversal of a purchase"),
                    ("5", "terminal of others"),
                    ("7", "distribution sector"),
                    ("8", "teledata"),
                    ("9", "fuel"),
                ]),
            ),
            said("Terminal name", 41, 56, Text),
            said("Town", 57, 66, Text),
            fact("Original amount", 67, 81, Amount),
            fact("Rate", 82, 93, Rate),
            fact("Original currency", 94, 96, Text),
            fact("Volume", 97, 101, Decimals(2)),
            fact("Product", 102, 103, PRODUCT),
            fact("Unit price", 104, 108, Decimals(3)),
        ],
    },
    Layout {
        kind: 114,
        title: "Card terminal:",
        pieces: &[
            fact("Card scheme", 1, 1, SCHEME),
            fact("Terminal", 2, 7, Text),
            fact("Period", 8, 10, Text),
            fact("Transaction number", 11, 16, Text),
            said("Date", 17, 22, Date),
            said("Time", 23, 26, Time),
            fact("Transaction type", 27, 27, Text),
            said("Terminal name", 28, 43, Text),
            said("Town", 44, 53, Text),
            said("Reference", 54, 69, Text),
        ],
    },
    Layout {
        kind: 115,
        title: "Card terminal:",
        pieces: &[
            fact("Card", 1, 16, Text),
            fact("Card scheme", 17, 17, SCHEME),
            fact("Terminal", 18, 23, Text),
            fact("Transaction number", 24, 29, Text),
            said("Date", 30, 35, Date),
            said("Time", 36, 39, Time),
            fact("Validation date", 40, 45, Date),
            fact("Validation number", 46, 51, Text),
            fact("Original amount", 52, 66, Amount),
            fact("Conformity code", 67, 67, Text),
            said("Terminal name", 68, 83, Text),
            said("Town", 84, 93, Text),
        ],
    },
    Layout {
        kind: 121,
        title: "Bill:",
        pieces: &[
            fact("Bill amount", 1, 15, Amount),
            said("Maturity", 16, 21, Date),
            fact("Conventional maturity", 22, 27, Date),
            fact("Issue date", 28, 33, Date),
            fact("Company number", 34, 44, Text),
            fact("Bill currency", 45, 47, Text),
            said("Bill number", 51, 63, Text),
            fact("Rate", 64, 75, Rate),
        ],
    },
    Layout {
        kind: 122,
        title: "Bill:",
        pieces: &[
            fact("Days", 1, 4, Text),
            fact("Percentage", 5, 16, Rate),
            fact("Basis", 17, 31, Amount),
            fact("Minimum", 32, 32, MINIMUM),
            said("Bill number", 33, 45, Text),
            said("Maturity", 46, 51, Date),
        ],
    },
    Layout {
        kind: 123,
        title: "Guarantee:",
        pieces: &[
            said("Start", 1, 6, Date),
            said("Maturity", 7, 12, Date),
            fact("Basis", 13, 27, Amount),
            fact("Percentage", 28, 39, Rate),
            fact("Days", 40, 43, Text),
            fact("Minimum", 44, 44, MINIMUM),
            said("Guarantee number", 45, 57, Text),
        ],
    },
    Layout {
        kind: 124,
        title: "Credit card:",
        pieces: &[
            fact("Card", 1, 20, Text),
            said(
                "Issuer",
                21,
                21,
                Choice(&[
                    ("1", "Mastercard"),
                    ("2", "Visa"),
                    ("3", "American Express"),
                    ("4", "Diners Club"),
                    ("9", "other"),
                ]),
            ),
            said("Invoice", 22, 33, Text),
            fact("Identification", 34, 48, Text),
            said("Date", 49, 54, Date),
        ],
    },
    Layout {
        kind: 125,
        title: "Credit:",
        pieces: &[
            said("Account", 1, 12, Text),
            fact("Account extension", 13, 27, Text),
            fact("Old balance", 28, 42, Amount),
            fact("New balance", 43, 57, Amount),
            fact("Original amount", 58, 72, Amount),
            fact("Original currency", 73, 75, Text),
            said("From", 76, 81, Date),
            said("To", 82, 87, Date),
            fact("Percentage", 88, 99, Rate),
            said("Reference", 100, 112, Text),
        ],
    },
    Layout {
        kind: 126,
        title: "Term deposit:",
        pieces: &[
            said("Deposit", 1, 15, Text),
            fact("Original amount", 16, 30, Amount),
            fact("Equivalent", 31, 45, Amount),
            said("From", 46, 51, Date),
            said("To", 52, 57, Date),
            fact("Percentage", 58, 69, Rate),
            fact("Interest", 70, 84, Amount),
            fact("Original currency", 85, 87, Text),
            fact("Rate", 88, 99, Rate),
        ],
    },
    Layout {
        kind: 127,
        title: "",
        pieces: &[
            fact("Settlement date", 1, 6, Date),
            fact(
                "Direct debit",
                7,
                7,
                Choice(&[("1", "recurrent"), ("2", "one-off"), ("3", "first"), ("4", "last")]),
            ),
            fact("Scheme", 8, 8, Choice(&[("1", "SEPA core"), ("2", "SEPA B2B")])),
            fact(
                "Outcome",
                9,
                9,
                Choice(&[
                    ("0", "paid"),
                    ("1", "refused: technical problem"),
                    ("2", "refused: reason not given"),
                    ("3", "refused: debtor disagrees"),
                    ("4", "refused: debtor's account"),
                ]),
            ),
            fact("Creditor id", 10, 44, Text),
        ],
    },
];

/// The layout of a type, whichever kind of record it stands in: the numbers do not overlap.
pub(super) fn find(kind: u16) -> Option<&'static Layout> {
    let table = if kind < 100 { IN_INFORMATION } else { IN_MOVEMENTS };
    table.iter().find(|layout| layout.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_inside_the_content_and_do_not_overlap() {
        for (table, width) in [(IN_MOVEMENTS, 146), (IN_INFORMATION, 265)] {
            for layout in table {
                let mut taken = vec![false; width + 1];
                for piece in layout.pieces {
                    assert!(piece.label.len() <= 24, "{}", piece.label);
                    for column in &mut taken[piece.from..=piece.to] {
                        assert!(!std::mem::replace(column, true), "{} {}", layout.kind, piece.label);
                    }
                }
            }
        }
    }
}

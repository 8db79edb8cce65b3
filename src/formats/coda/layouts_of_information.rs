//! Layouts of the structured communications in information records, as in `layouts`.

use super::layouts::Form::{Amount, Choice, Date, Decimals, Quantity, Rate, Text};
use super::layouts::{Form, Layout, fact};

const SECURITY_CODE: Form = Choice(&[
    ("01", "SVM"),
    ("02", "ISIN"),
    ("04", "Telekurs"),
    ("05", "Sedol"),
    ("06", "Cedel"),
    ("07", "Euroclear"),
    ("08", "WKN"),
    ("09", "EOE"),
    ("99", "internal"),
]);

/// Types 001 to 011. Of 001 the name and the address are read apart.
pub(super) static IN_INFORMATION: &[Layout] = &[
    Layout { kind: 1, title: "", pieces: &[fact("Identification", 141, 175, Text)] },
    Layout { kind: 2, title: "", pieces: &[fact("Bank communication", 1, 140, Text)] },
    Layout { kind: 4, title: "", pieces: &[fact("Counterparty's bank", 1, 140, Text)] },
    Layout { kind: 5, title: "", pieces: &[fact("Correspondent bank", 1, 140, Text)] },
    Layout {
        kind: 6,
        title: "",
        pieces: &[
            fact("Detail", 1, 30, Text),
            fact("Detail amount", 34, 48, Amount),
            fact("Detail sign", 49, 49, Choice(&[("0", "credit"), ("1", "debit")])),
            fact("Detail currency", 31, 33, Text),
            fact("Detail category", 50, 52, Text),
        ],
    },
    Layout {
        kind: 7,
        title: "",
        pieces: &[
            fact("Notes or coins", 1, 7, Decimals(0)),
            fact("Denomination", 8, 13, Decimals(3)),
            fact("Cash total", 14, 28, Amount),
        ],
    },
    Layout {
        kind: 8,
        title: "",
        pieces: &[fact("Ultimate creditor", 1, 70, Text), fact("Ultimate creditor's id", 71, 105, Text)],
    },
    Layout {
        kind: 9,
        title: "",
        pieces: &[fact("Ultimate debtor", 1, 70, Text), fact("Ultimate debtor's id", 71, 105, Text)],
    },
    Layout {
        kind: 10,
        title: "",
        pieces: &[
            fact("Order", 1, 13, Text),
            fact("File reference", 14, 28, Text),
            fact("Customer reference", 29, 41, Text),
            fact("Kind of security code", 42, 43, SECURITY_CODE),
            fact("Security code", 44, 58, Text),
            fact("Number", 60, 71, Quantity),
            fact("Issue currency", 72, 74, Text),
            fact("Quoted per", 75, 78, Text),
            fact("Quotation currency", 79, 81, Text),
            fact("Price", 82, 93, Quantity),
            fact("Rate", 94, 105, Rate),
            fact("Security", 106, 145, Text),
            fact("Note number", 146, 158, Text),
            fact("Coupon", 159, 166, Text),
            fact("Coupon date", 167, 174, Text),
            fact("Market", 175, 204, Text),
            fact("Execution date", 205, 212, Text),
            fact("Nature", 213, 236, Text),
            fact("Nominal value", 237, 251, Amount),
        ],
    },
    Layout {
        kind: 11,
        title: "",
        pieces: &[
            fact("Order", 1, 13, Text),
            fact("File reference", 14, 28, Text),
            fact("Customer reference", 29, 41, Text),
            fact("Kind of security code", 42, 43, SECURITY_CODE),
            fact("Security code", 44, 58, Text),
            fact("Number", 59, 70, Quantity),
            fact("Security", 71, 110, Text),
            fact("Issue currency", 111, 113, Text),
            fact("Coupon amount", 114, 127, Decimals(6)),
            fact("Coupon kind", 128, 128, Choice(&[("1", "dividend"), ("2", "interest")])),
            fact("Foreign tax", 129, 143, Amount),
            fact("Nature", 144, 167, Text),
            fact("Coupon number", 168, 173, Text),
            fact("Coupon date", 174, 179, Date),
            fact("Rate", 180, 191, Rate),
            fact("Quotation currency", 192, 194, Text),
            fact("Nominal value", 195, 209, Amount),
        ],
    },
];

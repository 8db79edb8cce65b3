//! Structured communications to their parts: references with check digits, mandates, cards, amounts.
//!
//! A [`Draft`] collects what a line will say. Values that do not have their form are kept as they are written:
//! a communication never makes a file fail.

use rust_decimal::Decimal;

use super::layouts::{self, Form, Piece};
use super::records::without_blank_end;
use crate::domain::communication::{belgian, creditor_reference};
use crate::domain::{Currency, Date, Detail, Kind, Original, Text};

/// What a line will say, gathered from all of its communications.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) details: Vec<Detail>,
    pub(super) structured: Option<Text>,
    pub(super) mandate: Option<Text>,
    pub(super) original: Option<Original>,
    pub(super) kind: Option<Kind>,
    /// The counterparty's name of information type 001, which has more room than record 2.3.
    pub(super) name: Option<Text>,
}

/// What could not be read as the standard has it.
pub(super) enum Doubt {
    /// A structured communication whose check digits are wrong.
    CheckDigits(Text),
    /// A type that the standard does not list.
    UnknownType(Text),
}

/// Types of version 1 whose layout is not known.
const WITHOUT_LAYOUT: [u16; 4] = [3, 104, 112, 120];

impl Draft {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.details.clear();
        self.structured = None;
        self.mandate = None;
        self.original = None;
        self.kind = None;
        self.name = None;
    }

    /// Adds to the text, blanks collapsed. `joined` continues the last word.
    pub(super) fn say(&mut self, text: &str, joined: bool) {
        if text.trim_ascii().is_empty() {
            return;
        }
        if !self.text.is_empty() && !joined {
            self.text.push(' ');
        }
        collapse(text, &mut self.text);
    }

    /// As [`Self::say`], unless the text has it already: some banks repeat it in an information record.
    pub(super) fn say_once(&mut self, text: &str, joined: bool) {
        let before = self.text.len();
        self.say(text, joined);
        let (earlier, added) = self.text.split_at(before);
        // Only so far back, since a movement may have any number of records; and no chance words.
        let repeated = added.len() > 10 && earlier.len() <= 1000 && earlier.contains(added.trim_ascii());
        if repeated && !joined {
            self.text.truncate(before);
        }
    }

    /// Adds a fact, unless it is blank.
    pub(super) fn fact(&mut self, label: &str, value: impl Into<Text>) {
        let value = value.into();
        if !value.trim_ascii().is_empty() {
            self.details.push(Detail { label: Text::from(label), value });
        }
    }

    /// Reads the communication of a movement: three digits of type, then its content.
    pub(super) fn decode(&mut self, text: &str, amount: i64, account_currency: Currency) -> Option<Doubt> {
        let written = Content::of(text);
        let code = written.columns(1, 3).trim_ascii();
        let content = Content { text: written.columns(4, usize::MAX), ..written };
        let Some(kind) = (code.len() == 3).then(|| code.parse::<u16>().ok()).flatten() else {
            self.say(text, false);
            return None;
        };
        match kind {
            100 => self.creditor_reference(content.columns(1, 25).trim_ascii()),
            101 | 102 => {
                let doubt = self.belgian(content.columns(1, 12).trim_ascii());
                self.say(content.columns(13, 146), false);
                doubt
            }
            1 => {
                self.counterparty(content);
                None
            }
            _ => {
                let Some(layout) = layouts::find(kind) else {
                    self.say(content.text, false);
                    let known = WITHOUT_LAYOUT.contains(&kind);
                    return (!known).then(|| Doubt::UnknownType(Text::from(code)));
                };
                let signed = if amount < 0 { -1 } else { 1 };
                self.original_of(kind, content, signed, account_currency);
                self.pieces(layout.title, layout.pieces, content);
                self.beyond_layout(kind, content)
            }
        }
    }

    /// A Belgian communication, shown as it is printed; digits that do not check stay text.
    fn belgian(&mut self, digits: &str) -> Option<Doubt> {
        if digits.bytes().all(|b| b == b'0') {
            return None;
        }
        if let Some(shown) = belgian(digits) {
            self.structured.get_or_insert(shown);
            return None;
        }
        self.say(digits, false);
        Some(Doubt::CheckDigits(Text::from(digits)))
    }

    fn creditor_reference(&mut self, written: &str) -> Option<Doubt> {
        if written.is_empty() {
            return None;
        }
        if let Some(reference) = creditor_reference(written) {
            self.structured.get_or_insert(reference);
            return None;
        }
        self.say(written, false);
        Some(Doubt::CheckDigits(Text::from(written)))
    }

    /// Type 001: name, street, locality, identification.
    fn counterparty(&mut self, content: Content<'_>) {
        let name = content.columns(1, 70).trim_ascii();
        if !name.is_empty() {
            let mut collapsed = String::new();
            collapse(name, &mut collapsed);
            self.name = Some(Text::from(collapsed));
        }
        let mut address = String::new();
        for line in [content.columns(71, 105), content.columns(106, 140)] {
            let line = line.trim_ascii();
            if !line.is_empty() && !address.is_empty() {
                address.push_str(", ");
            }
            collapse(line, &mut address);
        }
        self.fact("Address", Text::from(address));
        self.fact("Identification", content.columns(141, 175).trim_ascii());
    }

    /// What parts mean for the line, beside being facts.
    fn beyond_layout(&mut self, kind: u16, content: Content<'_>) -> Option<Doubt> {
        match kind {
            105 => {
                let inner = content.columns(46, 57).trim_ascii();
                if belgian(inner).is_some() { self.belgian(inner) } else { self.other_reference(inner) }
            }
            107 => {
                self.say(content.columns(19, 33), false);
                self.say(content.columns(34, 48), false);
                self.refused(content.columns(49, 49));
                None
            }
            115 => {
                let inner = content.columns(94, 105).trim_ascii();
                if belgian(inner).is_some() { self.belgian(inner) } else { self.other_reference(inner) }
            }
            127 => self.direct_debit(content),
            _ => None,
        }
    }

    fn other_reference(&mut self, written: &str) -> Option<Doubt> {
        if written.bytes().any(|b| b != b'0') {
            self.say(written, false);
        }
        None
    }

    /// Type 127: mandate, text, and whether the debit came back.
    fn direct_debit(&mut self, content: Content<'_>) -> Option<Doubt> {
        let mandate = content.columns(45, 79).trim_ascii();
        if !mandate.is_empty() {
            self.mandate = Some(Text::from(mandate));
        }
        self.say(content.columns(80, 141), false);
        let (kind, reason) = (content.columns(142, 142), content.columns(143, 146));
        self.refused(content.columns(9, 9));
        self.returned(kind.bytes().next().unwrap_or(b' '), reason.trim_ascii());
        None
    }

    fn refused(&mut self, outcome: &str) {
        if !matches!(outcome, "" | " " | "0") {
            self.kind = Some(Kind::Return);
        }
    }

    /// An R-transaction: the payment came back, and why (ISO 20022 reason).
    pub(super) fn returned(&mut self, kind: u8, reason: &str) {
        let (word, what) = match kind {
            b'1' => ("reject", Kind::Return),
            b'2' => ("return", Kind::Return),
            b'3' => ("refund", Kind::Return),
            b'4' => ("reversal", Kind::Reversal),
            b'5' => ("cancellation", Kind::Return),
            _ => return,
        };
        self.kind = Some(what);
        if self.details.iter().any(|detail| detail.label == "Came back") {
            return;
        }
        self.fact("Came back", word);
        self.fact("Reason", reason);
    }

    /// The amount in another currency, where a type gives amount and currency.
    fn original_of(&mut self, kind: u16, content: Content<'_>, sign: i64, account_currency: Currency) {
        let ((from, to), currency, rate) = match kind {
            6 => ((34, 48), (31, 33), None),
            105 => ((16, 30), (43, 45), Some((31, 42))),
            113 => ((67, 81), (94, 96), Some((82, 93))),
            125 => ((58, 72), (73, 75), None),
            126 => ((16, 30), (85, 87), Some((88, 99))),
            _ => return,
        };
        let Some(currency) = Currency::new(content.columns(currency.0, currency.1)) else { return };
        let Some(amount) = digits(content.columns(from, to)) else { return };
        if currency == account_currency || amount == 0 || self.original.is_some() {
            return;
        }
        let rate = rate.and_then(|(from, to)| digits(content.columns(from, to))).filter(|rate| *rate != 0);
        let rate = rate.map(|rate| Decimal::new(rate, 8).normalize());
        self.original = Some(Original { amount: decimal(sign * amount, currency), currency, rate });
    }

    fn pieces(&mut self, title: &str, pieces: &[Piece], content: Content<'_>) {
        let mut begun = title.is_empty();
        for piece in pieces {
            let written = content.columns(piece.from, piece.to).trim_ascii();
            let Some(value) = show(piece.form, written) else { continue };
            if piece.said {
                if !begun {
                    self.say(title, false);
                    begun = true;
                }
                // Names, towns and numbers speak for themselves; amounts, percentages and ends of periods do not.
                let named =
                    matches!(piece.form, Form::Amount | Form::Rate | Form::Date) && piece.label != "Date";
                if named {
                    self.say(&piece.label.to_ascii_lowercase(), false);
                }
                self.say(&value, false);
            }
            self.fact(piece.label, value);
        }
    }
}

/// A part for a reader; none where it is blank or zero.
fn show(form: Form, written: &str) -> Option<Text> {
    if written.is_empty() {
        return None;
    }
    let scaled = |scale| match digits(written) {
        Some(0) => None,
        Some(number) => {
            let mut value = Decimal::new(number, scale).normalize();
            if matches!(form, Form::Amount) && value.scale() < 2 {
                value.rescale(2);
            }
            Some(Text::from(value.to_string()))
        }
        None => Some(Text::from(written)),
    };
    match form {
        Form::Choice(choices) => {
            let word = choices.iter().find(|(code, _)| *code == written).map(|(_, word)| *word);
            let known = word.map(Text::from);
            known.or_else(|| written.bytes().any(|b| b != b'0').then(|| Text::from(written)))
        }
        _ if written.bytes().all(|b| b == b'0') && !matches!(form, Form::Time) => None,
        Form::Text => {
            let mut text = String::new();
            collapse(written, &mut text);
            Some(Text::from(text))
        }
        Form::Amount => scaled(3),
        Form::Rate => scaled(8),
        Form::Quantity => scaled(4),
        Form::Decimals(decimals) => scaled(decimals),
        Form::Date if written == "999999" => Some(Text::const_new("open")),
        Form::Date => {
            Some(date(written).map_or_else(|| Text::from(written), |date| Text::from(date.to_string())))
        }
        Form::Time => match written.split_at_checked(2).filter(|_| written.len() == 4) {
            Some((hours, minutes)) => Some(compact_str::format_compact!("{hours}:{minutes}")),
            None => Some(Text::from(written)),
        },
    }
}

fn date(written: &str) -> Option<Date> {
    super::records::read_date(written.as_bytes().try_into().ok()?).ok()?
}

/// Digits as a number; none for anything else. Eighteen digits fit.
fn digits(written: &str) -> Option<i64> {
    let written = written.trim_ascii();
    let fits = !written.is_empty() && written.len() <= 18 && written.bytes().all(|b| b.is_ascii_digit());
    if fits { written.parse().ok() } else { None }
}

/// A text of which columns are taken: in ASCII they are bytes.
#[derive(Clone, Copy)]
struct Content<'t> {
    text: &'t str,
    ascii: bool,
}

impl<'t> Content<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, ascii: text.is_ascii() }
    }

    /// Columns `from` to `to`, from 1, without blanks at the end; what is not there is empty.
    fn columns(self, from: usize, to: usize) -> &'t str {
        let text = self.text;
        let end = |column: usize| {
            if self.ascii {
                column.min(text.len())
            } else {
                text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
            }
        };
        let part = text.get(end(from - 1)..end(to)).unwrap_or_default();
        // Most of it is blanks; nobody asks for those at the end.
        part.get(..without_blank_end(part.as_bytes()).len()).unwrap_or_default()
    }
}

/// Adds a text with each run of blanks as one, and none at its ends.
fn collapse(text: &str, to: &mut String) {
    let text = text.trim_ascii();
    // Without a branch in the loop, so that it runs over many bytes at once.
    let pairs = text.as_bytes().iter().zip(text.as_bytes().get(1..).unwrap_or_default());
    if pairs.fold(0, |found, (a, b)| found | (u8::from(*a == b' ') & u8::from(*b == b' '))) == 0 {
        to.push_str(text);
        return;
    }
    for (place, word) in text.split_ascii_whitespace().enumerate() {
        if place > 0 {
            to.push(' ');
        }
        to.push_str(word);
    }
}

/// Thousandths as an amount with the currency's decimals, or as many more as it needs.
pub(super) fn decimal(thousandths: i64, currency: Currency) -> Decimal {
    let (mut number, mut scale) = (thousandths, 3);
    let wanted = currency.decimals();
    while scale > wanted && number % 10 == 0 {
        number /= 10;
        scale -= 1;
    }
    let mut amount = Decimal::new(number, scale);
    if scale < wanted {
        amount.rescale(wanted);
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(written: &str) -> (Draft, Option<Doubt>) {
        let mut draft = Draft::default();
        let doubt = draft.decode(written, -1000, Currency::EUR);
        (draft, doubt)
    }

    #[test]
    fn references_keep_only_right_check_digits() {
        let (draft, doubt) = decode("101090933755493");
        assert_eq!((draft.structured.as_deref(), doubt.is_none()), (Some("+++090/9337/55493+++"), true));
        let (draft, doubt) = decode("102090933755494");
        assert_eq!((draft.structured, draft.text.as_str()), (None, "090933755494"));
        assert!(matches!(doubt, Some(Doubt::CheckDigits(digits)) if digits == "090933755494"));
        assert_eq!(decode("100RF18539007547034").0.structured.as_deref(), Some("RF18539007547034"));
    }

    #[test]
    fn an_unknown_type_keeps_its_content() {
        let (draft, doubt) = decode("199SOMETHING   NEW");
        assert_eq!(draft.text, "SOMETHING NEW");
        assert!(matches!(doubt, Some(Doubt::UnknownType(kind)) if kind == "199"));
        assert_eq!(decode("no type").0.text, "no type");
        assert!(decode("104X").1.is_none());
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(Content::of("éàü1").columns(2, 3), "àü");
        assert_eq!(Content::of("abc").columns(2, 99), "bc");
        assert_eq!(Content::of("abc").columns(7, 9), "");
        assert_eq!(Content::of("é").columns(7, usize::MAX), "");
    }

    #[test]
    fn amounts_have_the_decimals_that_they_need() {
        let show = |thousandths, code| decimal(thousandths, Currency::new(code).unwrap()).to_string();
        assert_eq!(show(121_000, "EUR"), "121.00");
        assert_eq!(show(-7525, "EUR"), "-7.525");
        assert_eq!(show(500_000, "JPY"), "500");
        assert_eq!(show(1500, "KWD"), "1.500");
    }
}

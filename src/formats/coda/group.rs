//! A movement with its details, gathered until it is known which of them are lines.
//!
//! The buffers are used again for the next movement, so that gathering allocates nothing once they have grown.

use super::records::{Continuation, Field, Information, Movement, SecondPart, ThirdPart};
use super::zones;
use crate::domain::{Currency, Date, Text};

const BLANKS: &str = "                                                                ";

/// Communications that continue over several records: columns kept, since structured ones are cut by position.
#[derive(Default)]
pub(super) struct Zones {
    text: String,
    /// Columns so far, blanks included.
    columns: usize,
    /// Columns that `text` holds: blanks at the end wait until something follows.
    written: usize,
}

impl Zones {
    fn clear(&mut self) {
        self.text.clear();
        self.columns = 0;
        self.written = 0;
    }

    /// Adds a record's zone.
    fn push(&mut self, zone: Field<'_>) {
        let filled = zone.trimmed_end();
        if !filled.bytes().is_empty() {
            let mut blanks = self.columns - self.written;
            while blanks > 0 {
                let some = &BLANKS[..blanks.min(BLANKS.len())];
                self.text.push_str(some);
                blanks -= some.len();
            }
            filled.push_onto(&mut self.text);
            self.written = self.columns + filled.bytes().len();
        }
        self.columns += zone.bytes().len();
    }

    /// Blanks up to a column, for a record that was left out.
    fn pad_to(&mut self, columns: usize) {
        self.columns = self.columns.max(columns);
    }

    /// The whole, without blanks at the end.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether its last column is filled, so that what continues it needs no blank between.
    pub(super) fn is_full(&self) -> bool {
        self.columns > 0 && self.columns == self.written
    }
}

/// Information records 3.1, 3.2 and 3.3 that belong together.
#[derive(Default)]
pub(super) struct Note {
    pub(super) structured: bool,
    pub(super) zones: Zones,
}

/// A movement or detail: records 2.1, 2.2, 2.3 and the information that follows it.
#[derive(Default)]
pub(super) struct Part {
    pub(super) sequence: u16,
    pub(super) detail: u16,
    /// Line of its record 2.1.
    pub(super) line: u64,
    /// Thousandths, signed.
    pub(super) amount: i64,
    pub(super) code: [u8; 8],
    pub(super) booked_on: Option<Date>,
    pub(super) value_on: Option<Date>,
    pub(super) structured: bool,
    pub(super) communication: Zones,
    pub(super) reference: Text,
    pub(super) customer_reference: Text,
    pub(super) bic: Text,
    /// Type of an R-transaction, `1` to `5`, or blank.
    pub(super) returned: u8,
    pub(super) reason: Text,
    pub(super) category_purpose: Text,
    pub(super) purpose: Text,
    /// Version 1: thousandths and currency of the original amount.
    pub(super) original: Option<(i64, Currency)>,
    pub(super) account: Option<Text>,
    pub(super) name: Text,
    /// Version 1.
    pub(super) address: Text,
    notes: Vec<Note>,
    noted: usize,
    /// Which of the records 2.1 to 2.3 was read last.
    pub(super) article: u8,
}

/// First column of the zone of record 2.3 in the communication.
const THIRD_ZONE: usize = 53 + 53;

impl Part {
    fn start(&mut self, movement: &Movement<'_>, line: u64) {
        self.sequence = movement.sequence;
        self.detail = movement.detail;
        self.line = line;
        self.amount = movement.amount;
        self.code = movement.code;
        self.booked_on = movement.booked_on;
        self.value_on = movement.value_on;
        self.structured = movement.structured;
        self.communication.clear();
        self.communication.push(movement.communication);
        self.reference = movement.reference.text();
        self.customer_reference = Text::default();
        self.bic = Text::default();
        self.returned = b' ';
        self.reason = Text::default();
        self.category_purpose = Text::default();
        self.purpose = Text::default();
        self.original = None;
        self.account = None;
        self.name = Text::default();
        self.address = Text::default();
        self.noted = 0;
        self.article = b'1';
    }

    /// Adds record 2.2.
    pub(super) fn second(&mut self, record: &SecondPart<'_>, version: u8) {
        self.article = b'2';
        self.communication.push(record.communication);
        let rest = record.rest;
        if version == b'1' {
            self.customer_reference = rest.part(1, 26).text();
            self.original = original(rest.part(27, 29), rest.part(30, 44));
            return;
        }
        self.customer_reference = rest.part(1, 35).text();
        self.bic = rest.part(36, 46).text();
        if !rest.part(50, 62).is_blank() {
            self.returned = rest.bytes().get(49).copied().unwrap_or(b' ');
            self.reason = rest.part(51, 54).text();
            self.category_purpose = rest.part(55, 58).text();
            self.purpose = rest.part(59, 62).text();
        }
    }

    /// Adds record 2.3.
    pub(super) fn third(&mut self, record: &ThirdPart<'_>, version: u8) {
        self.article = b'3';
        self.account = zones::counterparty(record.account, version);
        let rest = record.rest;
        if version == b'1' {
            self.name = rest.part(1, 26).text();
            let mut address = String::new();
            for line in [rest.part(27, 52), rest.part(53, 78)] {
                if !line.is_blank() && !address.is_empty() {
                    address.push_str(", ");
                }
                line.trimmed().push_onto(&mut address);
            }
            self.address = Text::from(address);
            return;
        }
        self.name = rest.part(1, 35).text();
        self.communication.pad_to(THIRD_ZONE);
        self.communication.push(rest.part(36, 78));
    }

    fn note(&mut self, record: &Information<'_>) {
        if self.noted == self.notes.len() {
            self.notes.push(Note::default());
        }
        if let Some(note) = self.notes.get_mut(self.noted) {
            note.structured = record.structured;
            note.zones.clear();
            note.zones.push(record.communication);
            self.noted += 1;
        }
    }

    fn continue_note(&mut self, record: &Continuation<'_>, article: u8) -> bool {
        let Some(note) = self.notes.get_mut(..self.noted).and_then(<[Note]>::last_mut) else { return false };
        if article == b'3' {
            note.zones.pad_to(73 + 105);
        }
        note.zones.push(record.communication);
        true
    }

    /// Information about it, in the file's order.
    pub(super) fn notes(&self) -> &[Note] {
        self.notes.get(..self.noted).unwrap_or_default()
    }
}

/// Version 1: what was paid in another currency.
fn original(currency: Field<'_>, amount: Field<'_>) -> Option<(i64, Currency)> {
    let currency = Currency::new(&currency.text())?;
    let digits = amount.bytes();
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount = digits.iter().fold(0, |number: i64, digit| number * 10 + i64::from(digit - b'0'));
    (amount != 0).then_some((amount, currency))
}

/// A movement and its details.
#[derive(Default)]
pub(super) struct Group {
    parts: Vec<Part>,
    used: usize,
    /// Detail number of the last record 2.1 or 3.1.
    last_detail: u16,
}

impl Group {
    /// Whether a record 2.1 begins a new movement: its sequence number is another, or its detail number starts
    /// again without having come round from 9999. The number of a movement is not unique: it comes round too.
    pub(super) fn is_new(&self, movement: &Movement<'_>) -> bool {
        let Some(top) = self.parts().first() else { return true };
        let restarted =
            movement.detail == 0 && self.last_detail != 9999 && !(b'5'..=b'9').contains(&movement.code[0]);
        top.sequence != movement.sequence || restarted
    }

    /// The movement and its details, in the file's order; empty before the first.
    pub(super) fn parts(&self) -> &[Part] {
        self.parts.get(..self.used).unwrap_or_default()
    }

    pub(super) fn last(&mut self) -> Option<&mut Part> {
        self.parts.get_mut(..self.used)?.last_mut()
    }

    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Adds record 2.1.
    pub(super) fn add(&mut self, movement: &Movement<'_>, line: u64) {
        if self.used == self.parts.len() {
            self.parts.push(Part::default());
        }
        if let Some(part) = self.parts.get_mut(self.used) {
            part.start(movement, line);
            self.used += 1;
        }
        self.last_detail = movement.detail;
    }

    /// Adds record 3.1; false where it follows no movement of its sequence number.
    pub(super) fn note(&mut self, record: &Information<'_>) -> bool {
        let Some(part) = self.last().filter(|part| part.sequence == record.sequence) else { return false };
        part.note(record);
        self.last_detail = record.detail;
        true
    }

    /// Adds record 3.2 or 3.3; false where it continues nothing.
    pub(super) fn continue_note(&mut self, record: &Continuation<'_>, article: u8) -> bool {
        let part = self.last().filter(|part| part.sequence == record.sequence);
        part.is_some_and(|part| part.continue_note(record, article))
    }
}

//! A CODA file (version 2) of one statement, five records a movement: 2.1, 2.2, 2.3, 3.1, 3.2; in ISO-8859-1, as
//! banks write it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;

use crate::payments::{ACCOUNT, BIC, Communication, HOLDER, Payment, Payments};

/// Writes the file.
pub fn write(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out =
        Records { file: BufWriter::with_capacity(1 << 20, File::create(path)?), line: String::new() };
    let (before, last) = payments.days();
    let account = format!("{ACCOUNT:<34}EUR");
    out.record(
        &format!("00000{}53905{:<8}{:<10}{HOLDER:<26}{BIC:<11}00403019268 00000", ddmmyy(last), "", ""),
        "2",
    )?;
    out.record(
        &format!(
            "12001{account}{}{}{HOLDER:<26}{:<35}{:03}",
            amount(payments.opening()),
            ddmmyy(before),
            "Zichtrekening",
            payments.statement()
        ),
        "",
    )?;
    let (mut closing, mut debit, mut credit) = (payments.opening(), 0, 0);
    for payment in payments.iter() {
        out.movement(&payment)?;
        closing += payment.cents;
        *(if payment.cents < 0 { &mut debit } else { &mut credit }) += payment.cents.abs();
    }
    out.record(&format!("8001{account}{}{}", amount(closing), ddmmyy(last)), "0")?;
    // The count leaves out records 0 and 9, and has six digits only.
    let records = (payments.count() * 5 + 2) % 1_000_000;
    let total = |cents: i64| format!("{:015}", cents * 10);
    out.record(&format!("9{:<15}{records:06}{}{}", "", total(debit), total(credit)), "2")?;
    out.file.flush()
}

struct Records {
    file: BufWriter<File>,
    line: String,
}

impl Records {
    fn movement(&mut self, payment: &Payment) -> io::Result<()> {
        // The continuous number has four digits and begins again.
        let number = format!("{:04}0000", (payment.number - 1) % 9_999 + 1);
        let day = ddmmyy(payment.day);
        let code = if payment.cents < 0 { "00101000" } else { "00150000" };
        let (kind, communication) = match &payment.communication {
            Communication::Structured(digits) => ('1', format!("101{digits}")),
            Communication::Free(text) => ('0', text.clone()),
        };
        let (first, second) = halves(&communication, 53);
        let reference = &payment.reference;
        self.record(
            &format!(
                "21{number}{reference:<21}{}{}{code}{kind}{first:<53}{day}0010",
                amount(payment.cents),
                ddmmyy(payment.value_day)
            ),
            "1 0",
        )?;
        self.record(&format!("22{number}{second:<53}{:<35}{:<11}", payment.end_to_end, payment.bic), "1 0")?;
        self.record(&format!("23{number}{:<34}EUR{:<35}", payment.iban, payment.name), "0 1")?;
        if payment.number.is_multiple_of(4) {
            // The address of the other side, structured.
            self.record(&format!("31{number}{reference:<21}{code}1001{:<70}", payment.name), "1 0")?;
            self.record(&format!("32{number}{:<35}{:<35}", payment.street, payment.town), "0 0")
        } else {
            let text = format!("Uitgevoerd op {} kanaal 0{} referte", payment.day, payment.number % 8);
            self.record(&format!("31{number}{reference:<21}{code}0{text:<73}"), "1 0")?;
            self.record(&format!("32{number}{reference}"), "0 0")
        }
    }

    /// A record of 128 columns: its beginning and its end, blanks between; every character is one of ISO-8859-1.
    fn record(&mut self, start: &str, end: &str) -> io::Result<()> {
        let missing = 128_usize.checked_sub(start.chars().count() + end.len());
        let missing = missing.ok_or_else(|| io::Error::other(format!("longer than a record: {start}")))?;
        self.line.clear();
        self.line.push_str(start);
        self.line.extend(std::iter::repeat_n(' ', missing));
        self.line.push_str(end);
        self.line.push_str("\r\n");
        if self.line.is_ascii() {
            return self.file.write_all(self.line.as_bytes());
        }
        for character in self.line.chars() {
            let byte = u8::try_from(character).map_err(io::Error::other)?;
            self.file.write_all(&[byte])?;
        }
        Ok(())
    }
}

/// Sign and fifteen digits with three decimals.
fn amount(cents: i64) -> String {
    format!("{}{:015}", if cents < 0 { '1' } else { '0' }, cents.abs() * 10)
}

fn ddmmyy(day: Date) -> String {
    format!("{:02}{:02}{:02}", day.day(), day.month(), day.year() % 100)
}

fn halves(text: &str, at: usize) -> (&str, &str) {
    let end = text.char_indices().nth(at).map_or(text.len(), |(end, _)| end);
    text.split_at(end)
}

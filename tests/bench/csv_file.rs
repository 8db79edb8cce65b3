//! A CSV as KBC exports it in Dutch: newest first, a running balance, decimal commas.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;

use crate::payments::{ACCOUNT, Communication, HOLDER, Payment, Payments};

const HEADER: &str = "Rekeningnummer;Rubrieknaam;Naam;Munt;Afschriftnummer;Datum;Omschrijving;Valuta;Bedrag;Saldo;\
     credit;debet;rekeningnummer tegenpartij;BIC tegenpartij;Naam tegenpartij;Adres tegenpartij;\
     gestructureerde mededeling;Vrije mededeling";

/// Writes the file.
pub fn write(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write!(out, "{HEADER}\r\n")?;
    let mut balance = payments.opening() + payments.sum();
    for payment in payments.iter().rev() {
        let Payment { day, value_day, cents, name, street, town, iban, bic, communication, .. } = &payment;
        let (structured, free) = match communication {
            Communication::Structured(digits) => {
                (format!("***{}/{}/{}***", &digits[..3], &digits[3..7], &digits[7..]), "")
            }
            Communication::Free(text) => (String::new(), text.as_str()),
        };
        let words = if *cents < 0 { "OVERSCHRIJVING NAAR" } else { "OVERSCHRIJVING VAN" };
        let amount = comma(*cents);
        let (credit, debit) = if *cents < 0 { ("", amount.as_str()) } else { (amount.as_str(), "") };
        write!(
            out,
            "{ACCOUNT};Zichtrekening;{HOLDER};EUR;  {}{:03};{};{words} {iban} {name};{};{amount};{};{credit};{debit};\
             {iban};{bic};{name};{street} {town};{structured};{free}\r\n",
            day.year(),
            day.day_of_year(),
            slashed(*day),
            slashed(*value_day),
            comma(balance),
        )?;
        balance -= cents;
    }
    out.flush()
}

fn comma(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn slashed(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

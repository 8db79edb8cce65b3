//! MT940 statements, one a day, with structured information as German and Austrian banks write it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;

use crate::payments::{ACCOUNT, Communication, Payment, Payments};

/// Writes the file.
pub fn write(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut before, last) = payments.days();
    let (mut balance, mut number) = (payments.opening(), payments.statement());
    let mut open = None;
    for payment in payments.iter() {
        if open != Some(payment.day) {
            if let Some(day) = open {
                write!(out, ":62F:{}\r\n-\r\n", amount(balance, day))?;
                (before, number) = (day, number + 1);
            }
            open = Some(payment.day);
            write!(out, ":20:STM{}\r\n:25:{ACCOUNT}\r\n:28C:{number:05}/001\r\n", yymmdd(payment.day))?;
            write!(out, ":60F:{}\r\n", amount(balance, before))?;
        }
        movement(&mut out, &payment)?;
        balance += payment.cents;
    }
    write!(out, ":62F:{}\r\n-\r\n", amount(balance, last))?;
    out.flush()
}

fn movement(out: &mut impl Write, payment: &Payment) -> io::Result<()> {
    let Payment { day, value_day, cents, communication, end_to_end, reference, bic, iban, .. } = payment;
    let mark = if *cents < 0 { "DR" } else { "CR" };
    write!(
        out,
        ":61:{}{:02}{:02}{mark}{}NTRFNONREF//{}\r\n",
        yymmdd(*value_day),
        day.month(),
        day.day(),
        comma(*cents),
        // Sixteen characters.
        &reference[5..],
    )?;
    let text = match communication {
        Communication::Structured(digits) => format!("EREF+{end_to_end}SVWZ+{digits}"),
        Communication::Free(text) => format!("EREF+{end_to_end}SVWZ+{text}"),
    };
    let (code, words) =
        if *cents < 0 { ("177", "ONLINE-UEBERWEISUNG") } else { ("166", "GUTSCHR. UEBERWEISUNG") };
    let mut information = format!("{code}?00{words}?10{:04}", payment.number % 10_000);
    let text = ascii(&text);
    for (place, part) in text.as_bytes().chunks(27).take(10).enumerate() {
        information.push_str(&format!("?{}{}", 20 + place, String::from_utf8_lossy(part)));
    }
    information.push_str(&format!("?30{bic}?31{iban}?32{}", ascii(&payment.name)));
    // Lines of 65 characters, wherever that falls.
    for (place, line) in information.as_bytes().chunks(65).enumerate() {
        out.write_all(if place == 0 { b":86:" } else { b"" })?;
        out.write_all(line)?;
        out.write_all(b"\r\n")?;
    }
    Ok(())
}

fn amount(cents: i64, day: Date) -> String {
    format!("{}{}EUR{}", if cents < 0 { 'D' } else { 'C' }, yymmdd(day), comma(cents))
}

fn comma(cents: i64) -> String {
    format!("{},{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn yymmdd(day: Date) -> String {
    day.strftime("%y%m%d").to_string()
}

/// SWIFT has no accents.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'é' | 'è' => 'e',
            c if c.is_ascii() => c,
            _ => '.',
        })
        .collect()
}

//! A QIF of one bank account: day first, a point before the decimals.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::payments::{Communication, Payment, Payments, decimal};

/// Writes the file.
pub fn write(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(out, "!Type:Bank")?;
    for payment in payments.iter() {
        let Payment { number, day, name, communication, cents, .. } = &payment;
        let memo = match communication {
            Communication::Structured(digits) => format!("Payment {digits}"),
            Communication::Free(text) => text.clone(),
        };
        writeln!(
            out,
            "D{:02}/{:02}/{:04}\nT{}\nN{number}\nP{name}\nM{memo}\n^",
            day.day(),
            day.month(),
            day.year(),
            decimal(*cents)
        )?;
    }
    out.flush()
}

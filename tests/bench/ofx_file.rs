//! An OFX of one bank account: version 1 as banks write it, an element a line and no end tags of values, or version 2.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;

use crate::payments::{ACCOUNT, BIC, Communication, Payment, Payments, decimal};

/// Writes the file in that version.
pub fn write(path: &Path, payments: &Payments, version: u8) -> io::Result<()> {
    let mut out =
        Elements { file: BufWriter::with_capacity(1 << 20, File::create(path)?), closed: version > 1 };
    let (before, last) = payments.days();
    let head = if version > 1 {
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <?OFX OFXHEADER=\"200\" VERSION=\"203\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n"
    } else {
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:103\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\nCOMPRESSION:NONE\n\
         OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
    };
    out.file.write_all(head.as_bytes())?;
    let now = format!("{}214012", day(last));
    out.open(&["OFX", "SIGNONMSGSRSV1", "SONRS"])?;
    out.status()?;
    out.value("DTSERVER", &now)?;
    out.value("LANGUAGE", "ENG")?;
    out.close(&["SONRS", "SIGNONMSGSRSV1"])?;
    out.open(&["BANKMSGSRSV1", "STMTTRNRS"])?;
    out.value("TRNUID", "1")?;
    out.status()?;
    out.open(&["STMTRS"])?;
    out.value("CURDEF", "EUR")?;
    out.open(&["BANKACCTFROM"])?;
    out.value("BANKID", BIC)?;
    out.value("ACCTID", ACCOUNT)?;
    out.value("ACCTTYPE", "CHECKING")?;
    out.close(&["BANKACCTFROM"])?;
    out.open(&["BANKTRANLIST"])?;
    out.value("DTSTART", &day(before))?;
    out.value("DTEND", &day(last))?;
    for payment in payments.iter() {
        out.transaction(&payment)?;
    }
    out.close(&["BANKTRANLIST"])?;
    out.open(&["LEDGERBAL"])?;
    out.value("BALAMT", &decimal(payments.opening() + payments.sum()))?;
    out.value("DTASOF", &now)?;
    out.close(&["LEDGERBAL", "STMTRS", "STMTTRNRS", "BANKMSGSRSV1", "OFX"])?;
    out.file.flush()
}

struct Elements {
    file: BufWriter<File>,
    closed: bool,
}

impl Elements {
    fn transaction(&mut self, payment: &Payment) -> io::Result<()> {
        let Payment { day: booked, value_day, cents, name, communication, end_to_end, reference, .. } =
            payment;
        let memo = match communication {
            Communication::Structured(digits) => format!("{digits} {end_to_end}"),
            Communication::Free(text) => format!("{text} {end_to_end}"),
        };
        self.open(&["STMTTRN"])?;
        self.value("TRNTYPE", if *cents < 0 { "DEBIT" } else { "CREDIT" })?;
        self.value("DTPOSTED", &format!("{}120000[+1:CET]", day(*booked)))?;
        self.value("DTAVAIL", &day(*value_day))?;
        self.value("TRNAMT", &decimal(*cents))?;
        self.value("FITID", reference)?;
        // An ampersand now and then.
        let linked = if payment.number.is_multiple_of(16) { " &amp; " } else { " " };
        self.value("NAME", &name.replacen(' ', linked, 1))?;
        self.value("MEMO", &memo)?;
        self.close(&["STMTTRN"])
    }

    fn status(&mut self) -> io::Result<()> {
        self.open(&["STATUS"])?;
        self.value("CODE", "0")?;
        self.value("SEVERITY", "INFO")?;
        self.close(&["STATUS"])
    }

    fn open(&mut self, names: &[&str]) -> io::Result<()> {
        names.iter().try_for_each(|name| writeln!(self.file, "<{name}>"))
    }

    fn close(&mut self, names: &[&str]) -> io::Result<()> {
        names.iter().try_for_each(|name| writeln!(self.file, "</{name}>"))
    }

    fn value(&mut self, name: &str, value: &str) -> io::Result<()> {
        write!(self.file, "<{name}>{value}")?;
        if self.closed {
            write!(self.file, "</{name}>")?;
        }
        writeln!(self.file)
    }
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

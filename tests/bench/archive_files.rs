//! Files that are archives: a workbook as Argenta exports it, and a ZIP that holds one CAMT.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::civil::{Date, date};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::payments::{ACCOUNT, Communication, Payment, Payments, decimal};

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
     <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
     <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
     <Override PartName=\"/xl/workbook.xml\" \
     ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
     <Override PartName=\"/xl/styles.xml\" \
     ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
     <Override PartName=\"/xl/worksheets/sheet1.xml\" \
     ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>";
const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
     <Relationship Id=\"rId1\" Target=\"xl/workbook.xml\" \
     Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";
const WORKBOOK: &str = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
     <sheet name=\"Verrichtingen\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
const WORKBOOK_RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
     <Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\" \
     Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\"/>\
     <Relationship Id=\"rId2\" Target=\"styles.xml\" \
     Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\"/></Relationships>";
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
     <fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill><patternFill patternType=\"none\"/></fill></fills><borders count=\"1\"><border/></borders>\
     <cellStyleXfs count=\"1\"><xf/></cellStyleXfs>\
     <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";
const HEADER: [&str; 11] = [
    "Rekening",
    "Boekdatum",
    "Valutadatum",
    "Referentie",
    "Beschrijving",
    "Bedrag",
    "Munt",
    "Verrichtingsdatum",
    "Rekening tegenpartij",
    "Naam tegenpartij",
    "Mededeling",
];

/// Writes a workbook.
pub fn xlsx(path: &Path, payments: &Payments) -> io::Result<()> {
    let mut out = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?));
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
        ("xl/styles.xml", STYLES),
    ];
    for (name, text) in parts {
        out.start_file(name, SimpleFileOptions::default())?;
        out.write_all(text.as_bytes())?;
    }
    out.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())?;
    out.write_all(
        b"<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    )?;
    row(&mut out, 1, &HEADER.map(text))?;
    for (number, payment) in (2..).zip(payments.iter().rev()) {
        let Payment { day, value_day, cents, name, iban, communication, reference, .. } = &payment;
        let told = match communication {
            Communication::Structured(digits) => {
                format!("+++{}/{}/{}+++", &digits[..3], &digits[3..7], &digits[7..])
            }
            Communication::Free(text) => text.clone(),
        };
        let words = if *cents < 0 { "Uitgaande overschrijving" } else { "Inkomende overschrijving" };
        let booked = format!(" s=\"1\"><v>{}</v>", serial(*day));
        let cells = [
            text(&spaced(ACCOUNT)),
            booked.clone(),
            format!(" s=\"1\"><v>{}</v>", serial(*value_day)),
            text(&reference[5..]),
            text(words),
            format!("><v>{}</v>", decimal(*cents)),
            text("EUR"),
            booked,
            text(&spaced(iban)),
            text(name),
            text(&told),
        ];
        row(&mut out, number, &cells)?;
    }
    out.write_all(b"</sheetData></worksheet>")?;
    out.finish()?.flush()
}

/// Writes an archive of one file that is at hand.
pub fn zip(path: &Path, name: &str, file: &Path) -> io::Result<()> {
    let mut out = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?));
    out.start_file(name, SimpleFileOptions::default())?;
    io::copy(&mut File::open(file)?, &mut out)?;
    out.finish()?.flush()
}

fn row(out: &mut impl Write, number: usize, cells: &[String; 11]) -> io::Result<()> {
    write!(out, "<row r=\"{number}\">")?;
    for (column, cell) in (b'A'..).zip(cells) {
        write!(out, "<c r=\"{}{number}\"{cell}</c>", char::from(column))?;
    }
    out.write_all(b"</row>")
}

fn text(text: &str) -> String {
    format!(" t=\"inlineStr\"><is><t>{text}</t></is>")
}

fn spaced(iban: &str) -> String {
    let groups: Vec<_> = iban.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

/// Days as a spreadsheet counts them.
fn serial(day: Date) -> i32 {
    day.since(date(1899, 12, 30)).map_or(0, |span| span.get_days())
}

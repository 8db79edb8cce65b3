//! The floors: what no reader of a format can do without, and nothing more.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use quick_xml::events::Event;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::payments::decimal;

/// Bytes that are read at once, as the bridge's reader of CODA takes them.
const BUFFER: usize = 256 << 10;
/// Bytes that the bridge's reader of XML takes at once.
const XML_BUFFER: usize = 128 << 10;
/// Bytes that an identity is usually made of: account, day, amount, and a text or a reference.
const IDENTITY: usize = 96;

/// Slices the bytes into lines and adds up the amounts of the movements (record 2.1 with detail number 0000).
pub fn coda(path: &Path) -> io::Result<Value> {
    let (mut records, mut thousandths) = (0, 0);
    pieces(path, b'\n', |line| add(line, &mut records, &mut thousandths))?;
    Ok(json!({"records": records, "sum": decimal(thousandths / 10)}))
}

/// Gives the pieces of a file that end with that byte, and what stands behind the last one.
fn pieces(path: &Path, end: u8, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            take(&buffer[..kept]);
            return Ok(());
        }
        let filled = kept + read;
        let mut start = 0;
        while let Some(length) = memchr::memchr(end, &buffer[start..filled]) {
            take(&buffer[start..start + length]);
            start += length + 1;
        }
        buffer.copy_within(start..filled, 0);
        kept = filled - start;
    }
}

/// The same over a file that is read whole first, as a reader does that hands out slices of it.
pub fn coda_whole(path: &Path) -> io::Result<Value> {
    let bytes = std::fs::read(path)?;
    let (mut records, mut thousandths) = (0, 0);
    for line in bytes.split(|byte| *byte == b'\n') {
        add(line, &mut records, &mut thousandths);
    }
    Ok(json!({"records": records, "sum": decimal(thousandths / 10)}))
}

fn add(line: &[u8], records: &mut u64, thousandths: &mut i64) {
    if line.len() >= 128 && line.starts_with(b"21") && &line[6..10] == b"0000" {
        let amount = line[32..47].iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        *thousandths += if line[31] == b'1' { -amount } else { amount };
        *records += 1;
    }
}

/// Reads all events of the XML, one after the other, into one buffer, and looks at none.
pub fn camt(path: &Path) -> Result<Value, quick_xml::Error> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(XML_BUFFER, File::open(path)?));
    let mut buffer = Vec::new();
    let mut events = 0_u64;
    while !matches!(reader.read_event_into(&mut buffer)?, Event::Eof) {
        events += 1;
        buffer.clear();
    }
    Ok(json!({"events": events}))
}

/// Slices the bytes into lines and adds up the amounts (`T`).
pub fn qif(path: &Path) -> io::Result<Value> {
    let (mut records, mut sum) = (0_u64, 0);
    pieces(path, b'\n', |line| match line.first() {
        Some(b'T') => sum += cents(&line[1..]),
        Some(b'^') => records += 1,
        _ => {}
    })?;
    Ok(json!({"records": records, "sum": decimal(sum)}))
}

/// Slices the bytes at every start of a tag and adds up the amounts of transactions (`TRNAMT`).
pub fn ofx(path: &Path) -> io::Result<Value> {
    let (mut records, mut sum) = (0_u64, 0);
    pieces(path, b'<', |piece| {
        if let Some(amount) = piece.strip_prefix(b"TRNAMT>") {
            sum += cents(amount);
            records += 1;
        }
    })?;
    Ok(json!({"records": records, "sum": decimal(sum)}))
}

/// Slices the bytes into lines and adds up the amounts of the movements (`:61:`), whose marks stand behind two dates.
pub fn mt940(path: &Path) -> io::Result<Value> {
    let (mut records, mut sum) = (0_u64, 0);
    pieces(path, b'\n', |line| {
        if let Some(movement) = line.strip_prefix(b":61:") {
            let amount = cents(&movement[12..]);
            sum += if movement[10] == b'D' { -amount } else { amount };
            records += 1;
        }
    })?;
    Ok(json!({"records": records, "sum": decimal(sum)}))
}

/// The cents of an amount of two decimals, whatever its decimal mark, up to what is no part of it.
fn cents(text: &[u8]) -> i64 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let mut sum = 0;
    for byte in digits {
        match byte {
            b'0'..=b'9' => sum = sum * 10 + i64::from(byte - b'0'),
            b'.' | b',' => {}
            _ => break,
        }
    }
    if negative { -sum } else { sum }
}

/// Reads all records with the csv crate and adds up the ninth column.
pub fn csv(path: &Path) -> io::Result<Value> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').buffer_capacity(BUFFER).from_reader(File::open(path)?);
    let mut record = csv::ByteRecord::new();
    let (mut records, mut sum) = (0_u64, 0);
    while reader.read_byte_record(&mut record)? {
        sum += cents(&record[8]);
        records += 1;
    }
    Ok(json!({"records": records, "sum": decimal(sum)}))
}

/// Reads all cells of a workbook with calamine and adds up the numbers of the sixth column.
pub fn xlsx(path: &Path) -> Result<Value, calamine::XlsxError> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path)?;
    let mut cells = calamine::Reader::sheet_names(&workbook)
        .first()
        .map(|name| workbook.worksheet_cells_reader(name))
        .ok_or(calamine::XlsxError::FileNotFound("worksheet".to_owned()))??;
    let (mut records, mut sum) = (0_u64, 0);
    while let Some(cell) = cells.next_cell()? {
        if let ((_, 5), calamine::DataRef::Float(amount)) = (cell.get_position(), cell.get_value()) {
            sum += (amount * 100.0).round() as i64;
            records += 1;
        }
    }
    Ok(json!({"records": records, "sum": decimal(sum)}))
}

/// Unpacks all files of an archive and looks at none.
pub fn zip(path: &Path) -> Result<Value, zip::result::ZipError> {
    let mut archive = zip::ZipArchive::new(BufReader::with_capacity(BUFFER, File::open(path)?))?;
    let mut bytes = 0;
    for index in 0..archive.len() {
        bytes += io::copy(&mut archive.by_index(index)?, &mut io::sink())?;
    }
    Ok(json!({"bytes": bytes}))
}

/// Takes as many digests as a file has lines, of as many bytes as an identity is usually made of, and reads no file.
pub fn digests(count: u64) -> Value {
    let mut marks = [b'x'; IDENTITY];
    let mut kept = 0_u64;
    for number in 0..count {
        marks[..8].copy_from_slice(&number.to_le_bytes());
        kept ^= u64::from(Sha256::digest(marks)[0]);
    }
    json!({"digests": count, "kept": kept})
}

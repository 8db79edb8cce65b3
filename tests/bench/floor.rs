//! The floors: what no reader of a format can do without, and nothing more.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use quick_xml::events::Event;
use serde_json::{Value, json};

use crate::payments::decimal;

/// Bytes that the bridge's reader of CODA takes at once.
const CODA_BUFFER: usize = 256 << 10;
/// Bytes that the bridge's reader of XML takes at once.
const XML_BUFFER: usize = 128 << 10;

/// Slices the bytes into lines and adds up the amounts of the movements (record 2.1 with detail number 0000).
pub fn coda(path: &Path) -> io::Result<Value> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CODA_BUFFER];
    let (mut kept, mut records, mut thousandths) = (0, 0_u64, 0_i64);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            break;
        }
        let end = kept + read;
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &buffer[start..end]) {
            let line = &buffer[start..start + length];
            start += length + 1;
            if line.len() >= 128 && line.starts_with(b"21") && &line[6..10] == b"0000" {
                let amount = line[32..47].iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
                thousandths += if line[31] == b'1' { -amount } else { amount };
                records += 1;
            }
        }
        buffer.copy_within(start..end, 0);
        kept = end - start;
    }
    Ok(json!({"records": records, "sum": decimal(thousandths / 10)}))
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

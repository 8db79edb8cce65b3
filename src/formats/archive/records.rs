//! The archive to the bytes of its files, within the caps.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::result::ZipError;

use super::companions;
use crate::errors::{Code, Error, Place, Result};
use crate::formats::input::{ReadSeek, unreadable};
use crate::formats::{Input, Understanding};

/// Most entries of an archive, folders and all.
const MAX_ENTRIES: u64 = 1_000;
/// Size up to which a file may be compressed however well, in bytes.
const FREE: u64 = 16 << 20;
/// How many times its compressed size a larger file may have: texts of banks stay below 100.
const MAX_RATIO: u64 = 250;
/// Bytes unpacked at once.
const CHUNK: u64 = 256 << 10;
/// Where the end of an archive may be found: its record and the longest comment (4.3.16).
const TAIL: u64 = 22 + 65_535;

/// An archive whose entries were looked at, and not unpacked yet.
pub(super) struct Archive<'i> {
    zip: zip::ZipArchive<BufReader<Box<dyn ReadSeek + 'i>>>,
    /// Files to read: the name, and the place in the archive.
    members: BTreeMap<String, usize>,
    /// Bytes that may still be unpacked.
    room: u64,
    input: &'i Input,
}

impl<'i> Archive<'i> {
    /// Looks at all entries; counts those that are left out.
    ///
    /// # Errors
    /// BB-38xx for an archive that is damaged, or that no bank would give.
    pub(super) fn open(input: &'i Input, understanding: &mut Understanding) -> Result<Self> {
        check_count(&mut *input.seekable()?)?;
        let reader = BufReader::new(input.seekable()?);
        let mut zip = zip::ZipArchive::new(reader).map_err(|error| damaged(&error))?;
        if zip.has_duplicate_names() {
            return Err(Error::new(Code::ARCHIVE_NAMES_REPEATED));
        }
        let mut members = BTreeMap::new();
        for index in 0..zip.len() {
            let Some(name) = member(input, &zip, index, understanding)? else { continue };
            // As they are shown, two names may be one.
            if members.insert(name, index).is_some() {
                return Err(Error::new(Code::ARCHIVE_NAMES_REPEATED));
            }
        }
        if members.is_empty() {
            return Err(Error::new(Code::ARCHIVE_EMPTY));
        }
        if zip.has_overlapping_entries().map_err(|error| damaged(&error))? {
            return Err(Error::new(Code::ARCHIVE_DAMAGED).arg("reason", "its files lie over each other"));
        }
        Ok(Self { zip, members, room: input.max_size(), input })
    }

    /// Names of the files, in their order, and their places.
    pub(super) fn members(&self) -> Vec<(String, usize)> {
        self.members.iter().map(|(name, index)| (name.clone(), *index)).collect()
    }

    /// How messages name a file of the archive.
    pub(super) fn path(&self, name: &str) -> String {
        path(self.input, name)
    }

    /// Unpacks a file.
    ///
    /// # Errors
    /// BB-3801 where it is damaged, BB-3804 or BB-3805 where it is larger than the caps.
    pub(super) fn unpack(&mut self, name: &str, index: usize) -> Result<Vec<u8>> {
        let path = self.path(name);
        let of = |error: Error| error.at(Place::file(&*path));
        let file = self.zip.by_index(index).map_err(|error| of(damaged(&error)))?;
        let compressed = file.compressed_size();
        // As much as it says, if that may be: room that is made anew is copied.
        let expected = file.size().min(self.room).min(compressed.saturating_mul(MAX_RATIO)) + 1;
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let mut rest = file;
        loop {
            let before = bytes.len();
            rest.by_ref().take(CHUNK).read_to_end(&mut bytes).map_err(|error| of(damaged(&error.into())))?;
            let size = bytes.len() as u64;
            if size > self.room {
                let error = Error::new(Code::ARCHIVE_TOO_LARGE).arg("limit", self.input.max_size() >> 20);
                return Err(of(error));
            }
            if size > FREE && size / MAX_RATIO > compressed {
                return Err(of(Error::new(Code::ARCHIVE_BOMB).arg("ratio", MAX_RATIO)));
            }
            if bytes.len() == before {
                self.room -= size;
                return Ok(bytes);
            }
        }
    }
}

fn path(input: &Input, name: &str) -> String {
    format!("{}/{name}", input.name())
}

/// The name of an entry that is a file to read; none for what is left out.
fn member<R>(
    input: &Input,
    zip: &zip::ZipArchive<R>,
    index: usize,
    understanding: &mut Understanding,
) -> Result<Option<String>>
where
    R: Read + Seek,
{
    let entry = zip.by_index_data(index).map_err(|error| damaged(&error))?;
    let raw = entry.name_raw();
    let name = entry.name().map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), Into::into);
    let shown = shown(&name);
    if leads_out(&name) {
        return Err(Error::new(Code::ARCHIVE_NAME).arg("name", shown));
    }
    if entry.is_dir() || name.ends_with(['/', '\\']) {
        if entry.size() > 0 {
            return Err(Error::new(Code::ARCHIVE_NAME).arg("name", shown));
        }
        understanding.ignore("folders", "the files in them are read", None);
        return Ok(None);
    }
    if let Some((what, why)) = companions::added(&name) {
        understanding.ignore(what, why, None);
        return Ok(None);
    }
    if entry.encrypted() {
        return Err(Error::new(Code::ARCHIVE_ENCRYPTED).at(Place::file(path(input, &shown))));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        let method = method(entry.compression());
        return Err(Error::new(Code::ARCHIVE_METHOD)
            .arg("method", method)
            .at(Place::file(path(input, &shown))));
    }
    Ok(Some(shown))
}

/// Whether a name is none of a file in the archive's own folder: such names are made to overwrite other files.
fn leads_out(name: &str) -> bool {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    drive
        || name.starts_with(['/', '\\'])
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

/// A name for a message: on one line, and not longer than one reads.
fn shown(name: &str) -> String {
    const LONGEST: usize = 200;
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let length = name.chars().count();
    // The end tells more than the folders before it.
    name.chars().skip(length.saturating_sub(LONGEST)).map(plain).collect()
}

/// A method of compression in words (4.4.5).
fn method(method: CompressionMethod) -> String {
    let known = [
        (CompressionMethod::DEFLATE64, "Deflate64"),
        (CompressionMethod::BZIP2, "BZIP2"),
        (CompressionMethod::LZMA, "LZMA"),
        (CompressionMethod::ZSTD, "Zstandard"),
        (CompressionMethod::XZ, "XZ"),
        (CompressionMethod::PPMD, "PPMd"),
    ];
    let found = known.iter().find(|(one, _)| *one == method);
    found.map_or_else(|| format!("{method:?}"), |(_, words)| (*words).to_owned())
}

/// Refuses an archive that says it has too many entries, before a list of them is made in memory.
fn check_count(reader: &mut dyn ReadSeek) -> Result<()> {
    let size = reader.seek(SeekFrom::End(0)).map_err(|error| unreadable(&error))?;
    reader.seek(SeekFrom::Start(size.saturating_sub(TAIL))).map_err(|error| unreadable(&error))?;
    let mut tail = Vec::new();
    reader.take(TAIL).read_to_end(&mut tail).map_err(|error| unreadable(&error))?;
    // Counts of all records that could be the last; in ZIP64 (4.3.14) the first has all bits set.
    let wide = counts(&tail, b"PK\x06\x06", 32, 8).max();
    let plain = counts(&tail, super::END, 10, 2).filter(|count| wide.is_none() || *count < 0xffff).max();
    let count = wide.max(plain).unwrap_or(0);
    if count > MAX_ENTRIES {
        return Err(Error::new(Code::ARCHIVE_TOO_MANY).arg("count", count).arg("limit", MAX_ENTRIES));
    }
    Ok(())
}

/// Numbers of so many bytes, so far behind each mark.
fn counts(tail: &[u8], mark: &'static [u8], offset: usize, length: usize) -> impl Iterator<Item = u64> {
    memchr::memmem::find_iter(tail, mark).filter_map(move |at| {
        let bytes = tail.get(at + offset..at + offset + length)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    })
}

/// An archive that cannot be read.
fn damaged(error: &ZipError) -> Error {
    let reason = match error {
        ZipError::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    Error::new(Code::ARCHIVE_DAMAGED).arg("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_known() {
        for name in ["/etc/passwd", "..", "a/../b", "a\\..\\b", "C:\\a", "c:a", "\\\\host\\a", "a\0b", "../a"]
        {
            assert!(leads_out(name), "{name:?}");
        }
        for name in ["a", "a/b.xml", "a..b", "./a", "a\\b.xml", "1: b", "é:b", "...", ""] {
            assert!(!leads_out(name), "{name:?}");
        }
    }

    #[test]
    fn names_are_shown_on_one_line() {
        assert_eq!(shown("a\nb\u{1b}[31m"), "a\u{fffd}b\u{fffd}[31m");
        assert_eq!(shown(&"x".repeat(300)).len(), 200);
    }

    #[test]
    fn the_largest_count_is_the_one_that_holds() {
        let end = |count: u16| [&b"PK\x05\x06\0\0\0\0\0\0"[..], &count.to_le_bytes(), &[0; 10]].concat();
        let wide = |count: u64| [&b"PK\x06\x06"[..], &[0; 28], &count.to_le_bytes(), &[0; 16]].concat();
        let refused = |bytes: Vec<u8>| {
            check_count(&mut std::io::Cursor::new(bytes)).err().map(|error| error.args()[0].1.clone())
        };
        assert_eq!(refused(end(1000)), None);
        assert_eq!(refused(end(1001)), Some("1001".to_owned()));
        assert_eq!(refused([end(3), end(2000), end(4)].concat()), Some("2000".to_owned()));
        assert_eq!(refused(end(0xffff)), Some("65535".to_owned()));
        assert_eq!(refused([wide(7), end(0xffff)].concat()), None);
        assert_eq!(refused([wide(1 << 40), end(0xffff)].concat()), Some((1_u64 << 40).to_string()));
        assert_eq!(refused(Vec::new()), None);
    }
}

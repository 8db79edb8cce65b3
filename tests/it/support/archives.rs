//! ZIP files for tests, also such as no program makes.

use std::io::{Cursor, Write as _};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive in the making.
pub struct Archive {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    options: SimpleFileOptions,
}

impl Archive {
    /// Its files are deflated.
    pub fn new() -> Self {
        Self::with(CompressionMethod::Deflated)
    }

    /// Its files are stored as they are.
    pub fn stored() -> Self {
        Self::with(CompressionMethod::Stored)
    }

    fn with(method: CompressionMethod) -> Self {
        let options = SimpleFileOptions::default().compression_method(method);
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), options }
    }

    /// Adds a file.
    pub fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.zip.start_file(name, self.options).unwrap();
        self.zip.write_all(bytes).unwrap();
        self
    }

    /// Adds a folder.
    pub fn folder(mut self, name: &str) -> Self {
        self.zip.add_directory(name, self.options).unwrap();
        self
    }

    /// Its bytes.
    pub fn end(self) -> Vec<u8> {
        self.zip.finish().unwrap().into_inner()
    }

    /// Written to where one cannot go back: sizes and checksums stand behind the files.
    pub fn streamed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut zip = ZipWriter::new_stream(&mut bytes);
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        bytes
    }

    /// One file, marked as encrypted (APPNOTE 4.4.4, bit 0).
    pub fn encrypted(name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut archive = Self::stored().file(name, bytes).end();
        for place in headers(&archive) {
            archive[place + 2] |= 1;
        }
        archive
    }

    /// One file, marked as compressed by that method (4.4.5).
    pub fn compressed_by(method: u8, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut archive = Self::stored().file(name, bytes).end();
        for place in headers(&archive) {
            archive[place + 4] = method;
        }
        archive
    }
}

/// Where the fields that local and central headers share begin (4.3.7, 4.3.12).
fn headers(archive: &[u8]) -> Vec<usize> {
    let local = memchr::memmem::find_iter(archive, b"PK\x03\x04").map(|at| at + 4);
    let central = memchr::memmem::find_iter(archive, b"PK\x01\x02").map(|at| at + 6);
    local.chain(central).collect()
}

/// The archive with a name in it written otherwise, in as many bytes.
pub fn patched(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = memchr::memmem::find_iter(&archive, from).collect();
    assert_eq!(places.len(), 2, "once before the file, and once in the list at the end");
    for place in places {
        archive[place..place + to.len()].copy_from_slice(to);
    }
    archive
}

//! The bytes of a bank file, capped, readable more than once, and never held whole unless asked.
//!
//! A format reads through [`Input::reader`], which starts again each time, so that a large file costs no memory
//! for its bytes and an encoding can be settled in a pass of its own.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::errors::{Code, Error, Place, Result, in_words};

/// Largest file that is read unless the user says otherwise, in bytes: 512 MiB.
pub const DEFAULT_MAX_SIZE: u64 = 512 << 20;

/// How much of the file [`Input::head`] shows, in bytes: banks put pages of text before the first mark of a format.
const HEAD: u64 = 64 << 10;

/// What can be read from any place.
pub(super) trait ReadSeek: Read + Seek {}

impl<R: Read + Seek> ReadSeek for R {}

/// A bank file.
#[derive(Debug, Clone)]
pub struct Input {
    name: String,
    source: Source,
    size: u64,
    max_size: u64,
    head: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Source {
    Bytes(Bytes),
    Path(PathBuf),
}

impl Input {
    /// From bytes at hand.
    ///
    /// # Errors
    /// BB-3004 over the cap.
    pub fn from_bytes(name: &str, bytes: impl Into<Bytes>, max_size: u64) -> Result<Self> {
        let bytes = bytes.into();
        Self::new(name.to_owned(), bytes.len() as u64, Source::Bytes(bytes), max_size)
    }

    /// From a file on disk; its name for messages is the last part of the path.
    ///
    /// # Errors
    /// BB-3001 where it cannot be read, BB-3004 over the cap.
    pub fn open(path: &Path, max_size: u64) -> Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let unreadable = |error: std::io::Error| unreadable(&error).at(Place::file(name.clone()));
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        Self::new(name.clone(), metadata.len(), Source::Path(path.to_owned()), max_size)
    }

    fn new(name: String, size: u64, source: Source, max_size: u64) -> Result<Self> {
        if size > max_size {
            return Err(Error::new(Code::FILE_TOO_LARGE).arg("limit", max_size >> 20).at(Place::file(name)));
        }
        let mut input = Self { name, source, size, max_size, head: Vec::new() };
        let mut head = Vec::new();
        input
            .reader()?
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(|e| unreadable(&e).at(Place::file(&*input.name)))?;
        input.head = head;
        Ok(input)
    }

    /// Name for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The cap that it was opened under, in bytes; what is packed in it is held to the same.
    #[must_use]
    pub fn max_size(&self) -> u64 {
        self.max_size
    }

    /// The first 64 KiB.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// A reader from the start, unbuffered, that never gives more than the size seen when it was opened.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub fn reader(&self) -> Result<Box<dyn Read + Send + '_>> {
        Ok(match &self.source {
            Source::Bytes(bytes) => Box::new(Cursor::new(&**bytes)),
            Source::Path(path) => {
                let file = File::open(path).map_err(|e| unreadable(&e).at(Place::file(&*self.name)))?;
                Box::new(file.take(self.size))
            }
        })
    }

    /// A reader, unbuffered, that can go to any place.
    ///
    /// # Errors
    /// BB-3001 where the file has gone.
    pub(super) fn seekable(&self) -> Result<Box<dyn ReadSeek + '_>> {
        Ok(match &self.source {
            Source::Bytes(bytes) => Box::new(Cursor::new(&**bytes)),
            Source::Path(path) => {
                Box::new(File::open(path).map_err(|e| unreadable(&e).at(Place::file(&*self.name)))?)
            }
        })
    }

    /// All bytes, for what needs them at once: a digest, an attachment, a rare encoding.
    ///
    /// # Errors
    /// BB-3001 where it cannot be read.
    pub fn bytes(&self) -> Result<Bytes> {
        if let Source::Bytes(bytes) = &self.source {
            return Ok(bytes.clone());
        }
        let mut bytes = Vec::new();
        self.reader()?.read_to_end(&mut bytes).map_err(|e| unreadable(&e).at(Place::file(&*self.name)))?;
        Ok(bytes.into())
    }
}

/// A failure of reading as BB-3001.
#[must_use]
pub fn unreadable(error: &std::io::Error) -> Error {
    Error::new(Code::FILE_UNREADABLE).arg("reason", in_words(error))
}

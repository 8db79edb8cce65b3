//! Mutation of what is in an archive: a changed byte of the archive itself is mostly a wrong checksum and nothing more.

use std::io::{Cursor, Read as _, Write as _};

use libfuzzer_sys::fuzzer_mutate;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Longest part that is taken apart, in bytes.
const LONGEST: u64 = 1 << 18;

/// Mutates the first `size` bytes in place and gives the new size, at most `max_size`: one part of an archive in most
/// cases, the bytes themselves in the others and where they are no archive.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed % 8 > 0
        && let Some(changed) = data.get(..size).and_then(|archive| part(archive, seed / 8))
        && changed.len() <= max_size
    {
        data[..changed.len()].copy_from_slice(&changed);
        return changed.len();
    }
    fuzzer_mutate(data, size, max_size)
}

/// The archive with one of its parts mutated, its parts stored as they are.
fn part(archive: &[u8], seed: u32) -> Option<Vec<u8>> {
    if !archive.starts_with(b"PK") {
        return None;
    }
    let mut archive = ZipArchive::new(Cursor::new(archive)).ok()?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).ok()?;
        let (name, mut bytes) = (part.name().ok()?.into_owned(), Vec::new());
        (&mut part).take(LONGEST).read_to_end(&mut bytes).ok()?;
        parts.push((name, bytes));
    }
    // Worksheets and texts hold what matters in a workbook.
    let held = |name: &str| name.contains("sheet") || name.contains("Strings") || name.contains("styles");
    let mut likely: Vec<usize> = (0..parts.len()).filter(|index| held(&parts[*index].0)).collect();
    if likely.is_empty() || seed.is_multiple_of(6) {
        likely = (0..parts.len()).collect();
    }
    let chosen = *likely.get(seed as usize % likely.len().max(1))?;
    let bytes = &mut parts.get_mut(chosen)?.1;
    let (length, most) = (bytes.len(), bytes.len() + 512);
    bytes.resize(most, 0);
    let length = fuzzer_mutate(bytes, length, most);
    bytes.truncate(length);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in &parts {
        writer.start_file(name, stored).ok()?;
        writer.write_all(bytes).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

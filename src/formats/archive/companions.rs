//! What stands beside bank files in an archive and holds no transactions, and what other files are, by their first bytes.

/// What a program added of itself, by its name; none where the file has to be read.
pub(super) fn added(name: &str) -> Option<(&'static str, &'static str)> {
    let macos = ("files of macOS", "macOS adds them, and they hold no transactions");
    let mut parts = name.split(['/', '\\']).rev();
    let last = parts.next().unwrap_or_default();
    if name.starts_with("__MACOSX/") || last == ".DS_Store" || last.starts_with("._") {
        return Some(macos);
    }
    let windows = ["thumbs.db", "desktop.ini"].iter().any(|known| last.eq_ignore_ascii_case(known));
    windows.then_some(("files of Windows", "Windows adds them, and they hold no transactions"))
}

/// What a file is that is in no format of ours and holds no transactions, by its name.
pub(super) fn harmless(name: &str) -> Option<(&'static str, &'static str)> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "md5" | "sha1" | "sha256" | "sha512" | "sfv" => {
            Some(("checksums", "they are of the files beside them"))
        }
        "asc" | "sig" | "p7s" => Some(("signatures", "they are of the files beside them")),
        _ => None,
    }
}

/// What an archive of any kind begins with.
const ARCHIVES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\0", "XZ"),
];

/// The kind of archive that a file is.
pub(super) fn archive(head: &[u8]) -> Option<&'static str> {
    ARCHIVES.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, kind)| *kind)
}

/// What a file is that is in no format of ours.
pub(super) fn kind(head: &[u8]) -> &'static str {
    let marks: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF, which is for people"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"MZ", "a program"),
        (b"\x7fELF", "a program"),
    ];
    let known = marks.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, kind)| *kind);
    known.unwrap_or("in no format that Bank Bridge reads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_add_is_known_by_its_name() {
        for name in ["__MACOSX/a/._b.xml", "days/.DS_Store", "._b.xml", "Thumbs.db", "days\\desktop.ini"] {
            assert!(added(name).is_some(), "{name}");
        }
        for name in ["a.xml", "MACOSX/a.xml", ".xml", "DS_Store", "a/thumbs.xml"] {
            assert!(added(name).is_none(), "{name}");
        }
    }

    #[test]
    fn checksums_and_signatures_are_known_by_their_endings() {
        assert!(harmless("a.xml.SHA256").is_some());
        assert!(harmless("a.sta.sig").is_some());
        for name in ["a.xml", "sig", "README.txt", "a.pdf"] {
            assert!(harmless(name).is_none(), "{name}");
        }
    }
}

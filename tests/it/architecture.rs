//! Who may use whom: the `use` lines of each folder of `src` against the map.

use crate::support::{files, root};

/// Folder, and the folders of ours that it may use besides itself.
const MAP: &[(&str, &[&str])] = &[
    ("domain", &["errors"]),
    ("errors", &["domain"]),
    ("formats", &["domain", "errors"]),
    ("http", &["errors"]),
    ("odoo", &["domain", "errors", "http"]),
    ("providers", &["domain", "errors", "http", "telemetry"]),
    ("sandbox", &["domain", "errors", "http"]),
    ("seal", &["errors"]),
    ("sync", &["domain", "errors", "formats", "odoo", "providers", "seal"]),
    ("telemetry", &["errors"]),
    ("config", &["errors", "odoo", "providers", "rpc", "sandbox", "sync"]),
    ("rpc", &["domain", "errors", "formats", "providers", "seal", "sync", "telemetry"]),
    (
        "cli",
        &[
            "config",
            "domain",
            "errors",
            "formats",
            "odoo",
            "providers",
            "rpc",
            "sandbox",
            "seal",
            "sync",
            "telemetry",
        ],
    ),
];

#[test]
fn every_folder_uses_only_what_the_map_allows() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src")) {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let (Some(folder), Some(_)) = (parts.next(), parts.next()) else { continue };
        let Some((_, allowed)) = MAP.iter().find(|(name, _)| *name == folder) else {
            panic!("src/{folder} does not stand on the map of tests/it/architecture.rs");
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if used != folder && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A statement knows the code of its warnings and the catalogue words them; nothing else of `errors` is in the
/// domain, and formats never see Odoo.
#[test]
fn the_domain_takes_only_codes_from_errors() {
    for path in files(&root().join("src/domain")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.contains("crate::errors")) {
            assert_eq!(line.trim(), "use crate::errors::Code;", "{}", path.display());
        }
    }
}

#[test]
fn no_file_grows_beyond_what_one_reads_at_once() {
    for path in files(&root().join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines().count();
        assert!(code <= 450, "{} has {code} lines before its tests", path.display());
    }
}

#[test]
fn tls_comes_from_one_library() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"aws-lc-rs\""));
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--invert", "ring", "--edges", "normal"])
        .current_dir(root())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&tree.stdout);
    assert!(shown.trim().is_empty(), "two TLS providers in one tree fail at run time:\n{shown}");
}

//! Fuzzing: every format of the registry reads any bytes, without a panic, and what it gives holds together.
//!
//! One binary for all targets, which `BANK_BRIDGE_FUZZ` chooses among: the name of a format reads a file as that
//! format, `any` finds out the format first. `list` prints the targets. They are those of the registry, so that no
//! format can be without one. `scripts/fuzz` builds and runs it; everything else on its command line is libFuzzer's.
//!
//! Only the folders that read files are compiled, under the names that they have in the bridge.
#![no_main]

#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/errors/mod.rs"]
pub mod errors;
#[path = "../../src/formats/mod.rs"]
pub mod formats;

mod archives;
mod checks;

use std::io::Write as _;
use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

use formats::{DEFAULT_MAX_SIZE, Input, ParseOptions, REGISTRY};

/// The target at which a format is found out.
const ANY: &str = "any";

/// The format that is fuzzed; none for [`ANY`].
static FORMAT: OnceLock<Option<&'static str>> = OnceLock::new();

fuzz_target!(
    init: choose(),
    |bytes: &[u8]| {
        let format = FORMAT.get().copied().flatten();
        let input = Input::from_bytes("fuzzed", bytes.to_vec(), DEFAULT_MAX_SIZE).expect("it is small");
        for format in REGISTRY {
            let _ = format.sniff(&input);
        }
        checks::outcome(bytes, &formats::read(&input, format, &ParseOptions::default()));
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    archives::mutate(data, size, max_size, seed)
});

/// Takes the target from the environment, or ends with what there is.
fn choose() {
    let targets: Vec<_> = REGISTRY.iter().map(|format| format.id()).chain([ANY]).collect();
    let chosen = std::env::var("BANK_BRIDGE_FUZZ").unwrap_or_default();
    let Some(target) = targets.iter().find(|target| **target == chosen) else {
        let _ = writeln!(std::io::stdout(), "{}", targets.join("\n"));
        std::process::exit(if chosen == "list" { 0 } else { 2 });
    };
    FORMAT.get_or_init(|| Some(*target).filter(|target| *target != ANY));
}

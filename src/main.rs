//! Arguments to the command line, the command's outcome to the exit code, nothing else.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    bank_bridge::cli::run()
}

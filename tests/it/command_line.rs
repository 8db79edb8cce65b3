//! Whole commands as a person runs them: output, messages and exit code.

use std::process::Command;

use crate::support::root;

/// Runs the binary in the project's folder, without the environment's own settings and without colour.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bank-bridge"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "exit code {}\n----- data\n{}----- messages\n{}",
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

#[test]
fn explain_names_cause_mender_and_next_step() {
    insta::assert_snapshot!(run(&["explain", "BB-4105"]));
    insta::assert_snapshot!(run(&["explain", "bb-9999"]));
}

#[test]
fn a_file_that_is_none_of_ours_is_refused_with_a_code() {
    insta::assert_snapshot!(run(&["parse", "Cargo.toml"]));
    insta::assert_snapshot!(run(&["parse", "no-such-file.cod"]));
    insta::assert_snapshot!(run(&["parse", "src"]));
    insta::assert_snapshot!(run(&["parse", "--format", "fax", "Cargo.toml"]));
    insta::assert_snapshot!(run(&["parse", "--max-size", "0", "Cargo.toml"]));
}

#[test]
fn import_says_what_it_misses() {
    insta::assert_snapshot!(run(&["import", "Cargo.toml"]));
    insta::assert_snapshot!(run(&["check", "--odoo-url", "http://127.0.0.1:1", "--odoo-database", "x"]));
    insta::assert_snapshot!(run(&["import"]));
}

/// The support desk's table: a row for each code, and nothing that breaks a table.
#[test]
fn the_table_for_the_support_desk_has_every_code() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_bank-bridge")).args(["errors", "--markdown"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(" | ").collect()).collect();
    assert!(rows.iter().skip(2).all(|row| row.len() == 5), "{text}");
    for entry in bank_bridge::errors::catalogue::ENTRIES {
        let code = format!("| {}", entry.code);
        assert_eq!(rows.iter().filter(|row| row[0] == code).count(), 1, "{code}");
    }
}

#[test]
fn the_sandbox_tells_what_can_go_wrong() {
    insta::assert_snapshot!(run(&["sandbox", "--fault", "list"]));
    insta::assert_snapshot!(run(&["sandbox", "--fault", "rest@token"]));
    insta::assert_snapshot!(run(&["sandbox", "--listen", "0.0.0.0:9700"]));
}

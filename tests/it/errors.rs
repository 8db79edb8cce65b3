//! The catalogue of codes only grows, and looks the same to every reader.

use bank_bridge::errors::catalogue::ENTRIES;

/// A code keeps its meaning for ever: read a difference in this snapshot as a broken promise unless rows are
/// only added.
#[test]
fn the_table_only_grows() {
    let table: Vec<String> = ENTRIES
        .iter()
        .map(|entry| {
            let retry = if entry.retry { "retry" } else { "final" };
            let refuses = if entry.refuses { " refuses" } else { "" };
            let args: Vec<_> = entry.argument_names().collect();
            format!(
                "{} {:?} {retry}{refuses} {args:?}\n  {}\n  {}",
                entry.code, entry.fixed_by, entry.sentence, entry.next_step
            )
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

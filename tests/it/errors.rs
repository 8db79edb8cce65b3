//! The catalogue of codes only grows, and looks the same to every reader.

use bank_bridge::errors::Code;
use bank_bridge::errors::catalogue::ENTRIES;

use crate::support::{files, root};

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

/// The addon refuses with codes of this table and fills the arguments that their sentences have.
#[test]
fn the_addon_speaks_of_codes_that_stand_in_the_table() {
    let folder = root().join("odoo_addon/bank_bridge/models");
    let mut seen = 0;
    for path in files(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "py")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for (start, _) in text.match_indices("\"BB-") {
            let Some(code) = text.get(start + 1..start + 8).filter(|code| !code.contains('"')) else {
                continue;
            };
            let found = Code::find(code);
            let entry = found.unwrap_or_else(|| panic!("{}: no row for {code}", path.display())).entry();
            seen += 1;
            let Some(call) = text[..start].strip_suffix("Refusal(").map(|_| &text[start + 9..]) else {
                continue;
            };
            let arguments = arguments(call);
            if arguments.contains("**") {
                continue;
            }
            for name in entry.argument_names() {
                assert!(arguments.contains(&format!("{name}=")), "{}: {code} lacks {name}", path.display());
            }
        }
    }
    assert!(seen > 20, "only {seen} codes found in {}", folder.display());
}

/// What may end a run of an online connection reaches people in their own language, and by the table's word on whether
/// it passes: that decides when the addon tries again.
#[test]
fn the_addon_translates_what_is_said_of_connections() {
    let path = root().join("odoo_addon/bank_bridge/models/messages.py");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut seen = 0;
    for entry in ENTRIES.iter().filter(|entry| matches!(entry.code.number() / 100, 20 | 22 | 23 | 42 | 58)) {
        let key = format!("\n    \"{}\": Entry(", entry.code);
        assert!(text.contains(&key), "{}: no sentence for {}", path.display(), entry.code);
        seen += 1;
    }
    assert!(seen > 40, "only {seen} codes looked for in {}", path.display());

    let keys = text.match_indices("\n    \"BB-").map(|(start, _)| &text[start + 6..]);
    let mut translated = 0;
    for (code, call) in keys.filter_map(|rest| rest.split_once("\": Entry(")) {
        let entry = Code::find(code).unwrap_or_else(|| panic!("no row for {code}")).entry();
        let call = arguments(call);
        let passes = call.trim_end().trim_end_matches(',').rsplit(',').next().unwrap_or_default().trim();
        assert!(matches!(passes, "True" | "False"), "{code}: {passes} instead of whether it passes");
        if matches!(entry.code.number() / 100, 20 | 22 | 23 | 42) {
            assert_eq!(passes == "True", entry.retry, "{code}: may it pass by itself?");
        }
        let sentence = call.split_once("_lt(").map(|(_, rest)| arguments(rest));
        let sentence = sentence.unwrap_or_else(|| panic!("{code}: no sentence"));
        let names = sentence.split("%(").skip(1).filter_map(|rest| rest.split_once(")s"));
        for (name, _) in names {
            assert!(entry.argument_names().any(|known| known == name), "{code} has no argument {name}");
        }
        translated += 1;
    }
    assert!(translated >= seen, "only {translated} of {seen} sentences could be read in {}", path.display());
}

#[test]
fn the_addon_translates_what_is_said_of_files() {
    let models = root().join("odoo_addon/bank_bridge/models");
    let read = |name: &str| std::fs::read_to_string(models.join(name)).unwrap();
    let texts = ["messages.py", "messages_file.py", "messages_findings.py"].map(read);
    let mut seen = 0;
    let said = |code: u16| matches!(code / 100, 30..=41 | 50..=57);
    for entry in ENTRIES.iter().filter(|entry| said(entry.code.number())) {
        if matches!(entry.code.number(), 4004 | 4009 | 4010) {
            // Odoo cannot hear of these: the bridge found no addon, no database, or an Odoo that it does not know.
            continue;
        }
        let key = format!("\n    \"{}\": Entry(", entry.code);
        assert!(texts.iter().any(|text| text.contains(&key)), "no sentence for {}", entry.code);
        seen += 1;
    }
    assert!(seen > 140, "only {seen} codes looked for");

    for text in &texts[1..] {
        let keys = text.match_indices("\n    \"BB-").map(|(start, _)| &text[start + 6..]);
        let mut translated = 0;
        for (code, call) in keys.filter_map(|rest| rest.split_once("\": Entry(")) {
            let entry = Code::find(code).unwrap_or_else(|| panic!("no row for {code}")).entry();
            let call = arguments(call);
            let passes = call.trim_end().trim_end_matches(',').rsplit(',').next().unwrap_or_default().trim();
            assert_eq!(passes == "True", entry.retry, "{code}: may it pass by itself?");
            let sentence = call.split_once("_lt(").map(|(_, rest)| arguments(rest));
            let sentence = sentence.unwrap_or_else(|| panic!("{code}: no sentence"));
            let named: Vec<_> =
                sentence.split("%(").skip(1).filter_map(|rest| Some(rest.split_once(")s")?.0)).collect();
            for name in &named {
                assert!(entry.argument_names().any(|known| known == *name), "{code} has no argument {name}");
            }
            translated += 1;
        }
        assert!(translated > 40, "only {translated} sentences could be read");
    }
}

/// What stands before the bracket that closes a call.
fn arguments(call: &str) -> &str {
    let mut depth = 1;
    let end = call.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &call[..end.unwrap_or(call.len())]
}

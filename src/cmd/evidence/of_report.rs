//! A report in, the head and the entries of its evidence out: what `--format json` says, a line for each thing.

use crate::canon::read_json::read_json;
use crate::canon::{Fault, Limits, Node};
use crate::evidence::{Entry, Head};
use crate::model::report::Report;
use crate::report::json;
use crate::report::style::Style;

/// Members of a report that become lines of their own, with the kind of each.
const LISTS: [(&str, &str); 3] =
    [("toolpacks", "toolpack"), ("subjects", "subject"), ("findings", "finding")];
/// Members that the first line has. The counts of a report are left out: its lines can be counted.
const FACTS: [&str; 6] = ["verdict", "exit_code", "fail_on", "step_exit_code", "sources", "error"];

/// The evidence of a report; `inputs` say of which bytes.
///
/// # Errors
/// A report that is larger than any that is read.
pub fn of(report: &Report, inputs: Vec<Entry>) -> Result<(Head, Vec<Entry>), Fault> {
    let text = json::render(report, &Style::default());
    let node =
        read_json("the report", text.as_bytes(), &Limits { text: 64 << 20, ..Limits::new(512 << 20) })?;
    let member = |key: &str| node.get(key).filter(|value| !value.is_null());
    let mut facts: Vec<(String, Node)> =
        FACTS.iter().filter_map(|key| Some(((*key).to_owned(), member(key)?.clone()))).collect();
    for (key, phrases) in [("looked_at", &report.looked_at), ("not_looked_at", &report.not_looked_at)] {
        facts.push((key.to_owned(), Node::texts(phrases.iter().map(|phrase| phrase.plain()))));
    }
    let head =
        Head { command: report.command.to_owned(), version: report.tool_version.to_owned(), at: None, facts };
    let mut entries = inputs;
    for (key, kind) in LISTS {
        let items = member(key).map(Node::items).unwrap_or_default();
        entries.extend(items.iter().map(|item| Entry { kind, data: item.clone() }));
    }
    Ok((head, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::canonical;
    use crate::evidence::{check, write};

    /// What our own words are called must not be taken for the names of secrets.
    #[test]
    fn of_every_report_that_is_shown_anywhere_only_what_strangers_wrote_is_taken_out() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports");
        let mut seen = 0;
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let path = if path.is_dir() { path.join("report.json") } else { path };
            let Ok(bytes) = std::fs::read(&path) else { continue };
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let Ok(node) = read_json("report", &bytes, &Limits::new(16 << 20)) else { continue };
            for (key, _) in LISTS {
                for item in node.get(key).map(Node::items).unwrap_or_default() {
                    let ours = item.without(&["before", "after", "message", "why", "next", "note", "target"]);
                    let entry = Entry { kind: "finding", data: ours.clone() };
                    let head =
                        Head { command: "ci".into(), version: "1".into(), at: None, facts: Vec::new() };
                    let checked = check(&write(&head, &[entry])).expect("it is whole");
                    let (kept, ours) = (canonical(&checked.entries[0].data), canonical(&ours));
                    assert_eq!(kept, ours, "{}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}

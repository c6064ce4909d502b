//! Lines of audit files in, requests that were about to be sent and of which no outcome is written out: what a crash
//! leaves behind. Whether such a request reached the server nobody knows here; a person has to look there.

use std::collections::BTreeMap;

use memchr::memmem;

use super::chain::record;
use crate::canon::Node;

/// Open intents that are followed at a time; more come from no server of ours.
const MOST: usize = 10_000;

/// A request without an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// What ties the records of the call together.
    pub call_id: String,
    /// The run that was about to send it.
    pub run_id: String,
    /// When.
    pub timestamp: String,
    /// The tool.
    pub tool_id: Option<String>,
    /// The process of the run, if its start is written.
    pub pid: Option<u64>,
}

/// What is open while lines stream by.
#[derive(Debug, Default)]
pub struct Intents {
    open: BTreeMap<String, Unmatched>,
    pids: BTreeMap<String, u64>,
}

impl Intents {
    /// Takes in a line. Only those of three kinds are looked at closely, and lines that are none are passed over: this
    /// is no verification.
    pub fn see(&mut self, line: &[u8]) {
        let Some(kind) = member(line, "kind") else { return };
        match kind {
            "intent" if self.open.len() < MOST => self.intent(line),
            "outcome" => {
                if let Some(call) = member(line, "call_id") {
                    self.open.remove(call);
                }
            }
            "runtime_start" => self.start(line),
            _ => {}
        }
    }

    fn intent(&mut self, line: &[u8]) {
        let text = |name| member(line, name).map(str::to_owned);
        let Some(call_id) = text("call_id") else { return };
        let run_id = text("run_id").unwrap_or_default();
        let open = Unmatched {
            pid: self.pids.get(&run_id).copied(),
            timestamp: text("timestamp").unwrap_or_default(),
            tool_id: text("tool_id"),
            call_id: call_id.clone(),
            run_id,
        };
        self.open.insert(call_id, open);
    }

    /// A start tells who writes, and which intents its server has reported: they are told once.
    fn start(&mut self, line: &[u8]) {
        let Some(node) = record(line) else { return };
        for told in node.get("unmatched").map_or(&[][..], Node::items) {
            if let Some(call) = told.as_text() {
                self.open.remove(call);
            }
        }
        let pid = node.get("pid").and_then(Node::as_int).and_then(|pid| u64::try_from(pid).ok());
        if let (Some(run), Some(pid)) = (node.get("run_id").and_then(Node::as_text), pid)
            && self.pids.len() < MOST
        {
            self.pids.insert(run.to_owned(), pid);
        }
    }

    /// What is still open, oldest first.
    pub fn finish(self) -> Vec<Unmatched> {
        let mut open: Vec<Unmatched> = self.open.into_values().collect();
        open.sort_by(|a, b| a.timestamp.cmp(&b.timestamp).then_with(|| a.call_id.cmp(&b.call_id)));
        open
    }
}

/// The text of a member of a canonical line. Inside of a text the quotes of a name would be escaped, so the pattern
/// stands for nothing else. None for texts with escapes: ids and words of ours have none.
fn member<'a>(line: &'a [u8], name: &str) -> Option<&'a str> {
    let at = memmem::find(line, format!("\"{name}\":\"").as_bytes())?;
    let rest = &line[at + name.len() + 4..];
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    if rest[end] == b'\\' {
        return None;
    }
    std::str::from_utf8(&rest[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforce::audit::line::{Place, write};
    use crate::enforce::audit::record::{Intent, Outcome, Record, Start, What};
    use crate::enforce::audit::redact::Redactor;

    fn line(what: What) -> String {
        let record = Record { run_id: "run_1".to_owned(), what };
        write(&record, &Place::first(), 0, &Redactor::default())
    }

    fn intent(call: &str) -> String {
        line(What::Intent(Intent {
            call_id: call.to_owned(),
            tool_id: Some("t".to_owned()),
            ..Intent::default()
        }))
    }

    #[test]
    fn an_intent_without_its_outcome_is_open_until_a_start_has_told_it() {
        let mut intents = Intents::default();
        intents.see(line(What::Start(Box::new(Start { pid: 42, ..Start::default() }))).as_bytes());
        for call in ["a", "b", "c"] {
            intents.see(intent(call).as_bytes());
        }
        intents
            .see(line(What::Outcome(Outcome { call_id: "b".to_owned(), ..Outcome::default() })).as_bytes());
        let told = Start { unmatched: vec!["c".to_owned()], ..Start::default() };
        intents.see(line(What::Start(Box::new(told))).as_bytes());
        let open = intents.finish();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].call_id.as_str(), open[0].pid), ("a", Some(42)));
        assert_eq!((open[0].run_id.as_str(), open[0].tool_id.as_deref()), ("run_1", Some("t")));
    }

    #[test]
    fn a_text_that_looks_like_a_member_is_none() {
        let trick = r#"","call_id":"b","kind":"outcome"#;
        let text = line(What::Intent(Intent {
            call_id: "a".to_owned(),
            path: trick.to_owned(),
            ..Intent::default()
        }));
        let mut intents = Intents::default();
        intents.see(intent("b").as_bytes());
        intents.see(text.as_bytes());
        assert_eq!(intents.finish().len(), 2);
    }
}

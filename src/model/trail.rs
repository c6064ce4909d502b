//! What an audit trail tells of one state of a toolpack: its records in one after the other, counts and refusals out.
//! Whether the chain is whole is asked of the chain itself, and noted here.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::canon::Node;

/// Most different refusals, and most runs, that are told apart; what asks for tools may make up names.
const MOST: usize = 1_000;
/// Most requests that are followed at a time; no server of ours has so many.
const OPEN: usize = 10_000;
/// Most characters of a word of a record.
const WORD: usize = 200;

/// An audit trail, as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trail {
    /// Its files, oldest first; empty: there is none.
    pub files: Vec<String>,
    /// Whether the chain is whole; null where there is none.
    pub chain: Option<Chain>,
    /// Records in it, of whatever toolpack.
    pub entries: u64,
    /// When the first was written.
    pub first: Option<String>,
    /// When the last was written.
    pub last: Option<String>,
    /// Decisions about calls of this state of the toolpack: allow, deny, confirm.
    pub decisions: BTreeMap<String, u64>,
    /// Decisions about other states and other toolpacks.
    pub decisions_elsewhere: u64,
    /// Refused calls of this state of the toolpack, by why and which tool.
    pub refusals: Vec<Refused>,
    /// Refused calls that are in no row of these: there are too many kinds.
    pub refusals_left_out: u64,
    /// Requests that were about to be sent and of which no outcome is written.
    pub without_outcome: u64,
}

/// Whether a chain is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Chain {
    /// Whether every line is as it was written.
    pub whole: bool,
    /// Hash of its last line, if it is whole.
    pub last_hash: Option<String>,
    /// Whether its first line goes on behind a file that was not looked at.
    pub continues: bool,
    /// Where it is broken: file, line and why.
    pub broken: Option<Broken>,
}

/// Where a chain is broken first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Broken {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// Calls that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// The reason code.
    pub reason_code: String,
    /// Id of the tool, or the name that was asked for.
    pub tool_id: String,
    /// How many.
    pub count: u64,
    /// When the last was.
    pub last: String,
}

/// Records on their way into a [`Trail`].
#[derive(Debug)]
pub struct Records<'a> {
    /// Digest of the lockfile that decisions of this state name.
    lockfile: Option<&'a str>,
    /// Whether each run was one of this state when it began.
    runs: BTreeMap<String, bool>,
    refusals: BTreeMap<(String, String), (u64, String)>,
    /// Requests that were about to be sent, by their call.
    open: BTreeSet<String>,
    trail: Trail,
}

impl<'a> Records<'a> {
    /// None yet. Decisions belong to this state that name this lockfile.
    pub fn of(lockfile: Option<&'a str>) -> Records<'a> {
        Records {
            lockfile,
            runs: BTreeMap::new(),
            refusals: BTreeMap::new(),
            open: BTreeSet::new(),
            trail: Trail::default(),
        }
    }

    /// Takes in a record.
    pub fn see(&mut self, record: &Node) {
        let text = |name: &str| record.get(name).and_then(Node::as_text);
        self.trail.entries += 1;
        if let Some(at) = text("timestamp") {
            self.trail.first.get_or_insert_with(|| short(at));
            self.trail.last = Some(short(at));
        }
        let own = self.lockfile.is_some() && text("lockfile_digest") == self.lockfile;
        match text("kind") {
            Some("runtime_start") if self.runs.len() < MOST => {
                self.runs.insert(short(text("run_id").unwrap_or_default()), own);
            }
            Some("intent") if self.open.len() < OPEN => {
                self.open.insert(short(text("call_id").unwrap_or_default()));
            }
            // One that is not followed is told as open: nobody looked for its outcome.
            Some("intent") => self.trail.without_outcome += 1,
            Some("outcome") => {
                self.open.remove(text("call_id").unwrap_or_default());
            }
            Some("decision") => {
                // A call of an unknown tool names no lockfile: it is of what its run serves.
                let by_run = || self.runs.get(text("run_id").unwrap_or_default()).copied().unwrap_or(false);
                let is_own = if text("lockfile_digest").is_some() { own } else { by_run() };
                match is_own {
                    true => self.decided(record),
                    false => self.trail.decisions_elsewhere += 1,
                }
            }
            _ => {}
        }
    }

    fn decided(&mut self, record: &Node) {
        let text = |name: &str| record.get(name).and_then(Node::as_text).map(short).unwrap_or_default();
        let decision = match text("decision").as_str() {
            "allow" => "allow",
            "confirm" => "confirm",
            _ => "deny",
        };
        *self.trail.decisions.entry(decision.to_owned()).or_default() += 1;
        if decision != "deny" {
            return;
        }
        let key = (text("reason_code"), text("tool_id"));
        let is_new = !self.refusals.contains_key(&key);
        if is_new && self.refusals.len() >= MOST {
            self.trail.refusals_left_out += 1;
            return;
        }
        let row = self.refusals.entry(key).or_default();
        row.0 += 1;
        row.1 = text("timestamp");
    }

    /// The trail of these records.
    pub fn trail(self) -> Trail {
        let row = |((reason_code, tool_id), (count, last))| Refused { reason_code, tool_id, count, last };
        Trail {
            refusals: self.refusals.into_iter().map(row).collect(),
            without_outcome: self.trail.without_outcome + self.open.len() as u64,
            ..self.trail
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::limits::Limits;
    use crate::canon::read_json::read_json;

    fn seen(lines: &[&str]) -> Trail {
        let mut records = Records::of(Some("sha256:own"));
        for line in lines {
            records.see(&read_json("line", line.as_bytes(), &Limits::new(1 << 16)).expect("JSON"));
        }
        records.trail()
    }

    #[test]
    fn decisions_count_for_the_state_whose_lockfile_they_name() {
        let trail = seen(&[
            r#"{"kind":"runtime_start","run_id":"a","lockfile_digest":"sha256:own","timestamp":"t1"}"#,
            r#"{"kind":"runtime_start","run_id":"b","lockfile_digest":"sha256:other","timestamp":"t2"}"#,
            r#"{"kind":"decision","run_id":"a","lockfile_digest":"sha256:own","decision":"allow","timestamp":"t3"}"#,
            r#"{"kind":"decision","run_id":"b","lockfile_digest":"sha256:other","decision":"deny"}"#,
            // Names no lockfile: that of its run.
            r#"{"kind":"decision","run_id":"a","decision":"deny","reason_code":"denied_unknown_action","tool_id":"x","timestamp":"t4"}"#,
            r#"{"kind":"decision","run_id":"b","decision":"deny","reason_code":"denied_unknown_action","tool_id":"x"}"#,
        ]);
        assert_eq!((trail.entries, trail.decisions_elsewhere), (6, 2));
        assert_eq!(trail.decisions, BTreeMap::from([("allow".to_owned(), 1), ("deny".to_owned(), 1)]));
        assert_eq!((trail.first.as_deref(), trail.last.as_deref()), (Some("t1"), Some("t4")));
        let [refused] = &trail.refusals[..] else { panic!("{trail:?}") };
        assert_eq!((refused.reason_code.as_str(), refused.count), ("denied_unknown_action", 1));
    }

    #[test]
    fn a_request_is_open_until_its_outcome_is_written() {
        let one = |kind: &str, call: &str| format!(r#"{{"kind":"{kind}","call_id":"{call}"}}"#);
        let lines = [one("intent", "a"), one("intent", "b"), one("outcome", "a"), one("outcome", "c")];
        assert_eq!(seen(&lines.each_ref().map(String::as_str)).without_outcome, 1);
    }

    #[test]
    fn without_a_lockfile_nothing_is_of_this_state() {
        let mut records = Records::of(None);
        let line = br#"{"kind":"decision","decision":"deny","lockfile_digest":null}"#;
        records.see(&read_json("line", line, &Limits::new(1 << 16)).expect("JSON"));
        let trail = records.trail();
        assert_eq!((trail.decisions.len(), trail.decisions_elsewhere), (0, 1));
    }

    #[test]
    fn made_up_names_do_not_grow_it_without_end() {
        let mut records = Records::of(Some("sha256:own"));
        for n in 0..MOST + 5 {
            let long = "x".repeat(WORD * 2);
            let line = format!(
                r#"{{"kind":"decision","decision":"deny","lockfile_digest":"sha256:own","tool_id":"{n}{long}"}}"#
            );
            records.see(&read_json("line", line.as_bytes(), &Limits::new(1 << 16)).expect("JSON"));
        }
        let trail = records.trail();
        assert_eq!((trail.refusals.len(), trail.refusals_left_out), (MOST, 5));
        assert!(trail.refusals.iter().all(|refused| refused.tool_id.len() <= WORD));
    }
}

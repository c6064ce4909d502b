//! Outcomes: does each assertion of contracts.yaml hold (verify.md §3.3). What could not be looked at is unknown, and
//! never a pass.

use super::answered::{Came, size};
use super::contracts::{missing, risk};
use super::field;
use super::found::Found;
use super::live::Live;
use super::operations::{Operation, Operations, place};
use super::operator::holds;
use super::recorded::{Answered, Recorded};
use super::schemas::parts;
use crate::canon::{Node, Value};
use crate::model::contracts::{Assertion, AssertionKind, Contract, Contracts, Operator};
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::verified::{Section, SectionReport, State};
use crate::rules::{Severity, verify};

/// Why what calls answer is not known.
const NO_ANSWERS: &str = "no recording was given (--capture), nor was the API to be asked (--live)";

/// What an assertion came to.
enum Outcome {
    Holds,
    /// What is there instead.
    Fails(Option<Node>, Phrase),
    Unknown(Phrase),
    /// It needs a recording, and none was given.
    NoRecording,
}

/// What answers are looked at.
#[derive(Clone, Copy)]
pub enum Answers<'r> {
    /// None.
    None,
    /// Those of a recording.
    Recorded(&'r Recorded),
    /// Those that were asked for now.
    Live(&'r Live),
}

/// Evaluates every assertion. `strict`: what can't be told counts.
pub fn run(
    operations: &Operations,
    contracts: &Contracts,
    answers: Answers,
    strict: bool,
) -> (SectionReport, Vec<Finding>) {
    let evaluator = Evaluator { operations, answers };
    let (mut found, mut open) = (Found::default(), Vec::new());
    for contract in &contracts.contracts {
        if contract.assertions.is_empty() {
            let why = Phrase::say("it has no assertion");
            found.check(&contract.id, "semantic_assertions", State::Skipped, why);
        }
        for assertion in &contract.assertions {
            let about = match &assertion.endpoint {
                None => None,
                Some(name) => match operations.find(name) {
                    Some(found) => Some(found),
                    None => {
                        let at = place(&contracts.file, assertion.line, &assertion.pointer);
                        missing(operations, contract, name, at, &mut found);
                        continue;
                    }
                },
            };
            let made = Made { operations, contracts, contract, assertion, about };
            match evaluator.outcome(assertion, about) {
                Outcome::Holds => found.holds(&contract.id, assertion.kind.word()),
                Outcome::Fails(is, why) => {
                    found.check(&contract.id, assertion.kind.word(), State::Fail, why.clone());
                    found.findings.push(made.broken(is, why));
                }
                Outcome::Unknown(why) => {
                    found.check(&contract.id, assertion.kind.word(), State::Unknown, why.clone());
                    found.findings.push(made.unknown(why, strict));
                }
                Outcome::NoRecording => open.push(made),
            }
        }
    }
    let ran = found.checks.iter().any(|check| check.state.ran());
    for made in &open {
        let why = Phrase::say(NO_ANSWERS);
        // Beside others that were evaluated it is one that was not; alone it is a mode without input.
        let state = if ran { State::Unknown } else { State::NotRun };
        found.check(&made.contract.id, made.assertion.kind.word(), state, why.clone());
        if ran {
            found.findings.push(made.unknown(why, strict));
        }
    }
    let has_open = !open.is_empty();
    let (mut report, findings) =
        found.section(Section::Outcomes, &contracts.file, "no contract has an assertion");
    if has_open && !ran {
        (report.state, report.why) = (
            State::NotRun,
            Phrase::say(format!("its assertions are about what calls answer, and {NO_ANSWERS}")),
        );
    }
    (report, findings)
}

struct Evaluator<'e, 'a> {
    operations: &'e Operations<'a>,
    answers: Answers<'e>,
}

impl Evaluator<'_, '_> {
    fn outcome(&self, assertion: &Assertion, about: Option<About>) -> Outcome {
        let raw = &self.operations.pack.baseline.raw;
        let defs = raw.get("$defs");
        match (assertion.kind, about) {
            (AssertionKind::FieldMatch, about) => {
                let document = about.map_or(raw, |(operation, _)| operation.node);
                of(field::find(document, &assertion.field, defs), assertion)
            }
            (AssertionKind::SchemaCheck, Some((operation, tool))) => {
                of(field::find_in(&parts(operation, tool), &assertion.field, defs), assertion)
            }
            (AssertionKind::ApiState, Some((operation, _))) => match self.answers {
                Answers::None => Outcome::NoRecording,
                Answers::Live(live) => match live.of(assertion) {
                    Err(why) => Outcome::Unknown(why),
                    Ok(answer) => live_value(live, answer, assertion),
                },
                Answers::Recorded(recorded) => match recorded.last(operation.entry, assertion) {
                    Answered::Never => Outcome::Unknown(Phrase::say("the recording has no call of it")),
                    Answered::NotApart => Outcome::Unknown(Phrase::say(
                        "in a recording calls of this operation can't be told from others",
                    )),
                    Answered::NoSuccess => Outcome::Unknown(Phrase::say(
                        "no recorded call of it was answered with a success in JSON",
                    )),
                    Answered::With(at, came) => recorded_value((at, came), assertion),
                },
            },
            // Refused when the file was read.
            (_, None) => Outcome::Unknown(Phrase::say("it names no operation")),
        }
    }
}

fn of(value: Option<&Node>, assertion: &Assertion) -> Outcome {
    let Some(value) = value else { return absent(assertion) };
    if holds(value, assertion) {
        return Outcome::Holds;
    }
    let is = match is_scalar(value) {
        true => Phrase::quote(shown(value)),
        false => Phrase::say(size(value)),
    };
    Outcome::Fails(Some(kept(value)), is.and(not(assertion)))
}

/// What the last answer of a recording came to.
fn recorded_value((at, came): (u64, &Came), assertion: &Assertion) -> Outcome {
    match came {
        Came::Holds => Outcome::Holds,
        Came::NoField => absent(assertion),
        Came::WayHidden => Outcome::Unknown(Phrase::say("the way to it was taken out of the recording")),
        Came::ValueHidden => Outcome::Unknown(Phrase::say("the value was taken out of the recording")),
        Came::Not(size) => {
            let is = Phrase::say(size.clone()).and(not(assertion));
            Outcome::Fails(None, is.and_say(format!(" (recording/{at})")))
        }
    }
}

/// The same of an answer that came now.
fn live_value(live: &Live, (body, is_less): (&Node, bool), assertion: &Assertion) -> Outcome {
    match field::recorded(body, &assertion.field) {
        Err(end) if is_less || live.hides(end, is_less) => {
            Outcome::Unknown(Phrase::say("the policy takes something out of the answer, and perhaps this"))
        }
        Err(end) if std::ptr::eq(end, body) && body.as_text().is_some() => {
            Outcome::Unknown(Phrase::say("the answer is no data, but text"))
        }
        Err(_) => absent(assertion),
        Ok(value) if assertion.op != Operator::Exists && live.hides(value, is_less) => {
            Outcome::Unknown(Phrase::say("the policy takes something out of the value"))
        }
        Ok(value) if holds(value, assertion) => Outcome::Holds,
        Ok(value) => {
            let is = Phrase::say(size(value)).and(not(assertion));
            Outcome::Fails(None, is.and_say(" (answered now)"))
        }
    }
}

fn absent(assertion: &Assertion) -> Outcome {
    let why = Phrase::say("there is no field ").and_quote(&assertion.field);
    match assertion.op {
        Operator::Exists => Outcome::Fails(None, why),
        _ => Outcome::Unknown(why),
    }
}

/// What it was expected to be.
fn not(assertion: &Assertion) -> Phrase {
    let not = Phrase::say(format!(" is not {} ", said(assertion.op)));
    match is_scalar(&assertion.value) {
        true => not.and_quote(shown(&assertion.value)),
        false => not.and_say(size(&assertion.value)),
    }
}

fn is_scalar(value: &Node) -> bool {
    !matches!(value.value, Value::Map(_) | Value::List(_))
}

/// What a finding keeps of a value: there can be thousands of them.
fn kept(value: &Node) -> Node {
    match &value.value {
        Value::Map(_) | Value::List(_) => Node::text(size(value)),
        Value::Text(_) | Value::Int(_) => match shown(value) {
            text if text.ends_with('…') => Node::text(text),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Longest value that is named in a sentence, and kept in a finding.
const SHOWN: usize = 120;

fn shown(value: &Node) -> String {
    let text = value.as_text().map_or_else(|| crate::canon::json::compact(value), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn said(op: Operator) -> &'static str {
    match op {
        Operator::Equals => "equal to",
        Operator::Contains => "something that contains",
        Operator::MatchesRegex => "matched by",
        Operator::Gt => "greater than",
        Operator::Gte => "at least",
        Operator::Lt => "less than",
        Operator::Lte => "at most",
        Operator::Exists => "there as",
    }
}

/// What an assertion is about: an operation, and which of its tools.
type About<'m, 'a> = (&'m Operation<'a>, Option<&'a Tool>);

/// An assertion, and what a finding about it says.
struct Made<'m, 'a> {
    operations: &'m Operations<'a>,
    contracts: &'m Contracts,
    contract: &'m Contract,
    assertion: &'m Assertion,
    about: Option<About<'m, 'a>>,
}

impl Made<'_, '_> {
    fn broken(&self, is: Option<Node>, why: Phrase) -> Finding {
        let expected = (self.assertion.op != Operator::Exists).then(|| kept(&self.assertion.value));
        self.finding(verify::CONTRACT_BROKEN, why).values(expected, is)
    }

    fn unknown(&self, why: Phrase, strict: bool) -> Finding {
        let finding = self.finding(verify::ASSERTION_UNKNOWN, why);
        if strict { finding } else { finding.severity(Severity::Info) }
    }

    fn finding(&self, rule: &'static crate::rules::Rule, why: Phrase) -> Finding {
        let at = place(&self.contracts.file, self.assertion.line, &self.assertion.pointer);
        let subject = match self.about {
            Some((operation, tool)) => self.operations.of_operation(operation, tool),
            None => self.operations.of_pack(),
        };
        let field = match self.assertion.field.as_str() {
            "" => Phrase::default(),
            field => Phrase::quote(field).and_say(": "),
        };
        let change = Phrase::quote(&self.contract.id).and_say(": ").and(field).and(why);
        let finding = Finding::new(rule, subject, at).says("assertion", change);
        let finding = match self.assertion.description.as_str() {
            "" => finding,
            text => finding.why(Phrase::say("it is there for: ").and_quote(text)),
        };
        match self.about {
            Some((_, tool)) => risk(tool, finding),
            None => finding,
        }
    }
}

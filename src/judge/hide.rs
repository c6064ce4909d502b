//! What a report is made of in; the same without a credential in any text that a stranger wrote, since reports
//! are logged, posted and kept. What decides (rules, digests, verdicts) and what findings are recognised by stays.

use crate::canon::node::Value;
use crate::canon::{Fault, Node};
use crate::compare::secrets::{PRIVATE_KEY, redact, secrets};
use crate::model::compliance::Compliance;
use crate::model::finding::{Finding, Subject};
use crate::model::phrase::{Part, Phrase};
use crate::model::report::{Standing, Unjudged};
use crate::model::verified::Verified;

/// In a finding: all that it shows. It stays the same finding.
pub fn in_finding(finding: &mut Finding) {
    finding.fix_prints();
    let Finding { before, after, change, here, why, facts, approval, suppressed, place, subject, .. } =
        finding;
    in_subject(subject);
    in_text(&mut place.pointer);
    [before, after].into_iter().flatten().for_each(in_node);
    let reasons = approval.reasons.iter_mut().map(|reason| &mut reason.here);
    [change, here].into_iter().chain(why).chain(reasons).for_each(in_phrase);
    facts.iter_mut().flat_map(|(label, text)| [label, text]).for_each(in_text);
    suppressed.iter_mut().flat_map(|s| [&mut s.reason, &mut s.owner]).for_each(in_text);
}

/// In a row of `gate status`.
pub fn in_standing(standing: &mut Standing) {
    in_subject(&mut standing.subject);
    in_phrase(&mut standing.note);
    in_text(&mut standing.target);
}

/// In what was verified.
pub fn in_verified(verified: &mut Verified) {
    for section in verified.packs.iter_mut().flat_map(|pack| &mut pack.sections) {
        in_phrase(&mut section.why);
        for check in &mut section.checks {
            in_text(&mut check.subject);
            in_phrase(&mut check.why);
        }
        for traced in &mut section.traced {
            in_text(&mut traced.name);
            in_phrase(&mut traced.note);
            traced.candidates.iter_mut().flat_map(|own| [&mut own.tool, &mut own.request]).for_each(in_text);
        }
    }
}

/// In why nothing could be judged: it can quote lines of a file.
pub fn in_error(error: &mut Unjudged) {
    if let Some(Fault { excerpt, .. }) = &mut error.fault {
        // A key in several lines is none in any of them.
        let whole: Vec<&str> = excerpt.iter().map(|(_, line)| line.as_str()).collect();
        if secrets(&whole.join("\n")).iter().any(|s| s.kind == PRIVATE_KEY) {
            *excerpt = Box::default();
        }
    }
    each_text(error, in_text);
}

/// Does something to every text of an error that may quote the world.
fn each_text(error: &mut Unjudged, mut edit: impl FnMut(&mut String)) {
    let Unjudged { subject, message, fault, looked, why, hints, .. } = error;
    let texts = [subject, message].into_iter().chain(why).chain(hints);
    texts.chain(looked.iter_mut().map(|(_, text)| text)).for_each(&mut edit);
    if let Some(Fault { message, hint, excerpt, pointer, .. }) = fault {
        let lines = excerpt.iter_mut().map(|(_, line)| line);
        [message, pointer].into_iter().chain(hint).chain(lines).for_each(edit);
    }
}

/// In a compliance report: all that a stranger may have written. Ids, words of ours and digests stay.
pub fn in_compliance(report: &mut Compliance) {
    in_text(&mut report.toolpack.name);
    let sections = [
        &mut report.human_oversight.claims,
        &mut report.tool_inventory.claims,
        &mut report.risk_management.claims,
        &mut report.accuracy_monitoring.claims,
        &mut report.audit_trail.claims,
    ];
    for claim in sections.into_iter().flatten() {
        in_phrase(&mut claim.why);
        claim.evidence.iter_mut().for_each(|evidence| in_phrase(&mut evidence.what));
    }
    let oversight = &mut report.human_oversight.facts;
    let here = oversight.subjects.iter_mut().map(|signed| (&mut signed.name, &mut signed.statements));
    let gone = oversight.gone.iter_mut().map(|gone| (&mut gone.name, &mut gone.statements));
    for (name, statements) in here.chain(gone) {
        in_text(name);
        for statement in statements {
            in_text(&mut statement.reason);
            statement.why.iter_mut().for_each(in_phrase);
        }
    }
    let inventory = &mut report.tool_inventory.facts;
    for tool in &mut inventory.tools {
        let texts = [&mut tool.name, &mut tool.description, &mut tool.host, &mut tool.path];
        texts.into_iter().chain(&mut tool.tags).for_each(in_text);
    }
    inventory.entries_without_tool.iter_mut().for_each(in_text);
    inventory.hosts.iter_mut().for_each(|host| in_text(&mut host.host));
    report.risk_management.facts.changing_unasked.iter_mut().for_each(in_text);
    report.audit_trail.facts.refusals.iter_mut().for_each(|refused| in_text(&mut refused.tool_id));
}

/// The name alone: a folder or an id is needed as it is to find the thing.
fn in_subject(subject: &mut Subject) {
    in_text(&mut subject.name);
}

/// A text without its credentials.
pub fn of_text(mut text: String) -> String {
    in_text(&mut text);
    text
}

/// In a text.
pub fn in_text(text: &mut String) {
    if let Some(clean) = redact(text) {
        *text = clean;
    }
}

/// In a sentence: what it quotes.
pub fn in_phrase(phrase: &mut Phrase) {
    for part in &mut phrase.0 {
        if let Part::Quote(text) = part {
            in_text(text);
        }
    }
}

/// In a value, keys too. No recursion: a value is as deep as its file let it be.
pub fn in_node(node: &mut Node) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &mut node.value {
            Value::Text(text) => in_text(text),
            Value::List(items) => open.extend(items),
            Value::Map(members) => {
                for (key, value) in members {
                    in_text(key);
                    open.push(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::FaultKind;
    use crate::model::phrase::Phrase;

    #[test]
    fn lines_of_a_file_that_is_wrong_are_quoted_without_its_credentials() {
        let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let unjudged = |text: &str| {
            let fault = Fault::new("policy.yaml", FaultKind::Syntax, format!("what is {token}"));
            let mut error = Unjudged {
                kind: "input",
                does: false,
                subject: String::new(),
                message: format!("what is {token}"),
                fault: Some(fault.line(2).excerpt_of(text)),
                looked: vec![("at".into(), token.clone())],
                why: vec![token.clone()],
                hints: Vec::new(),
                rule: None,
            };
            in_error(&mut error);
            error
        };
        let error = unjudged(&format!("a: 1\nkey: [{token}\nb: 2\n"));
        let shown = format!("{error:?}");
        assert!(!shown.contains(&token) && shown.contains("key: [⟨secret: github token ghp_… #"), "{shown}");
        let pem =
            "k: |\n  -----BEGIN PRIVATE KEY-----\n  b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n";
        assert!(unjudged(pem).fault.is_some_and(|fault| fault.excerpt.is_empty()));
    }

    #[test]
    fn our_own_words_are_left() {
        let mut phrase = Phrase::say("a bearer token").and_quote("Bearer 0123456789abcdefghijklmnop");
        in_phrase(&mut phrase);
        assert!(phrase.plain().starts_with("a bearer token⟨secret: bearer token #"), "{phrase:?}");
    }
}

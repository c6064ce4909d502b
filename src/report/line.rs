//! What a row or a finding says, as plain text on one line: for annotations and SARIF, whose sinks encode it
//! once more. Foreign text is short, has nothing invisible in it and never comes first.

use super::escape::{paste, visible};
use super::row::{Group, Row};
use super::words;
use crate::canon::digest;
use crate::model::finding::{Approval, ApprovalState, Covers, Finding, Subject, SubjectKind};
use crate::model::phrase::{Part, Phrase};

/// Characters of a stranger's text inside a sentence.
const QUOTE: usize = 160;
/// Most changes of one part of a subject.
const CHANGES: usize = 8;
/// Most signers.
const SIGNERS: usize = 8;

/// A sentence.
pub fn say(phrase: &Phrase) -> String {
    let parts = phrase.0.iter().map(|part| match part {
        Part::Say(text) => visible(text, usize::MAX),
        Part::Quote(text) => quote(text),
    });
    parts.collect()
}

/// A stranger's text; a digest in the short form that eyes compare.
pub fn quote(text: &str) -> String {
    match crate::canon::digest::is_digest(text) {
        true => format!("sha256:{}…", digest::short(text, 12)),
        false => visible(text, QUOTE),
    }
}

/// What kind of thing it is, and its name.
pub fn subject(subject: &Subject) -> String {
    let kind = match subject.kind {
        SubjectKind::Trust => "trust file",
        SubjectKind::GateConfig => "gate configuration",
        kind => kind.word(),
    };
    match subject.name.as_str() {
        // What has no name of its own is called by its kind.
        "" | "(surface)" => kind.to_owned(),
        name => format!("{kind} {}", visible(name, 80)),
    }
}

/// One part of a subject, and what changed there.
pub fn group(group: &Group) -> Option<String> {
    let changes = group.changes();
    let shown: Vec<String> = changes.iter().take(CHANGES).map(say).collect();
    let more = match changes.len() - shown.len() {
        0 => String::new(),
        n => format!("; and {} more", words::number(n)),
    };
    let text = format!("{}{more}", shown.join("; "));
    match (group.aspect, text.is_empty()) {
        (_, true) => None,
        ("", _) => Some(text),
        (aspect, _) => Some(format!("{aspect} {text}")),
    }
}

/// What one finding changes, what that means, and the evidence: a sentence each.
pub fn told(finding: &Finding) -> Vec<String> {
    let change = say(&finding.change);
    let mut said = vec![match &*finding.aspect {
        "" => change,
        aspect => format!("{aspect} {change}"),
    }];
    for phrase in std::iter::once(&finding.here).chain(finding.why.iter().take(4)) {
        let text = say(phrase);
        if !text.is_empty() && !said.iter().any(|known| known.contains(&text)) {
            said.push(text);
        }
    }
    said
}

/// How many people have signed a row and how many it takes, and why that is not enough; or that it is exempted.
pub fn seats(row: &Row) -> String {
    if let Some(exempted) = row.exempted() {
        return format!("approvals: none, {exempted}");
    }
    let Some((have, need)) = row.seats() else { return "approvals: not needed".to_owned() };
    let below = if have >= need { Some(names(row.signers())) } else { row.cause() };
    match below.filter(|text| !text.is_empty()) {
        Some(text) => format!("approvals: {have} of {need}, {text}"),
        None => format!("approvals: {have} of {need}"),
    }
}

/// The same of one finding, with the evidence; nothing where nobody has to sign.
pub fn approval(approval: &Approval, is_exempted: bool) -> Option<String> {
    if approval.state == ApprovalState::NotNeeded || approval.need == 0 {
        return None;
    }
    if is_exempted && !approval.waits() {
        return Some("approvals: none, it is exempted".to_owned());
    }
    let mut said = format!("approvals: {} of {}", approval.have, approval.need);
    if !approval.signers.is_empty() {
        said.push_str(&format!(" ({})", names(&approval.signers)));
    }
    for reason in approval.reasons.iter().take(3) {
        said.push_str(&format!("; {}", say(&reason.here)));
    }
    Some(said)
}

/// The command that acknowledges it, where one does and its names can be pasted; else what the rule says.
pub fn next(finding: &Finding) -> String {
    let subject = &finding.subject;
    let waits = finding.approval.state == ApprovalState::Missing && finding.covers == Covers::Tool;
    if waits && subject.kind == SubjectKind::Tool {
        let name = paste(&subject.name).or_else(|| paste(&subject.id));
        if let (Some(name), Some(path)) = (name, paste(&subject.path)) {
            return format!("cask gate allow {name} --toolpack {path}");
        }
    }
    finding.rule.fix.to_owned()
}

fn names(names: &[String]) -> String {
    names.iter().take(SIGNERS).map(|name| visible(name, 60)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_quoted_short_and_seen_and_digests_are_cut() {
        let phrase = Phrase::say("now ").and_quote(format!("a\u{202e}\n{}", "x".repeat(200)));
        let said = say(&phrase);
        assert!(said.starts_with("now a⟨U+202E⟩⟨U+000A⟩xxx") && said.ends_with('…'), "{said}");
        assert_eq!(quote(&format!("sha256:{}", "ab".repeat(32))), "sha256:abababababab…");
        assert_eq!(quote("sha256:ab"), "sha256:ab");
    }
}

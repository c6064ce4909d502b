//! gate.yaml applied: other levels, and findings that are accepted for a while. Never on the trust axis.

use globset::Glob;

use super::attach::is_trust;
use crate::canon::time::Timestamp;
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind, Suppressed};
use crate::model::gate_config::PATH;
use crate::model::gate_config::{GateFile, MAX_SUPPRESSION_DAYS, Suppression, suppression_end};
use crate::model::phrase::Phrase;
use crate::rules::{self, Axis, Rule, Severity, sup};

/// Applies levels and suppressions in place; returns what is to be said about the suppressions themselves.
pub fn apply(findings: &mut Vec<Finding>, gate: &GateFile, now: Timestamp) -> Vec<Finding> {
    findings.retain_mut(|f| match gate.levels.get(f.rule.id).filter(|_| !is_trust(f)) {
        None => true,
        // What is not signed is told, however little anybody wants to hear of such changes.
        Some(word) if word == "off" => f.approval.waits(),
        Some(word) => {
            f.severity = Severity::of(word).unwrap_or(f.severity);
            true
        }
    });
    let mut said = Vec::new();
    for (i, suppression) in gate.suppressions.iter().enumerate() {
        match usable(suppression, now) {
            Err((rule, here)) => said.push(about(i, suppression, rule, here)),
            Ok(matcher) => {
                let mut used = false;
                for finding in findings.iter_mut().filter(|f| !is_trust(f) && matcher.covers(f)) {
                    used = true;
                    finding.suppressed = Some(Suppressed {
                        reason: suppression.reason.clone(),
                        owner: suppression.owner.clone(),
                        expires: suppression.expires.clone(),
                    });
                }
                if !used {
                    said.push(about(
                        i,
                        suppression,
                        sup::UNUSED,
                        Phrase::say("nothing in this change matches it"),
                    ));
                }
            }
        }
    }
    said
}

struct Matcher<'a> {
    suppression: &'a Suppression,
    toolpack: Option<globset::GlobMatcher>,
    tool: Option<globset::GlobMatcher>,
}

impl Matcher<'_> {
    fn covers(&self, finding: &Finding) -> bool {
        let folder = finding.subject.path.rsplit('/').next().unwrap_or_default();
        finding.rule.id == self.suppression.rule
            && self
                .toolpack
                .as_ref()
                .is_none_or(|g| g.is_match(folder) || g.is_match(&finding.subject.toolpack))
            && self.tool.as_ref().is_none_or(|g| g.is_match(&finding.subject.name))
            && self.suppression.pointer.as_ref().is_none_or(|p| *p == finding.place.pointer)
    }
}

fn usable(suppression: &Suppression, now: Timestamp) -> Result<Matcher<'_>, (&'static Rule, Phrase)> {
    let malformed = |here: Phrase| Err((sup::MALFORMED, here));
    let Some(rule) = rules::find(&suppression.rule) else {
        return malformed(Phrase::say("no rule has the id ").and_quote(&suppression.rule));
    };
    if rule.is_on(Axis::Trust) {
        return malformed(Phrase::say("rules of the trust axis cannot be suppressed"));
    }
    let Some(end) = suppression_end(&suppression.expires) else {
        return malformed(Phrase::say("expires is not a day of the form YYYY-MM-DD"));
    };
    if end > now.plus_days(i64::from(MAX_SUPPRESSION_DAYS) + 1) {
        return malformed(Phrase::say(format!("it ends more than {MAX_SUPPRESSION_DAYS} days ahead")));
    }
    if end < now {
        return Err((sup::EXPIRED, Phrase::say(format!("it ended on {}", end.date()))));
    }
    if suppression.reason.trim().is_empty() {
        return Err((sup::NO_REASON, Phrase::say("it gives no reason")));
    }
    let glob = |text: &Option<String>| {
        text.as_deref().map(Glob::new).transpose().map(|g| g.map(|g| g.compile_matcher()))
    };
    match (glob(&suppression.toolpack), glob(&suppression.tool)) {
        (Ok(toolpack), Ok(tool)) => Ok(Matcher { suppression, toolpack, tool }),
        _ => malformed(Phrase::say("toolpack or tool is not a glob")),
    }
}

fn about(index: usize, suppression: &Suppression, rule: &'static Rule, here: Phrase) -> Finding {
    let subject = Subject {
        path: String::new(),
        toolpack: String::new(),
        kind: SubjectKind::GateConfig,
        id: format!("suppressions/{index}"),
        name: suppression.rule.clone(),
    };
    let place =
        Place { file: PATH.to_owned(), line: 1, pointer: format!("/suppressions/{index}"), side: Side::Base };
    Finding::new(rule, subject, place).says("suppression", here.clone()).here(here)
}

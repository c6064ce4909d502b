//! Which pending subjects changed so little since they were approved that they may be approved in bulk: only
//! findings up to a severity, and nothing that no finding speaks about.

use std::collections::{BTreeSet, HashMap};

use super::changes::{surface_parts, tool_members};
use super::resign::held_once;
use super::scene::Scene;
use super::sides::BaseSide;
use crate::canon::time::Timestamp;
use crate::model::finding::{Covers, Finding};
use crate::model::phrase::Phrase;
use crate::rules::Severity;
use crate::rules::tool::UNJUDGED;
use crate::sign::subject::SURFACE;

/// The ids of the rules that speak about a subject's change, once each finding, if it may be approved in bulk.
///
/// `own` are the findings about this subject, by [`by_subject`].
///
/// # Errors
/// Why it may not: it was never approved, a finding is graver, or something changed that no finding names.
pub fn classes<'f>(
    scene: &Scene,
    id: &str,
    own: &[&'f Finding],
    up_to: Severity,
    now: Timestamp,
) -> Result<Vec<&'f str>, Phrase> {
    // That something differs is no judgement of it.
    let (rest, own): (Vec<&Finding>, Vec<&'f Finding>) =
        own.iter().copied().partition(|f| UNJUDGED.contains(&f.rule));
    let own = &own[..];
    let never = || Phrase::say("no state of it was approved before: look at it by its name");
    let side = scene.base.side().ok_or_else(never)?;
    if !was_approved(scene, side, id, now) {
        return Err(never());
    }
    let graver: BTreeSet<&str> = own.iter().filter(|f| f.severity > up_to).map(|f| f.rule.id).collect();
    if !graver.is_empty() {
        let list: Vec<&str> = graver.into_iter().collect();
        return Err(Phrase::say(format!("changes above {}: {}", up_to.word(), list.join(", "))));
    }
    let mut silent = unspoken(scene, side, id, own);
    if silent.is_empty() {
        silent.extend(rest.iter().map(|f| f.place.pointer.clone()));
    }
    if !silent.is_empty() {
        return Err(Phrase::say("changed where no finding speaks: ").and(Phrase::list(silent)));
    }
    Ok(own.iter().map(|f| f.rule.id).collect())
}

/// Findings by the subject whose signatures cover them.
pub fn by_subject(findings: &[Finding]) -> HashMap<&str, Vec<&Finding>> {
    let mut all: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in findings {
        let id = if finding.covers == Covers::Surface { SURFACE } else { finding.subject.id.as_str() };
        all.entry(id).or_default().push(finding);
    }
    all
}

/// Whether enough people had approved the base's state, then if not now.
fn was_approved(scene: &Scene, side: &BaseSide, id: &str, now: Timestamp) -> bool {
    let (Some(subject), Some(lock)) = (side.subjects.get(id), side.lock) else { return false };
    let (written, approvals) = match id {
        SURFACE => (&lock.surface.digest, &lock.surface.approvals),
        _ => match lock.tools.get(id) {
            Some(entry) => (&entry.digest, &entry.approvals),
            None => return false,
        },
    };
    let people: BTreeSet<&str> = approvals
        .iter()
        .filter(|a| a.decision == crate::model::lockfile::Decision::Approve)
        .filter(|a| held_once(scene, subject, written, a, now))
        .map(|a| a.signer.as_str())
        .collect();
    let need = usize::from(*scene.ground.keyring.trust.file.thresholds.approvals.of(subject.tier));
    people.len() >= need
}

/// What differs and has no finding in its place.
fn unspoken(scene: &Scene, side: &BaseSide, id: &str, own: &[&Finding]) -> Vec<String> {
    if id == SURFACE {
        let told = |file: &str| own.iter().any(|f| f.place.file == file);
        let parts = surface_parts(scene, side).into_iter();
        return parts.filter(|(_, file)| !told(file)).map(|(part, _)| part.to_owned()).collect();
    }
    let (Some(was), Some(is)) = (scene.base_tool(id), scene.tool(id)) else {
        return vec!["the tool".to_owned()];
    };
    let told = |member: &str| {
        let at = is.pointer(member);
        own.iter().any(|f| f.place.pointer == at || f.place.pointer.starts_with(&format!("{at}/")))
    };
    let in_baseline = own.iter().any(|f| f.place.file == scene.pack.path(&scene.pack.header.baseline));
    let change = tool_members(scene, side, was, is);
    let mut silent: Vec<String> = change.members.into_iter().filter(|m| !told(m)).collect();
    if change.operation && !in_baseline {
        silent.push("its operation in the baseline".to_owned());
    }
    let sets = scene.pack.path(&scene.pack.header.toolsets);
    if change.toolsets && !own.iter().any(|f| f.place.file == sets) {
        silent.push("toolsets".to_owned());
    }
    silent
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::model::finding::{Place, Side, Subject, SubjectKind};
    use crate::rules::Rule;

    fn finding(rule: &'static Rule, severity: Severity, index: usize, member: &str) -> Finding {
        let subject = Subject {
            path: DIR.into(),
            toolpack: "tp".into(),
            kind: SubjectKind::Tool,
            id: GET_USER.into(),
            name: "get_user".into(),
        };
        let pointer = format!("/actions/{index}/{member}");
        let place = Place { file: "tools.json".into(), line: 1, pointer, side: Side::Head };
        Finding::new(rule, subject, place).severity(severity).covered_by(Covers::Tool)
    }

    #[test]
    fn only_small_changes_that_are_told_of_what_was_approved_pass() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let changed = shop_with_text(GET_USER, "Get a user.");
        let rule = crate::rules::all().find(|r| r.id.starts_with("text.")).unwrap();
        over(&changed, Some(&base), &trust, at(days(1)), |scene| {
            let index = scene.tool(GET_USER).unwrap().index;
            let ask = |found: &[Finding]| {
                classes(scene, GET_USER, &found.iter().collect::<Vec<_>>(), Severity::Low, at(days(1)))
                    .map(|c| c.len())
                    .map_err(|p| p.plain())
            };
            assert_eq!(ask(&[finding(rule, Severity::Low, index, "description")]), Ok(1));
            assert!(
                ask(&[finding(rule, Severity::Medium, index, "description")]).unwrap_err().contains(rule.id)
            );
            assert!(ask(&[]).unwrap_err().contains("no finding speaks: description"));
            assert!(ask(&[finding(rule, Severity::Low, index, "title")]).is_err());
            let differs = crate::rules::tool::DEFINITION_CHANGED;
            let only_differs = finding(differs, Severity::Low, index, "description");
            assert!(ask(&[only_differs]).unwrap_err().contains("no finding speaks: description"));
            let beside = finding(differs, Severity::Low, index, "description/x");
            let spoken = finding(rule, Severity::Low, index, "description");
            assert!(ask(&[spoken, beside]).unwrap_err().contains("no finding speaks: "));
            // Long after, an approval that only time ended still is one that was given.
            assert_eq!(classes(scene, CANCEL, &[], Severity::Low, at(days(999))), Ok(vec![]));
        });
        let unsigned =
            Before { lock: over(&shop(), None, &trust, at(0), |s| synced(s, None).lock), pack: shop() };
        over(&changed, Some(&unsigned), &trust, at(days(1)), |scene| {
            assert!(classes(scene, CANCEL, &[], Severity::Medium, at(days(1))).is_err());
        });
    }
}

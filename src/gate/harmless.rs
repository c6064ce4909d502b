//! Which pending subjects changed so little since they were approved that they may be approved in bulk: only
//! findings up to a severity, and nothing that no finding speaks about.

use std::collections::{BTreeSet, HashMap};

use super::changes::both;
use super::resign::held_once;
use super::scene::Scene;
use super::sides::BaseSide;
use super::spots::{Spot, spots};
use crate::canon::node::pointer_step;
use crate::canon::time::Timestamp;
use crate::model::finding::{Covers, Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::Severity;
use crate::rules::tool::UNJUDGED;
use crate::sign::subject::SURFACE;

/// How many places without a finding are named.
const SHOWN: usize = 5;

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
    if !was_approved(scene, id, now) {
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
        let more = silent.len().saturating_sub(SHOWN);
        let list = Phrase::list(silent.into_iter().take(SHOWN));
        let list = if more > 0 { list.and_say(format!(" and {more} more")) } else { list };
        return Err(Phrase::say("changed where no finding speaks: ")
            .and(list)
            .and_say("; look at it by its name"));
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
pub fn was_approved(scene: &Scene, id: &str, now: Timestamp) -> bool {
    let Some(side) = scene.base.side() else { return false };
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

/// What differs in the trees that are signed and has no finding of its own, in words for readers. A finding
/// speaks for the place that it names and for the values that it shows, and for nothing beside or below them.
fn unspoken(scene: &Scene, side: &BaseSide, id: &str, own: &[&Finding]) -> Vec<String> {
    let Some((was, is)) = both(scene, side, id) else { return vec!["the whole of it".to_owned()] };
    let told = |spot: &Spot| own.iter().any(|finding| speaks_for(scene, side, id, finding, spot));
    let mut silent: Vec<String> =
        spots(&was, &is).iter().filter(|spot| !told(spot)).map(|spot| shown(&spot.pointer)).collect();
    if let (Some(was), Some(is)) = (scene.base_tool(id), scene.tool(id)) {
        let (before, after) = (side.pack.toolsets_of(was), scene.pack.toolsets_of(is));
        let moved =
            before.iter().filter(|s| !after.contains(s)).chain(after.iter().filter(|s| !before.contains(s)));
        let told = |set: &str| own.iter().any(|f| is_about_set(scene, side, f, set));
        silent.extend(moved.filter(|set| !told(set)).map(|set| format!("toolset {set}")));
    }
    silent
}

fn speaks_for(scene: &Scene, side: &BaseSide, id: &str, finding: &Finding, spot: &Spot) -> bool {
    // What is gone is told where it stood, or where it would stand.
    let below = |told: &Place, pointer: &str| pointer.strip_prefix(&told.pointer).map(str::to_owned);
    let rest = |told: &Place| {
        let there = match told.side {
            Side::Head => place(scene.pack, scene.tool(id), &spot.pointer),
            Side::Base if spot.after.is_none() => place(side.pack, scene.base_tool(id), &spot.pointer),
            Side::Base => None,
        };
        there.filter(|(file, _)| told.file == *file).and_then(|(_, pointer)| below(told, &pointer))
    };
    // Where else the same cause stands, it was found to say the same.
    finding.also.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with('/'))
        || rest(&finding.place).is_some_and(|rest| rest.is_empty())
            && finding.before.as_ref() == spot.before
            && finding.after.as_ref() == spot.after
}

/// Where a place of a signed tree stands: file and pointer. None for what stands in no file as such.
fn place(pack: &Toolpack, tool: Option<&Tool>, pointer: &str) -> Option<(String, String)> {
    let (part, rest) = match pointer.strip_prefix('/')?.split_once('/') {
        Some((part, rest)) => (part, format!("/{rest}")),
        None => (pointer.strip_prefix('/')?, String::new()),
    };
    let header = &pack.header;
    let (file, at) = match (tool, part) {
        (Some(tool), "action") => (header.tools.as_str(), tool.pointer("")),
        (Some(tool), "operation") => {
            (header.baseline.as_str(), pack.baseline.entry(&tool.identity)?.pointer.clone())
        }
        (None, "toolpack") => (HEADER, String::new()),
        (None, "manifest") => (header.tools.as_str(), String::new()),
        (None, "policy") => (header.policy.as_str(), String::new()),
        (None, "toolsets") => (header.toolsets.as_str(), String::new()),
        (None, "baseline") => (header.baseline.as_str(), String::new()),
        (None, "server") => (header.baseline.as_str(), "/mcp".to_owned()),
        _ => return None,
    };
    Some((pack.path(file), at + &rest))
}

fn is_about_set(scene: &Scene, side: &BaseSide, finding: &Finding, set: &str) -> bool {
    let pack = if finding.place.side == Side::Head { scene.pack } else { side.pack };
    let at = format!("/toolsets/{}", pointer_step(set));
    let below = finding.place.pointer.strip_prefix(&at);
    finding.place.file == pack.path(&pack.header.toolsets)
        && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A place of a signed tree as people look for it.
fn shown(pointer: &str) -> String {
    let path = pointer.strip_prefix("/action/").or(pointer.strip_prefix('/')).unwrap_or(pointer);
    path.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::super::approve::Wish;
    use super::super::changes::since_base;
    use super::super::testing::*;
    use super::*;
    use crate::canon::Node;
    use crate::model::baseline::Baseline;
    use crate::model::bytes;
    use crate::model::finding::{Place, Subject, SubjectKind};
    use crate::rules::Rule;

    /// A finding about get_user, or about the surface, at a place of the head.
    fn finding(severity: Severity, covers: Covers, (file, pointer): (&str, &str)) -> Finding {
        let rule: &'static Rule = crate::rules::tool::DESCRIPTION_CHANGED;
        let subject = Subject {
            path: DIR.into(),
            toolpack: "tp".into(),
            kind: SubjectKind::Tool,
            id: GET_USER.into(),
            name: "get_user".into(),
        };
        let place =
            Place { file: format!("{DIR}/{file}"), line: 1, pointer: pointer.to_owned(), side: Side::Head };
        Finding::new(rule, subject, place).severity(severity).covered_by(covers)
    }

    fn ask(scene: &Scene, id: &str, found: &[Finding]) -> Result<usize, String> {
        let own: Vec<&Finding> = found.iter().collect();
        classes(scene, id, &own, Severity::Low, at(days(1))).map(|c| c.len()).map_err(|p| p.plain())
    }

    /// A finding about a member of get_user that shows both values.
    fn told(scene: &Scene, severity: Severity, pointer: &str) -> Finding {
        let (was, is) = (scene.base_tool(GET_USER).unwrap(), scene.tool(GET_USER).unwrap());
        let place = ("artifact/tools.json", format!("{}{pointer}", is.pointer("")));
        finding(severity, Covers::Tool, (place.0, &place.1))
            .values(was.raw.at(pointer).cloned(), is.raw.at(pointer).cloned())
    }

    #[test]
    fn only_small_changes_that_are_told_of_what_was_approved_pass() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let changed = shop_with_text(GET_USER, "Get a user.");
        over(&changed, Some(&base), &trust, at(days(1)), |scene| {
            assert_eq!(ask(scene, GET_USER, &[told(scene, Severity::Low, "/description")]), Ok(1));
            let graver = ask(scene, GET_USER, &[told(scene, Severity::Medium, "/description")]);
            assert!(graver.unwrap_err().contains("tool.description-changed"));
            assert!(ask(scene, GET_USER, &[]).unwrap_err().contains("no finding speaks: description"));
            assert!(ask(scene, GET_USER, &[told(scene, Severity::Low, "/title")]).is_err());
            // That it differs is no judgement of it.
            let differs = |pointer| Finding {
                rule: crate::rules::tool::DEFINITION_CHANGED,
                ..told(scene, Severity::Low, pointer)
            };
            let only = ask(scene, GET_USER, &[differs("/description")]);
            assert!(only.unwrap_err().contains("no finding speaks: description"));
            let beside = [told(scene, Severity::Low, "/description"), differs("/description/x")];
            assert!(ask(scene, GET_USER, &beside).unwrap_err().contains("no finding speaks: "));
            // One that shows other values speaks of something else.
            let other = told(scene, Severity::Low, "/description").values(None, Some(Node::text("x")));
            assert!(ask(scene, GET_USER, &[other]).is_err());
            // Long after, an approval that only time ended still is one that was given.
            assert_eq!(classes(scene, CANCEL, &[], Severity::Low, at(days(999))), Ok(vec![]));
        });
        let unsigned =
            Before { lock: over(&shop(), None, &trust, at(0), |s| synced(s, None).lock), pack: shop() };
        over(&changed, Some(&unsigned), &trust, at(days(1)), |scene| {
            assert!(classes(scene, CANCEL, &[], Severity::Medium, at(days(1))).is_err());
        });
    }

    #[test]
    fn a_silent_change_does_not_ride_along_with_one_that_is_told() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        // In the same member.
        let schema = |text: &str| {
            let schema = format!(
                r#"{{"type": "object", "properties": {{"user_id": {{"type": "integer", {text}}}}}}}"#
            );
            bytes::json("a.json", schema.as_bytes(), 1 << 20).unwrap()
        };
        let with = |text: &str| shop_with(GET_USER, "input_schema", schema(text));
        let was = with(r#""description": "An id.", "maximum": 9"#);
        let lock = over(&was, None, &trust, at(0), |s| allow(s, None, "alice", Wish::All));
        let before = Before { pack: was, lock };
        let at_text = "/input_schema/properties/user_id/description";
        for (now, silent) in [
            (r#""description": "The id.", "maximum": 9"#, None),
            (r#""description": "The id.""#, Some("speaks: input_schema/properties/user_id/maximum;")),
        ] {
            over(&with(now), Some(&before), &trust, at(days(1)), |scene| {
                let said = ask(scene, GET_USER, &[told(scene, Severity::Low, at_text)]);
                match silent {
                    None => assert_eq!(said, Ok(1)),
                    Some(place) => assert!(said.clone().unwrap_err().contains(place), "{said:?}"),
                }
            });
        }
        // In what the operation refers to.
        let mut deep = shop_with_text(GET_USER, "Get a user.");
        let text = include_str!("../../fixtures/toolpacks/shop/artifact/baseline.json");
        let text = text.replace("\"format\": \"email\"", "\"format\": \"uri\"");
        let node = bytes::json("baseline.json", text.as_bytes(), 1 << 20).unwrap();
        deep.baseline = Baseline::read("baseline.json", node).unwrap();
        over(&deep, Some(&base), &trust, at(days(1)), |scene| {
            let said = ask(scene, GET_USER, &[told(scene, Severity::Low, "/description")]).unwrap_err();
            assert!(said.contains("speaks: operation/responses"), "{said}");
            assert!(since_base(scene, GET_USER).plain().contains("its operation"));
        });
        // In the same file of the surface.
        let mut moved = shop();
        moved.header.raw.set("allowed_hosts", Node::texts(["a.example"]));
        let place = ("toolpack.yaml", "/allowed_hosts/0");
        let (was, is) = (base.pack.header.raw.at(place.1).cloned(), moved.header.raw.at(place.1).cloned());
        let host = [finding(Severity::Low, Covers::Surface, place).values(was, is)];
        over(&moved, Some(&base), &trust, at(days(1)), |scene| assert_eq!(ask(scene, SURFACE, &host), Ok(1)));
        moved.header.raw.set("x-start", Node::text("run.sh"));
        over(&moved, Some(&base), &trust, at(days(1)), |scene| {
            let said = ask(scene, SURFACE, &host).unwrap_err();
            assert!(said.contains("no finding speaks: toolpack/x-start;"), "{said}");
        });
    }

    #[test]
    fn each_set_that_a_tool_enters_or_leaves_is_told() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let sets: String =
            SETS.lines().filter(|l| l.trim() != "- get_user").map(|l| format!("{l}\n")).collect();
        let left = |set: &str| {
            let mut found = finding(
                Severity::Low,
                Covers::Tool,
                ("artifact/toolsets.yaml", &format!("/toolsets/{set}/actions/0")),
            );
            found.place.side = Side::Base;
            found
        };
        over(&pack(|_| {}, &sets), Some(&base), &trust, at(days(1)), |scene| {
            let of = |sets: &[&str]| ask(scene, GET_USER, &sets.iter().map(|s| left(s)).collect::<Vec<_>>());
            assert_eq!(of(&["operator", "readonly", "support"]), Ok(3));
            assert!(of(&["operator", "support"]).unwrap_err().contains("speaks: toolset readonly;"));
        });
    }
}

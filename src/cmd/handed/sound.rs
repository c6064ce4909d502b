//! Whether a part that was handed over holds together. One that lies about what its own machine saw can't be told from
//! one that does not; one that leaves something out, says it twice or speaks of what is not its own can.

use super::part::{Pack, Part};
use super::shard::Shard;
use crate::canon::visible::visible;
use crate::gate::discovery::dir_of;
use crate::model::finding::{Finding, SubjectKind};

/// Pointer below the part, and what is wrong there.
type Unsound = (String, String);

/// Whether one part holds together.
///
/// # Errors
/// Where it does not, and why.
pub fn part(part: &Part, shard: Shard) -> Result<(), Unsound> {
    let mut last = None;
    for (n, pack) in part.packs.iter().enumerate() {
        let at = |rest: &str, message: String| Err((format!("/packs/{n}{rest}"), message));
        if pack.at >= part.run.toolpacks || last.is_some_and(|last| pack.at <= last) {
            return at("/at", "toolpacks stand in the order of the whole, each once".to_owned());
        }
        last = Some(pack.at);
        if !pack.named.is_of(shard) {
            return at("/named", format!("it does not belong to part {shard}"));
        }
        if let Some(message) = unsound(pack, part) {
            return at("", message);
        }
    }
    match part.rest.is_some() == shard.leads() {
        true => Ok(()),
        false => {
            Err(("/rest".to_owned(), "the first part alone says what belongs to no toolpack".to_owned()))
        }
    }
}

fn unsound(pack: &Pack, part: &Part) -> Option<String> {
    let Pack { named, judged, .. } = pack;
    let Some((header, id)) = named.head.as_ref().or(named.base.as_ref()) else {
        return Some("neither side has it".to_owned());
    };
    let (dir, id) = (dir_of(header), id.as_str());
    if named.head != named.base && !judged.changed {
        return Some("it is not where it was, and says that nothing of it differs".to_owned());
    }
    if (judged.path.as_str(), judged.id.as_str()) != (dir, id) {
        return Some("path and id are not those of its toolpack.yaml".to_owned());
    }
    let tools = judged.states.iter().filter(|s| s.standing.subject.kind == SubjectKind::Tool).count();
    if named.head.is_some() && tools != judged.tools {
        return Some(format!("it has {} tools, and says of {tools} how they stand", judged.tools));
    }
    let dirs = [&named.head, &named.base].map(|side| side.as_ref().map(|(header, _)| dir_of(header)));
    let is_own = |f: &&Finding| !dirs.contains(&Some(f.subject.path.as_str()));
    let said =
        judged.changes.iter().chain(&judged.beyond).chain(judged.states.iter().flat_map(|s| &s.problems));
    if let Some(finding) = said.chain(&pack.after_merge).find(is_own) {
        return Some(format!("a finding of it is about {:?}", visible(&finding.subject.path, 80)));
    }
    let gate = part.run.gate.as_ref().map(|gate| &gate.file.file);
    let entries = gate.map(|gate| gate.drift.as_slice()).unwrap_or_default();
    let asked = entries.iter().enumerate().filter(|(_, entry)| named.is_meant(entry, judged)).map(|(n, _)| n);
    match asked.eq(pack.drifted.iter().map(|drifted| drifted.entry)) {
        true => None,
        false => Some("it was not held against the files that gate.yaml names, and no others".to_owned()),
    }
}

//! Toolpacks that nothing can judge: what there is, all the same.

use crate::cmd::failed::Failed;
use crate::gate::discovery::Found;
use crate::gate::sides::Naming;
use crate::gate::subjects::Subjects;
use crate::io::load;
use crate::io::tree::Tree;
use crate::model::lockfile::Status;
use crate::model::phrase::Phrase;
use crate::model::report::Standing;

/// Every tool of toolpacks that cannot be judged, so that a run without trust still shows what there is.
///
/// # Errors
/// A file that cannot be read.
pub fn list_unjudged(tree: &Tree, found: &[Found]) -> Result<Vec<Standing>, Failed> {
    let mut standings = Vec::new();
    for found in found {
        let (loaded, subjects) = load::toolpack_with(tree, &found.header, Subjects::of)?;
        let subjects = subjects?;
        let naming = Naming { pack: &loaded.pack, lock_path: &loaded.lock_path, lock: loaded.lock.as_ref() };
        standings.extend(loaded.pack.manifest.tools.iter().map(|tool| Standing {
            subject: naming.tool(&tool.id, &tool.name),
            tier: subjects.tools.get(&tool.id).map_or(tool.tier, |s| s.tier),
            status: Status::Pending,
            have: 0,
            need: 0,
            signers: Vec::new(),
            until: None,
            note: Phrase::say("not judged: no trust file"),
            target: format!("{} {}{}", tool.method, tool.host, tool.full_path()),
        }));
    }
    Ok(standings)
}

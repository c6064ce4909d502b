//! What one machine found out: its toolpacks as the engines left them, and what the first of the machines says of all
//! that belongs to no toolpack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::beside::BesideIn;
use super::run::Run;
use super::shard::Shard;
use crate::canon::digest::sha256_hex;
use crate::diff::{across, shadows};
use crate::gate::discovery::{Found, Paired, dir_of};
use crate::judge::pack::JudgedPack;
use crate::model::finding::Finding;
use crate::model::gate_config::DriftEntry;
use crate::model::phrase::Phrase;
use crate::model::report::Coverage;

/// What one machine judged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What all parts have to agree on.
    pub run: Run,
    /// The toolpacks of this part, in the order of the whole.
    pub packs: Vec<Pack>,
    /// What belongs to no toolpack: from the first part alone.
    pub rest: Option<Rest>,
}

/// One toolpack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its place in the list of all.
    pub at: usize,
    /// Which toolpack it is.
    pub named: Named,
    /// What was found.
    pub judged: JudgedPack,
    /// What it has to do with what several toolpacks come to together; null where nothing of any of them differs, or
    /// where all were judged in one place.
    pub together: Option<Together>,
    /// What it drifted from, as gate.yaml asks.
    pub drifted: Vec<Drifted>,
    /// The approvals of it that the trust file of this change would end.
    pub after_merge: Option<Finding>,
}

/// Path of toolpack.yaml and id on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// In the head; null where it is gone.
    pub head: Option<(String, String)>,
    /// In the base; null where it is new.
    pub base: Option<(String, String)>,
}

/// What a toolpack has to do with what several come to together.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// Ways for data.
    pub flow: across::Part,
    /// Names.
    pub names: shadows::Part,
}

/// A toolpack held against a file that gate.yaml names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drifted {
    /// The entry under `drift`, counted from 0.
    pub entry: usize,
    /// What came of it.
    pub outcome: Held,
}

/// What came of a comparison.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It was made.
    Compared(Box<Compared>),
    /// It can't be made, and the owners ask for it no more.
    GivenUp(Phrase),
}

/// One toolpack and one file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// What was compared.
    pub looked_at: Phrase,
    /// What could not be.
    pub unseen: Vec<Phrase>,
    /// What else is to be known.
    pub notes: Vec<Phrase>,
    /// The toolpack's folder.
    pub dir: String,
    /// The file.
    pub to: String,
    /// What differs.
    pub changes: Vec<Finding>,
    /// How much was called, where the file is a recording.
    pub coverage: Option<Coverage>,
}

/// What belongs to no toolpack.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Findings about where files lie, the trust file and gate.yaml.
    pub repository: Vec<Finding>,
    /// Client configurations, workflows and hooks.
    pub beside: BesideIn,
    /// Toolpacks that no side has any more, of which something is wrong.
    pub stayed: Vec<JudgedPack>,
    /// Changes of the work tree that were not judged.
    pub uncommitted: usize,
    /// What else a reader should know.
    pub notes: Vec<Phrase>,
    /// For each entry under `drift` of gate.yaml: what to say if it names no toolpack; null: then nothing can be judged.
    pub nobody: Vec<Option<Phrase>>,
}

impl Named {
    /// Of a pair.
    pub fn of(pair: &Paired) -> Named {
        let named = |found: &Option<Found>| found.as_ref().map(|f| (f.header.clone(), f.id.clone()));
        Named { head: named(&pair.head), base: named(&pair.base) }
    }

    /// Its folder: that of the head, where the head has it.
    pub fn dir(&self) -> &str {
        let header = self.head.as_ref().or(self.base.as_ref()).map_or("", |(header, _)| header);
        dir_of(header)
    }

    /// Whether an entry of gate.yaml names it: as the base knows it, so that no change takes another name and is compared
    /// no more, or as it is called now. One that the head has no more is compared with nothing.
    pub fn is_meant(&self, entry: &DriftEntry, pack: &JudgedPack) -> bool {
        let before = self.base.as_ref();
        let folders =
            [Some(pack.path.as_str()), before.map(|(header, _)| dir_of(header))].into_iter().flatten();
        let folders = folders.map(|dir| dir.rsplit('/').next().unwrap_or_default());
        let known = [Some(pack.id.as_str()), before.map(|(_, id)| id.as_str()), Some(pack.name.as_str())];
        let known = known.into_iter().chain([pack.known_as.as_deref()]).flatten();
        self.head.is_some() && known.chain(folders).any(|name| name == entry.toolpack)
    }

    /// Whether a part judges it.
    pub fn is_of(&self, shard: Shard) -> bool {
        shard.has(self.dir())
    }
}

/// One digest over a list of toolpacks: parts with the same list judge the same whole.
pub fn list_digest<'a>(all: impl Iterator<Item = &'a Named>) -> String {
    let mut text = String::new();
    for side in all.flat_map(|named| [&named.head, &named.base]) {
        let (header, id) = side.as_ref().map_or(("", ""), |(header, id)| (header, id));
        // Neither holds a NUL: git has none in paths, and an id is a word.
        text.push_str(header);
        text.push('\0');
        text.push_str(id);
        text.push('\0');
    }
    sha256_hex(text.as_bytes())
}

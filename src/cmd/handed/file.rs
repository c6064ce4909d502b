//! The file in which a part is handed over, `cask.shard/1`: written by one job, read by another. Whoever can run code
//! in a job can write one, so it is read as strictly as what is signed, and held against itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::part::Part;
use super::shard::Shard;
use super::sound;
use crate::canon::decode::decode;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::read_json::read_json;
use crate::canon::time::Timestamp;
use crate::canon::visible::visible;
use crate::canon::{Fault, FaultKind, Limits};
use crate::model::limits::SHARD;
use crate::model::report::Unjudged;

/// What the file calls itself.
pub const SCHEMA: &str = "cask.shard/1";

/// A part as it is handed over.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// `cask.shard/1`.
    #[schemars(extend("const" = "cask.shard/1"))]
    pub schema: String,
    /// The version of cask that judged: all parts and whoever puts them together have the same.
    pub tool_version: String,
    /// Which part.
    pub shard: Shard,
    /// The clock by which it was judged.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a part.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was judged.
    Judged(Box<Part>),
    /// It could not be.
    Error(Refused),
}

/// Why a part could not be judged: strangers' words, all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// What could not be judged.
    pub subject: String,
    /// What went wrong.
    pub message: String,
    /// Why.
    pub why: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Refused {
    /// Of a failure to judge.
    pub fn of(error: &Unjudged) -> Refused {
        Refused {
            subject: error.subject.clone(),
            message: error.message.clone(),
            why: error.why.clone(),
            hints: error.hints.clone(),
        }
    }
}

impl HandOver {
    /// A part that was judged, or not.
    pub fn new(shard: Shard, at: Timestamp, outcome: Outcome) -> HandOver {
        let tool_version = env!("CARGO_PKG_VERSION").to_owned();
        HandOver { schema: SCHEMA.to_owned(), tool_version, shard, at, outcome }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        emit_json(&encode(self))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// With line and pointer: no JSON, too large, of another form or version of cask, a member that is not known or
    /// missing, and what contradicts itself.
    pub fn read(file: &str, bytes: &[u8]) -> Result<HandOver, Fault> {
        let limits = Limits { depth: Limits::DEPTH_MAX, nodes: NODES, ..Limits::new(SHARD) };
        let node = read_json(file, bytes, &limits)?;
        let said =
            |member: &str| node.get(member).and_then(|node| node.as_text().map(|text| (node.line, text)));
        let refuse = |member: &str, message: String| {
            let line = node.get(member).map_or(node.line, |node| node.line);
            Fault::new(file, FaultKind::Version, message).line(line).pointer(format!("/{member}"))
        };
        match said("schema") {
            Some((_, SCHEMA)) => {}
            Some((_, other)) => {
                let message = format!("expected schema {SCHEMA}, found {}", visible(other, 40));
                return Err(refuse("schema", message)
                    .hint("hand over what `cask ci --shard K/N --output FILE` writes"));
            }
            None => {
                return Err(Fault::new(
                    file,
                    FaultKind::Content,
                    format!("it is not a part: no schema {SCHEMA}"),
                )
                .hint("hand over what `cask ci --shard K/N --output FILE` writes"));
            }
        }
        if let Some((_, other)) =
            said("tool_version").filter(|(_, version)| *version != env!("CARGO_PKG_VERSION"))
        {
            let message =
                format!("judged by cask {}, this is {}", visible(other, 40), env!("CARGO_PKG_VERSION"));
            return Err(refuse("tool_version", message).hint("run one version of cask in all jobs"));
        }
        let handed: HandOver = decode(file, &node)?;
        if let Outcome::Judged(part) = &handed.outcome {
            sound::part(part, handed.shard).map_err(|(pointer, message)| {
                let pointer = format!("/outcome/judged{pointer}");
                let line = node.at(&pointer).map_or(0, |node| node.line);
                Fault::new(file, FaultKind::Content, message)
                    .line(line)
                    .pointer(pointer)
                    .hint("another program wrote this: run the job again, and see what else ran in it")
            })?;
        }
        Ok(handed)
    }
}

/// Most values of one file.
const NODES: usize = 20_000_000;

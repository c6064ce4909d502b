//! What all parts of one run have to agree on: which change is judged, by whose word, and what was asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::Node;
use crate::canon::fault::Fault;
use crate::model::gate_config::{FailOn, GateConfig, PATH as GATE};
use crate::model::phrase::Phrase;
use crate::model::report::Source;
use crate::model::risk::RiskTier;
use crate::model::trust::{PATH as TRUST, Trust};

/// One run, the same on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// What it is compared with.
    pub base: Source,
    /// What is judged.
    pub head: Source,
    /// The base branch in commands to paste, if it is safe there.
    pub base_name: Option<String>,
    /// The trust file that judges; null where neither side has a toolpack.
    pub trust: Option<TrustIn>,
    /// gate.yaml in force, where one is.
    pub gate: Option<GateIn>,
    /// Why the gate.yaml that there is counts for nothing.
    pub gate_ignored: Option<Phrase>,
    /// Whether the change brings the first trust file.
    pub bootstrap: bool,
    /// What the command was asked.
    pub asked: Asked,
    /// How many toolpacks the two sides have.
    pub toolpacks: usize,
    /// SHA-256 over the list of them: paths and ids of both sides.
    pub list: String,
}

/// Options that bear on what is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--min-risk`.
    pub min_risk: Option<RiskTier>,
    /// `--min-coverage`.
    pub min_coverage: Option<u32>,
    /// Login of who opened the pull request.
    pub author: Option<String>,
    /// The pin of the trust file.
    pub trust_pin: Option<String>,
}

/// The trust file that judges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "TrustFile", into = "TrustFile")]
#[schemars(with = "TrustFile")]
pub struct TrustIn {
    /// The file.
    pub file: Trust,
    /// Where it was read.
    pub source: Source,
    /// Whether the side under review can't reach it.
    pub anchored: bool,
    /// The version that the head brings and that was not used.
    pub head_version: Option<u32>,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrustFile {
    source: Source,
    anchored: bool,
    head_version: Option<u32>,
    /// `sha256:…` of the file.
    digest: String,
    /// The file itself.
    file: Node,
}

impl From<TrustIn> for TrustFile {
    fn from(trust: TrustIn) -> TrustFile {
        TrustFile {
            source: trust.source,
            anchored: trust.anchored,
            head_version: trust.head_version,
            digest: trust.file.digest,
            file: trust.file.raw,
        }
    }
}

impl TryFrom<TrustFile> for TrustIn {
    type Error = String;

    fn try_from(wire: TrustFile) -> Result<TrustIn, String> {
        let file = Trust::read(TRUST, wire.file).map_err(told)?;
        same(TRUST, &file.digest, &wire.digest)?;
        Ok(TrustIn { file, source: wire.source, anchored: wire.anchored, head_version: wire.head_version })
    }
}

/// gate.yaml in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "GateFile", into = "GateFile")]
#[schemars(with = "GateFile")]
pub struct GateIn {
    /// The file.
    pub file: GateConfig,
    /// Where it was read.
    pub source: Source,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GateFile {
    source: Source,
    /// `sha256:…` of the file.
    digest: String,
    /// Lines of its entries under `drift`: reports name them.
    drift: Vec<u32>,
    /// Lines of its suppressions.
    suppressions: Vec<u32>,
    /// The file itself.
    file: Node,
}

impl From<GateIn> for GateFile {
    fn from(gate: GateIn) -> GateFile {
        let facts = &gate.file.file;
        GateFile {
            source: gate.source,
            drift: facts.drift.iter().map(|entry| entry.line).collect(),
            suppressions: facts.suppressions.iter().map(|suppression| suppression.line).collect(),
            digest: gate.file.digest,
            file: gate.file.raw,
        }
    }
}

impl TryFrom<GateFile> for GateIn {
    type Error = String;

    fn try_from(wire: GateFile) -> Result<GateIn, String> {
        let mut file = GateConfig::read(GATE, wire.file).map_err(told)?;
        same(GATE, &file.digest, &wire.digest)?;
        let facts = &mut file.file;
        if facts.drift.len() != wire.drift.len() || facts.suppressions.len() != wire.suppressions.len() {
            return Err(format!("the lines of {GATE} are not those of its entries"));
        }
        facts.drift.iter_mut().zip(wire.drift).for_each(|(entry, line)| entry.line = line);
        facts.suppressions.iter_mut().zip(wire.suppressions).for_each(|(entry, line)| entry.line = line);
        Ok(GateIn { file, source: wire.source })
    }
}

fn told(fault: Fault) -> String {
    let at = if fault.pointer.is_empty() { String::new() } else { format!("{}: ", fault.pointer) };
    format!("{}: {at}{}", fault.file, fault.message)
}

fn same(file: &str, is: &str, said: &str) -> Result<(), String> {
    match is == said {
        true => Ok(()),
        false => Err(format!("{file} has not the digest that is given for it")),
    }
}

impl Run {
    /// The first thing in which another part's run differs, by its name for people.
    pub fn differs_in(&self, other: &Run) -> Option<&'static str> {
        let rows: [(&'static str, bool); 10] = [
            ("base", self.base == other.base && self.base_name == other.base_name),
            ("head", self.head == other.head),
            ("trust file", self.trust == other.trust),
            ("gate.yaml", self.gate == other.gate && self.gate_ignored == other.gate_ignored),
            ("first adoption", self.bootstrap == other.bootstrap),
            ("--fail-on and --min-risk", {
                (self.asked.fail_on, self.asked.min_risk) == (other.asked.fail_on, other.asked.min_risk)
            }),
            ("--author", self.asked.author == other.asked.author),
            ("--trust-pin", self.asked.trust_pin == other.asked.trust_pin),
            ("--min-coverage", self.asked.min_coverage == other.asked.min_coverage),
            ("list of toolpacks", (self.toolpacks, &self.list) == (other.toolpacks, &other.list)),
        ];
        rows.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
    }
}

//! gate.yaml: what fails, what is suppressed, and how long approvals may live. Signed by the owners and
//! read where the trust file is read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::risk::RiskTier;
use super::toolpack::is_plain_path;
use super::trust::{OwnerSignature, limit_signatures};
use crate::canon::decode::decode;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind, Node, digest};

/// Where the file stands, from the repository's root.
pub const PATH: &str = ".caskmcp/gate.yaml";
/// The schema word of this file.
pub const SCHEMA: &str = "cask.gate/1";
/// The longest that an exemption may run, in days.
pub const MAX_EXEMPTION_DAYS: u32 = 180;
/// How long one runs if nothing is said.
pub const EXEMPTION_DAYS: u32 = 90;
/// Most comparisons beside the base.
const MAX_DRIFT: usize = 64;
/// The longest that a suppression may run.
pub const MAX_SUPPRESSION_DAYS: u32 = 180;

/// Configurations of agent clients that are looked at where gate.yaml names none: where the clients look for
/// them, in every folder, since each can be opened as a project.
pub const CLIENTS: &[&str] = &[
    "**/.mcp.json",
    "**/.cursor/mcp.json",
    "**/.vscode/mcp.json",
    "**/.vscode/settings.json",
    "**/.codex/config.toml",
    "**/.claude/settings.json",
    "**/.claude/settings.local.json",
    "**/.gemini/settings.json",
    "**/.qwen/settings.json",
    "**/.roo/mcp.json",
    "**/.kiro/settings/mcp.json",
    "**/.amazonq/mcp.json",
    "**/.vs/mcp.json",
    "**/.windsurf/mcp_config.json",
    "**/.zed/settings.json",
    "**/opencode.json",
    "**/opencode.jsonc",
];

/// The lowest verdict that fails the run. The order is from lax to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Nothing but "not judged".
    #[serde(alias = "none")]
    Never,
    /// Breaking changes.
    Breaking,
    /// Whatever needs review, too.
    #[serde(alias = "review", alias = "risk")]
    Any,
}

impl FailOn {
    /// The word in files and options.
    pub fn word(self) -> &'static str {
        match self {
            FailOn::Never => "never",
            FailOn::Breaking => "breaking",
            FailOn::Any => "any",
        }
    }
}

impl FromStr for FailOn {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "never" | "none" => Ok(FailOn::Never),
            "breaking" => Ok(FailOn::Breaking),
            "any" | "review" | "risk" => Ok(FailOn::Any),
            _ => Err(format!("unknown word {word:?}, expected any, breaking or never")),
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which toolpacks are judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Globs {
    /// Globs of toolpack.yaml files from the repository's root.
    pub include: Vec<String>,
    /// Globs taken out again.
    pub exclude: Vec<String>,
}

impl Default for Globs {
    fn default() -> Self {
        Globs { include: vec!["**/toolpack.yaml".into(), "**/toolpack.yml".into()], exclude: Vec::new() }
    }
}

/// A finding that is known and accepted for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// Rule id.
    pub rule: String,
    /// Glob over toolpack names; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolpack: Option<String>,
    /// Glob over tool names; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Exact pointer; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day, `YYYY-MM-DD`, at most 180 days ahead.
    pub expires: String,
    /// Line in the file; 0 if it was not read from one.
    #[serde(skip)]
    pub line: u32,
}

/// Coverage that drift asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Coverage {
    /// Percent of the operations that a recording must have called, 0 to 100.
    #[schemars(range(max = 100))]
    pub min: u32,
}

/// How approvals are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Approvals {
    /// `gate.expiring` speaks this many days before the end.
    pub warn_days: u32,
    /// Longest life per tier; may only lower what trust.yaml says.
    pub max_days: BTreeMap<RiskTier, u32>,
    /// Tiers that ask for a reason.
    pub reason_required: Vec<RiskTier>,
    /// How many high and critical tools one act may approve.
    pub bulk_max: u32,
}

impl Default for Approvals {
    fn default() -> Self {
        Approvals { warn_days: 14, max_days: BTreeMap::new(), reason_required: Vec::new(), bulk_max: 20 }
    }
}

/// Whether and how long owners may exempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exemptions {
    /// Whether exemptions count at all.
    pub allowed: bool,
    /// Longest exemption; at most 180.
    pub max_days: u32,
}

impl Default for Exemptions {
    fn default() -> Self {
        Exemptions { allowed: true, max_days: MAX_EXEMPTION_DAYS }
    }
}

/// Budgets across a toolpack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budgets {
    /// Tools in one set.
    pub tools_per_set: u32,
    /// Tokens of one set's texts.
    pub tokens_per_set: u32,
    /// Percent by which the surface may grow in one change.
    pub surface_growth: u32,
    /// How many times longer than before recorded answers may take (p95).
    pub latency_factor: u32,
    /// Percent of recorded calls that may end with a failure of the server, 0 to 100.
    #[schemars(range(max = 100))]
    pub error_rate: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets {
            tools_per_set: 64,
            tokens_per_set: 20_000,
            surface_growth: 25,
            latency_factor: 3,
            error_rate: 5,
        }
    }
}

/// A comparison that `ci` makes beside the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftEntry {
    /// Toolpack by name, id or the name of its folder.
    pub toolpack: String,
    /// File of the head that its tools must match, from the repository's root: what `cask drift --to` takes.
    pub to: String,
    /// Line in the file; 0 if it was not read from one.
    #[serde(skip)]
    pub line: u32,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateFile {
    /// `cask.gate/1`.
    #[schemars(extend("const" = "cask.gate/1"))]
    pub schema: String,
    /// One more on each change.
    pub version: u32,
    /// Digest of the version before (absent in version 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Root digest of the trust file: no other repository's gate.yaml fits.
    pub root: String,
    /// The lowest verdict that fails.
    #[serde(default = "default_fail_on")]
    pub fail_on: FailOn,
    /// Findings on tools below this tier are shown and never fail; not on the trust axis.
    #[serde(default = "default_min_risk")]
    pub min_risk: RiskTier,
    /// Which toolpacks are judged.
    #[serde(default)]
    pub toolpacks: Globs,
    /// What passes is left out of the report of `ci` where it is about tools that are not in this toolset; no
    /// verdict changes.
    #[serde(default)]
    pub toolset: Option<String>,
    /// Globs of client configurations that are compared as data, from the repository's root.
    #[serde(default = "default_clients")]
    pub clients: Vec<String>,
    /// Rule id to severity word or `off`; the trust axis is refused.
    #[serde(default)]
    pub levels: BTreeMap<String, String>,
    /// Findings accepted for a while.
    #[serde(default)]
    pub suppressions: Vec<Suppression>,
    /// For drift.
    #[serde(default)]
    pub coverage: Coverage,
    /// How approvals are looked at.
    #[serde(default)]
    pub approvals: Approvals,
    /// How long owners may exempt.
    #[serde(default)]
    pub exemptions: Exemptions,
    /// Budgets across a toolpack.
    #[serde(default)]
    pub limits: Budgets,
    /// Comparisons that `ci` makes beside the base.
    #[serde(default)]
    pub drift: Vec<DriftEntry>,
    /// The owners' signatures of all the above.
    #[serde(default)]
    pub signatures: Vec<OwnerSignature>,
}

fn default_clients() -> Vec<String> {
    CLIENTS.iter().map(|glob| (*glob).to_owned()).collect()
}

fn default_fail_on() -> FailOn {
    FailOn::Breaking
}

fn default_min_risk() -> RiskTier {
    RiskTier::Safe
}

impl Default for GateFile {
    fn default() -> Self {
        GateFile {
            schema: SCHEMA.to_owned(),
            version: 1,
            previous: None,
            root: String::new(),
            fail_on: default_fail_on(),
            min_risk: default_min_risk(),
            toolpacks: Globs::default(),
            toolset: None,
            clients: default_clients(),
            levels: BTreeMap::new(),
            suppressions: Vec::new(),
            coverage: Coverage::default(),
            approvals: Approvals::default(),
            exemptions: Exemptions::default(),
            limits: Budgets::default(),
            drift: Vec::new(),
            signatures: Vec::new(),
        }
    }
}

/// A gate configuration as read.
#[derive(Debug, Clone, PartialEq)]
pub struct GateConfig {
    /// The facts.
    pub file: GateFile,
    /// The tree, for lines and canonical bytes.
    pub raw: Node,
    /// `sha256:…` over the canonical bytes without `signatures`.
    pub digest: String,
}

impl GateConfig {
    /// Reads a gate configuration.
    ///
    /// # Errors
    /// A fault with line and pointer for everything that gate.yaml may not hold: unknown members and words,
    /// an unknown rule id or a rule of the trust axis under `levels`, globs that do not parse, a path of `drift`
    /// that can leave the repository, a bound on what nothing measures.
    pub fn read(file: &str, raw: Node) -> Result<GateConfig, Fault> {
        let mut facts: GateFile = decode(file, &raw)?;
        let fault = |pointer: String, message: String| {
            let line = raw.at(&pointer).map_or(raw.line, |n| n.line);
            Fault::new(file, FaultKind::Content, message).line(line).pointer(pointer)
        };
        if facts.schema != SCHEMA {
            let message = format!("unknown schema {:?}, expected {SCHEMA}", facts.schema);
            return Err(Fault { kind: FaultKind::Version, ..fault("/schema".into(), message) });
        }
        if facts.version == 0 {
            return Err(fault("/version".into(), "versions count from 1".into()));
        }
        limit_signatures(file, &raw, &facts.signatures)?;
        for (id, word) in &facts.levels {
            let at = format!("/levels/{id}");
            let Some(rule) = crate::rules::find(id) else {
                return Err(fault(at, format!("no rule has the id {id:?}")).hint("cask rules lists them"));
            };
            if rule.is_on(crate::rules::Axis::Trust) {
                return Err(fault(at, format!("{id} is on the trust axis: its level is fixed")));
            }
            if word != "off" && crate::rules::Severity::of(word).is_none() {
                return Err(fault(
                    at,
                    format!("unknown level {word:?}, expected critical, high, medium, low, info or off"),
                ));
            }
        }
        let globs = &facts.toolpacks;
        for (list, name) in [
            (&globs.include, "toolpacks/include"),
            (&globs.exclude, "toolpacks/exclude"),
            (&facts.clients, "clients"),
        ] {
            for (i, glob) in list.iter().enumerate() {
                if globset::Glob::new(glob).is_err() {
                    return Err(fault(format!("/{name}/{i}"), format!("{glob:?} is not a glob")));
                }
            }
        }
        if let Some(pointer) = beyond_all(&facts) {
            return Err(fault(pointer.to_owned(), "a share is at most 100 percent".to_owned()));
        }
        if facts.drift.len() > MAX_DRIFT {
            return Err(fault("/drift".into(), format!("more than {MAX_DRIFT} comparisons")));
        }
        for (i, entry) in facts.drift.iter_mut().enumerate() {
            let at = format!("/drift/{i}");
            entry.line = raw.at(&at).map_or(0, |node| node.line);
            if !is_plain_path(&entry.to) {
                return Err(fault(format!("{at}/to"), format!("path {:?} can leave the repository", entry.to))
                    .hint("name a file from the repository's root: segments of A-Z a-z 0-9 . _ - with / between them"));
            }
            if entry.toolpack.is_empty() {
                return Err(fault(format!("{at}/toolpack"), "it names no toolpack".into()));
            }
        }
        let lines = raw.get("suppressions").map(Node::items).unwrap_or_default().iter().map(|node| node.line);
        facts.suppressions.iter_mut().zip(lines).for_each(|(suppression, line)| suppression.line = line);
        let digest = digest::of(&raw.without(&["signatures"]));
        Ok(GateConfig { file: facts, raw, digest })
    }

    /// The tree that owners sign: everything but the signatures.
    pub fn body(&self) -> Node {
        self.raw.without(&["signatures"])
    }
}

/// A share of more than all: accepted, it would be one that never holds, or always.
fn beyond_all(file: &GateFile) -> Option<&'static str> {
    let shares = [("/coverage/min", file.coverage.min), ("/limits/error_rate", file.limits.error_rate)];
    shares.into_iter().find_map(|(pointer, percent)| (percent > 100).then_some(pointer))
}

/// Last moment of a suppression's day.
pub fn suppression_end(expires: &str) -> Option<Timestamp> {
    format!("{expires}T23:59:59Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    #[test]
    fn versions_count_from_one_and_signatures_end_somewhere() {
        let read = |version: u64, signatures: usize| {
            let one = "- {signer: a, key_id: \"0\", signature: x}\n".repeat(signatures);
            let text = format!("schema: cask.gate/1\nversion: {version}\nroot: sha256:0\nsignatures:\n{one}");
            GateConfig::read("g", bytes::strict_yaml("g", text.as_bytes(), 1 << 20).unwrap())
        };
        assert_eq!(read(u32::MAX.into(), 1).unwrap().file.version, u32::MAX);
        assert_eq!(read(0, 1).unwrap_err().pointer, "/version");
        assert_eq!(read(1, 33).unwrap_err().pointer, "/signatures");
    }

    fn told(rest: &str) -> Result<GateFile, (u32, String)> {
        let text = format!("schema: cask.gate/1\nversion: 1\nroot: sha256:0\n{rest}");
        let read = GateConfig::read("g", bytes::strict_yaml("g", text.as_bytes(), 1 << 20).unwrap());
        read.map(|config| config.file).map_err(|fault| (fault.line, fault.pointer))
    }

    #[test]
    fn no_share_is_more_than_all() {
        for (text, pointer) in
            [("coverage: {min: 101}", "/coverage/min"), ("limits: {error_rate: 101}", "/limits/error_rate")]
        {
            assert_eq!(told(text), Err((4, pointer.to_owned())));
        }
        let all = "coverage: {min: 100}\nlimits: {latency_factor: 2, error_rate: 0}";
        let file = told(all).unwrap();
        assert_eq!((file.coverage.min, file.limits.latency_factor, file.limits.error_rate), (100, 2, 0));
    }

    #[test]
    fn a_comparison_stays_in_the_repository() {
        let entry = told("drift:\n- toolpack: shop\n  to: api/openapi.yaml\n").unwrap().drift.remove(0);
        assert_eq!((entry.to.as_str(), entry.line), ("api/openapi.yaml", 5));
        for to in ["../api.yaml", "/etc/api.yaml", "git:main:api.yaml", "api//a.yaml", "''", "./api.yaml"] {
            let told = told(&format!("drift:\n- {{toolpack: shop, to: {to}}}\n"));
            assert_eq!(told, Err((5, "/drift/0/to".to_owned())), "{to}");
        }
        assert!(told("drift:\n- {toolpack: '', to: a.yaml}\n").is_err());
        assert!(told(&format!("drift:\n{}", "- {toolpack: a, to: b}\n".repeat(65))).is_err());
    }
}

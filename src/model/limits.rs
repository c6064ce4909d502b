//! How large each governed file may be. Over a limit: the run ends with exit 3.

const MIB: usize = 1024 * 1024;

/// toolpack.yaml, trust.yaml, gate.yaml.
pub const SMALL: usize = MIB;
/// policy.yaml.
pub const POLICY: usize = 4 * MIB;
/// toolsets.yaml.
pub const TOOLSETS: usize = 16 * MIB;
/// The lockfile.
pub const LOCKFILE: usize = 64 * MIB;
/// tools.json.
pub const TOOLS: usize = 128 * MIB;
/// baseline.json.
pub const BASELINE: usize = 256 * MIB;
/// contracts.yaml.
pub const CONTRACTS: usize = 16 * MIB;
/// Every other file that a toolpack names: only its digest is needed.
pub const NAMED: usize = 64 * MIB;
/// What one machine hands over of a judgement that several share.
pub const SHARD: usize = 512 * MIB;
/// Aliases in YAML files of generation 1; none are allowed in later ones.
pub const V1_ALIASES: usize = 1000;

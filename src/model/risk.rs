//! Risk as a value: the ordered tier, the class of effect, and the reasons that carry a tier.
//!
//! The tier's order is the derive order of the enum; nobody keeps a table of ranks. How a tier is found
//! stands in `compare::risk`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much harm a call can do, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RiskTier {
    /// Reads what is public to the caller.
    Safe,
    /// Reads personal data.
    Low,
    /// Changes something, or reads from a delicate area.
    Medium,
    /// Destroys, or changes personal data.
    High,
    /// Moves money, grants rights, executes, or hands out secrets.
    Critical,
}

impl RiskTier {
    /// All tiers in rising order.
    pub const ALL: [RiskTier; 5] =
        [RiskTier::Safe, RiskTier::Low, RiskTier::Medium, RiskTier::High, RiskTier::Critical];

    /// The word that stands for this tier in every file.
    pub fn word(self) -> &'static str {
        match self {
            RiskTier::Safe => "safe",
            RiskTier::Low => "low",
            RiskTier::Medium => "medium",
            RiskTier::High => "high",
            RiskTier::Critical => "critical",
        }
    }
}

impl fmt::Display for RiskTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is no tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTier;

impl fmt::Display for UnknownTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a risk tier (safe, low, medium, high, critical)")
    }
}

impl std::error::Error for UnknownTier {}

/// Exactly the words of [`RiskTier::word`]: another case or spelling is an error, never a default.
impl FromStr for RiskTier {
    type Err = UnknownTier;

    fn from_str(word: &str) -> Result<RiskTier, UnknownTier> {
        RiskTier::ALL.into_iter().find(|tier| tier.word() == word).ok_or(UnknownTier)
    }
}

/// What a call does to the state of the world, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Creates or changes.
    Write,
    /// Destroys.
    Delete,
    /// Runs code or acts as somebody else.
    Execute,
}

impl Effect {
    /// Whether a call of this class changes state.
    pub fn changes_state(self) -> bool {
        self != Effect::Read
    }

    /// The word that stands for this effect in every file.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Delete => "delete",
            Effect::Execute => "execute",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where a tool comes from, which decides what can be known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolKind {
    /// An HTTP operation.
    Http,
    /// A tool of an MCP server.
    Mcp,
    /// A tool that a web page declares.
    WebMcp,
}

/// Why a tool has a tier; the codes of formats-v2 §10, in the order of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// The call reads.
    EffectRead,
    /// The call writes.
    EffectWrite,
    /// The call deletes.
    EffectDelete,
    /// The call executes.
    EffectExecute,
    /// A method whose meaning is not known.
    MethodUnknown,
    /// A verb that destroys.
    VerbDestroys,
    /// A verb that changes, in a call that claims to read.
    VerbChanges,
    /// A verb that executes.
    VerbExecutes,
    /// Money, rights or credentials.
    AreaPrivileged,
    /// Signing in and proving who one is.
    AreaAuth,
    /// Takes personal data.
    PersonalDataIn,
    /// Returns personal data.
    PersonalDataOut,
    /// Returns a secret.
    SecretOut,
    /// Takes an address, a file, a command or the like from the caller.
    SinkInput,
    /// The host is not one of the first party.
    ThirdParty,
    /// Changes state and asks for no credential.
    UnauthenticatedWrite,
    /// Nothing but the server's own claim speaks for harmlessness, or not even that.
    McpUnverified,
    /// Declared by a page.
    #[serde(rename = "webmcp")]
    WebMcp,
    /// A person raised the tier.
    Override,
}

/// One reason for a tier, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RiskReason {
    /// Which row of the table spoke.
    pub code: ReasonCode,
    /// The tier that this reason alone gives.
    pub tier: RiskTier,
    /// The evidence, for people. May quote names of the toolpack: renderers escape it.
    pub because: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_risk_and_words_round_trip() {
        assert!(RiskTier::ALL.is_sorted());
        for tier in RiskTier::ALL {
            assert_eq!(tier.word().parse(), Ok(tier));
            assert_eq!(serde_json::to_value(tier).unwrap(), tier.word());
        }
        assert_eq!("High".parse::<RiskTier>(), Err(UnknownTier));
        assert!(serde_json::from_str::<RiskTier>("\"none\"").is_err());
    }

    #[test]
    fn a_reason_without_tier_is_refused() {
        assert!(serde_json::from_str::<RiskReason>(r#"{"code":"webmcp","because":"x"}"#).is_err());
        let full: RiskReason =
            serde_json::from_str(r#"{"code":"personal-data-out","tier":"low","because":"x"}"#).unwrap();
        assert_eq!(full.code, ReasonCode::PersonalDataOut);
    }
}

//! config.yaml: somebody's own defaults for commands that make things, and for `cask verify`. What judges approvals
//! and pull requests never reads it.

use super::at::At;
use crate::canon::{Fault, Node};

/// Where the file stands, from the state folder.
pub const FILE: &str = "config.yaml";
/// The schema word of this file.
pub const SCHEMA: &str = "cask.config/1";
/// Parts of it that are foreseen and that no command reads yet: whoever writes one would believe that it holds.
const UNREAD: &[&str] = &["run", "report"];

/// The defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Which operations are taken in.
    pub scope: Option<String>,
    /// What is taken out of recordings.
    pub redaction_profile: Option<String>,
    /// The hosts of the API.
    pub allowed_hosts: Vec<String>,
    /// How strictly is verified.
    pub verify: VerifyDefaults,
}

/// Defaults of `cask verify`; shares in whole percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyDefaults {
    /// Whether what can't be told counts.
    pub strict: Option<bool>,
    /// How sure a candidate must be.
    pub min_confidence: Option<u64>,
    /// The share of assertions about pages that may stay open.
    pub unknown_budget: Option<u64>,
}

impl VerifyDefaults {
    fn read(at: &At) -> Result<VerifyDefaults, Fault> {
        at.map()?;
        at.only(&["strict", "min_confidence", "unknown_budget"])?;
        let percent = |key: &str| match at.opt_count(key)? {
            Some(over) if over > 100 => Err(at.fault_at(key, format!("{key} is 0 to 100, in percent"))),
            share => Ok(share),
        };
        Ok(VerifyDefaults {
            strict: at.optional("strict").map(|own| own.bool()).transpose()?,
            min_confidence: percent("min_confidence")?,
            unknown_budget: percent("unknown_budget")?,
        })
    }
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// Another schema, a member that is not known or has another type, or one that nothing reads yet.
    pub fn read(file: &str, node: &Node) -> Result<Config, Fault> {
        let root = At::root(file, node);
        root.map()?;
        let schema = root.text_of("schema")?;
        if schema != SCHEMA {
            return Err(root.fault_at("schema", format!("unknown schema {schema:?}, expected {SCHEMA}")));
        }
        if let Some(part) = UNREAD.iter().find(|part| node.get(part).is_some()) {
            return Err(root.fault_at(part, "no command reads this yet").hint("take it out"));
        }
        root.only(&["schema", "mint", "verify"])?;
        let verify = root.optional("verify").map(|own| VerifyDefaults::read(&own)).transpose()?;
        let verify = verify.unwrap_or_default();
        let Some(mint) = root.optional("mint") else { return Ok(Config { verify, ..Config::default() }) };
        mint.map()?;
        mint.only(&["scope", "redaction_profile", "allowed_hosts"])?;
        let hosts = mint.optional("allowed_hosts").map(|hosts| hosts.texts()).transpose()?;
        Ok(Config {
            scope: mint.opt_text("scope")?.map(str::to_owned),
            redaction_profile: mint.opt_text("redaction_profile")?.map(str::to_owned),
            allowed_hosts: hosts.unwrap_or_default(),
            verify,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{bytes::strict_yaml, limits};

    fn read(text: &str) -> Result<Config, Fault> {
        Config::read(FILE, &strict_yaml(FILE, text.as_bytes(), limits::SMALL).unwrap())
    }

    #[test]
    fn what_is_written_holds_and_nothing_is_believed_that_nobody_reads() {
        let text = "schema: cask.config/1\nmint:\n  scope: auth_surface\n  redaction_profile: high_risk_pii\n  \
                    allowed_hosts: [a.example]\nx-ours: 1\n";
        let config = Config {
            scope: Some("auth_surface".into()),
            redaction_profile: Some("high_risk_pii".into()),
            allowed_hosts: vec!["a.example".into()],
            verify: VerifyDefaults::default(),
        };
        assert_eq!(read(text), Ok(config));
        assert_eq!(read("schema: cask.config/1\n"), Ok(Config::default()));
        let verify = VerifyDefaults { strict: Some(false), min_confidence: Some(60), unknown_budget: None };
        let text = "schema: cask.config/1\nverify: {strict: false, min_confidence: 60}\n";
        assert_eq!(read(text), Ok(Config { verify, ..Config::default() }));
        for (text, says, line) in [
            ("schema: cask.config/2\n", "expected cask.config/1", 1),
            ("mint: {}\n", "schema", 1),
            ("schema: cask.config/1\nrun: {toolset: a}\n", "no command reads this yet", 2),
            ("schema: cask.config/1\nverify: {strict: 1}\n", "true or false", 2),
            ("schema: cask.config/1\nverify: {top_k: 1}\n", "top_k", 2),
            ("schema: cask.config/1\nverify:\n  unknown_budget: 101\n", "0 to 100", 3),
            ("schema: cask.config/1\nverify:\n  min_confidence: much\n", "min_confidence", 3),
            ("schema: cask.config/1\nmints: {}\n", "mints", 2),
            ("schema: cask.config/1\nmint:\n  scopes: x\n", "scopes", 3),
            ("schema: cask.config/1\nmint:\n  allowed_hosts: a.example\n", "allowed_hosts", 3),
        ] {
            let fault = read(text).unwrap_err();
            let told = format!("{} {}", fault.message, fault.pointer);
            assert!(told.contains(says) && fault.line == line, "{text}: {fault:?}");
        }
    }
}

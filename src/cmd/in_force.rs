//! Which trust file and gate.yaml judge: read where the change under review cannot reach them.

use std::path::Path;

use crate::canon::Fault;
use crate::canon::time::Timestamp;
use crate::io::fs;
use crate::io::git::Repo;
use crate::io::load;
use crate::io::oid::Oid;
use crate::io::tree::Tree;
use crate::model::bytes::strict_yaml;
use crate::model::gate_config::{GateConfig, GateFile, PATH as GATE_PATH};
use crate::model::limits;
use crate::model::report::{Source, SourceKind, TrustUsed};
use crate::model::trust::{PATH as TRUST_PATH, Trust};
use crate::rules::trust as rule;
use crate::sign::chain;
use crate::sign::keyring::Keyring;

use super::ctx::Ctx;
use super::failed::Failed;

/// How far back a trust file's history is followed.
const MAX_VERSIONS: usize = 1000;

/// A trust file that judges, with where it was read.
pub struct InForce {
    /// The trust file.
    pub trust: Trust,
    /// Where it was read.
    pub source: Source,
    /// Whether the head could not reach it.
    pub anchored: bool,
    /// The pin that it neither is nor descends from.
    pub off_pin: Option<String>,
}

impl InForce {
    /// How a report shows it.
    pub fn shown(&self, now: Timestamp, head_version: Option<u32>) -> TrustUsed {
        let live = |signer: &crate::model::trust::Signer| -> Vec<String> {
            signer.keys.iter().filter(|k| k.is_live(now)).map(|k| k.key_id.clone()).collect()
        };
        TrustUsed {
            source: self.source.clone(),
            path: TRUST_PATH.to_owned(),
            version: self.trust.file.version,
            digest: self.trust.digest.clone(),
            anchored: self.anchored,
            signers: self
                .trust
                .file
                .signers
                .iter()
                .map(|s| (s.id.clone(), live(s)))
                .filter(|(_, keys)| !keys.is_empty())
                .collect(),
            head_version,
        }
    }
}

/// A commit, as reports name it.
pub fn commit_source(name: &str, commit: &Oid) -> Source {
    Source { kind: SourceKind::Git, commit: Some(commit.as_str().to_owned()), name: name.to_owned() }
}

/// Reads a trust file and proves that its own owners signed it.
///
/// # Errors
/// A file that cannot be read strictly, or that its own quorum did not sign: nothing can be judged by it.
pub fn read_trust(tree: &Tree) -> Result<Option<Trust>, Failed> {
    let unreadable = |fault: Fault| Failed::from(fault).rule(rule::UNREADABLE).about(TRUST_PATH);
    let Some(trust) = load::trust(tree, TRUST_PATH).map_err(unreadable)? else { return Ok(None) };
    Ok(Some(trust))
}

/// Reads the trust file that an option names.
///
/// # Errors
/// A file that is missing, cannot be read strictly, or is not signed by its own owners.
pub fn from_file(path: &Path, ctx: &Ctx) -> Result<InForce, Failed> {
    let name = path.display().to_string();
    let bytes = fs::read_bounded(&ctx.cwd.join(path), limits::SMALL)?;
    let Some(bytes) = bytes else {
        return Err(Failed::new("trust", &name, "there is no such trust file")
            .hint("give --trust the path of a trust.yaml"));
    };
    let unreadable = |fault: Fault| Failed::from(fault).rule(rule::UNREADABLE);
    let node = strict_yaml(&name, &bytes, limits::SMALL).map_err(unreadable)?;
    let trust = Trust::read(&name, node).map_err(unreadable)?;
    prove(&trust, &name)?;
    let source = Source { kind: SourceKind::File, commit: None, name };
    Ok(InForce { trust, source, anchored: false, off_pin: None })
}

/// Proves that a trust file that is to judge is signed by its own owners.
///
/// # Errors
/// A key that cannot be used, or a missing quorum.
pub fn prove(trust: &Trust, place: &str) -> Result<(), Failed> {
    let keyring = Keyring::of(TRUST_PATH, trust).map_err(|f| Failed::from(f).rule(rule::UNREADABLE))?;
    chain::own_quorum(&keyring).map_err(|(_, here)| {
        Failed::new("trust", TRUST_PATH, format!("the trust file of {place} is not signed by its own owners"))
            .why(here.plain())
            .rule(rule::UNREADABLE)
            .hint("restore the last version that they signed, or let them run cask trust sign")
    })
}

/// Whether a trust file is, or descends by valid steps from, the version that a pin names.
///
/// # Errors
/// A history that cannot be read (exit 3 by [`Failed`]); `Ok(false)` for one that does not lead to the pin.
pub fn descends(repo: &Repo, tip: &Oid, trust: &Trust, pin: &str) -> Result<bool, Failed> {
    if trust.digest == pin {
        return Ok(true);
    }
    let history = repo.first_parent_history(tip, TRUST_PATH)?;
    let mut versions = vec![trust.clone()];
    for commit in history.commits.iter().take(MAX_VERSIONS) {
        if let Some(earlier) = load::trust(&Tree::git(repo, commit), TRUST_PATH)? {
            versions.push(earlier);
        }
    }
    let keyrings: Vec<Keyring> =
        versions.iter().map(|t| Keyring::of(TRUST_PATH, t)).collect::<Result<_, _>>()?;
    match chain::descends_from(pin, &keyrings) {
        Ok(()) => Ok(true),
        Err(_) if !history.complete => {
            Err(Failed::new("trust", TRUST_PATH, "the history of the trust file is not whole in this clone")
                .hint("actions/checkout with fetch-depth: 0"))
        }
        Err(_) => Ok(false),
    }
}

/// gate.yaml in force: from the same place as the trust file, and only if the owners signed it.
pub struct GateInForce {
    /// The configuration, or its defaults.
    pub file: GateFile,
    /// The file as read, if there is one that counts.
    pub config: Option<GateConfig>,
    /// Why a file that is there was ignored.
    pub ignored: Option<String>,
}

/// Reads gate.yaml.
///
/// # Errors
/// A file that cannot be read strictly.
pub fn read_gate(tree: &Tree, keyring: Option<&Keyring>) -> Result<GateInForce, Failed> {
    let Some(config) = load::gate_config(tree, GATE_PATH).map_err(|f| Failed::from(f).about(GATE_PATH))?
    else {
        return Ok(GateInForce { file: GateFile::default(), config: None, ignored: None });
    };
    let signed = match keyring {
        Some(keyring) => chain::gate_is_signed(&config, keyring).map_err(|here| here.plain()),
        None => Err("there is no trust file".to_owned()),
    };
    Ok(match signed {
        Ok(()) => GateInForce { file: config.file.clone(), config: Some(config), ignored: None },
        Err(why) => GateInForce { file: GateFile::default(), config: None, ignored: Some(why) },
    })
}

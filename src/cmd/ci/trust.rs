//! Whose word counts for a change: the first trust file, a change of it or of gate.yaml, and what either would end
//! after the merge.

use std::collections::BTreeMap;

use super::args::Args;
use crate::cmd::anchor::{Anchored, GATE, TRUST, keyring as keys_of, no_trust, read_trust};
use crate::cmd::change::Refs;
use crate::cmd::failed::Failed;
use crate::cmd::judging::{Bench, Judged, Lot, judge_lot};
use crate::gate::trust_files::{self, TrustSides, bootstrap, gate_change, not_the_pinned, trust_change};
use crate::io::load;
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::model::finding::Finding;
use crate::model::gate_config::GateConfig;
use crate::model::phrase::Phrase;
use crate::model::trust::Trust;
use crate::rules::trust as rule;
use crate::sign::chain::{gate_is_signed, is_successor, own_quorum};
use crate::sign::keyring::Keyring;

/// First adoption: the head's own trust file, to be shown and confirmed. Only where the base has no lockfile,
/// or where a pin names this very version.
///
/// # Errors
/// None, or none that may be believed.
pub fn first_trust(
    args: &Args,
    refs: &Refs,
    before: [&Tree; 2],
    head: &Tree,
    head_trust: Option<&Trust>,
) -> Result<Anchored, Failed> {
    // Not the merge base alone: who branches off from before the first lockfile has none there.
    let mut locks = load::lockfiles(&refs.commits.tree(&refs.trust_tip))?;
    for tree in before {
        locks.extend(load::lockfiles(tree)?);
    }
    let is_pinned = |t: &&Trust| args.trust.pin() == Some(t.digest.as_str());
    let Some(trust) = head_trust.filter(|t| locks.is_empty() || is_pinned(t)) else {
        return Err(no_trust(&refs.trust_name, locks.is_empty()));
    };
    let keyring = keys_of(trust)?;
    own_quorum(&keyring).map_err(|(_, here)| {
        Failed::new("trust", TRUST, "the first trust file is not signed by its own owners")
            .why(here.plain())
            .rule(rule::UNREADABLE)
            .hint("cask trust sign")
    })?;
    let config = read_gate(head)?;
    let ignored = config.as_ref().and_then(|c| gate_is_signed(c, &keyring).err());
    let off_pin = args.trust.pin().filter(|pin| *pin != trust.digest).map(|pin| {
        (
            rule::ROTATION_UNSIGNED,
            Phrase::say("pinned is ").and_quote(pin).and_say(format!(", this is {}", trust.digest)),
        )
    });
    Ok(Anchored {
        trust: trust.clone(),
        gate: config.filter(|_| ignored.is_none()),
        gate_ignored: ignored,
        source: refs.head_source(),
        anchored: false,
        off_pin,
        repaired: false,
    })
}

/// What a change does to the trust file and to gate.yaml.
///
/// # Errors
/// One of them that cannot be read.
pub fn about_trust(
    args: &Args,
    refs: &Refs,
    anchored: &Anchored,
    bench: &Bench,
    head_trust: Option<&Trust>,
) -> Result<Vec<Finding>, Failed> {
    let (keyring, now) = (bench.keyring, bench.now);
    let mut findings = Vec::new();
    if let Some(breach) = &anchored.off_pin {
        findings.push(not_the_pinned(breach, &anchored.trust));
    }
    if bench.bootstrap {
        findings.extend(bootstrap(keyring, args.trust.pin() == Some(anchored.trust.digest.as_str()), now));
        return Ok(findings);
    }
    let head_keyring = head_trust.map(keys_of).transpose()?;
    findings.extend(trust_change(&TrustSides {
        trusted: keyring,
        base: bench.base.map(read_trust).transpose()?.flatten().as_ref(),
        head: head_keyring.as_ref(),
        base_is_default: refs.base_tip == refs.trust_tip,
        now,
    }));
    let base = bench.base.map(read_gate).transpose()?.flatten();
    let head = read_gate(bench.head)?;
    findings.extend(gate_change(anchored.gate.as_ref(), base.as_ref(), head.as_ref(), keyring));
    Ok(findings)
}

/// The gate.yaml of a side.
///
/// # Errors
/// It cannot be read.
pub fn read_gate(tree: &Tree) -> Result<Option<GateConfig>, Failed> {
    load::gate_config(tree, GATE).map_err(|f| Failed::from(f).about(GATE))
}

/// The approvals that a valid new trust file will end, by toolpack of the lot: the head as it will be once it is merged,
/// judged by that file.
///
/// # Errors
/// A toolpack that cannot be read.
pub fn after_merge(
    bench: &Bench,
    trusted: &Keyring,
    next: &Trust,
    lot: &Lot,
    packs: &[JudgedPack],
) -> Result<Vec<Option<Finding>>, Failed> {
    let next = keys_of(next)?;
    if next.trust.raw == trusted.trust.raw || is_successor(trusted, &next, bench.now).is_err() {
        return Ok(Vec::new());
    }
    let merged = Bench { base: Some(bench.head), keyring: &next, author: None, ..*bench };
    let Judged { packs: then, .. } = judge_lot(&merged, &lot.of_heads())?;
    let then: BTreeMap<&str, &JudgedPack> = then.iter().map(|pack| (pack.path.as_str(), pack)).collect();
    let after =
        |pack: &JudgedPack| trust_files::after_merge(&pack.states, &then.get(pack.path.as_str())?.states);
    Ok(packs.iter().map(after).collect())
}

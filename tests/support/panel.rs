//! The gate's judgement of one toolpack in two trees, without git and without a report: what proofs by
//! thousands of cases need.
#![allow(dead_code)]

use cask::canon::Fault;
use cask::canon::time::Timestamp;
use cask::gate::check::{Checked, check};
use cask::gate::sides::{BaseSide, BaseState, HeadSide, max_age_days};
use cask::gate::subjects::Subjects;
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::model::finding::ApprovalState;
use cask::model::gate_config::GateFile;
use cask::model::trust::Trust;
use cask::sign::ground::{Ground, SignatureIndex};
use cask::sign::keyring::Keyring;
use cask::sign::legacy::LegacyTrust;

/// One side, read.
pub struct Side {
    pub loaded: Loaded,
    pub subjects: Subjects,
}

pub fn side(tree: &Tree, pack: &str) -> Result<Side, Fault> {
    let loaded = load::toolpack(tree, &format!("{pack}/toolpack.yaml"))?;
    let subjects = Subjects::of(&loaded.pack)?;
    Ok(Side { loaded, subjects })
}

/// Judges a head against a base.
pub fn judge(base: &Side, head: &Side, tree: &Tree, trust: &Trust, now: Timestamp) -> Checked {
    let keyring = Keyring::of("trust.yaml", trust).expect("keys");
    let gate = GateFile::default();
    let state = BaseState::Known {
        side: Some(BaseSide {
            pack: &base.loaded.pack,
            subjects: &base.subjects,
            lock: base.loaded.lock.as_ref().and_then(|l| l.v2()),
        }),
        left_behind: None,
    };
    let index = SignatureIndex::default();
    let ground = Ground {
        keyring: &keyring,
        toolpack_id: &head.loaded.pack.header.toolpack_id,
        toolpack_dir: &head.loaded.pack.dir,
        now,
        author: None,
        base: state.ground(),
        max_age_days: max_age_days(&trust.file.rules, &gate),
        max_exemption_days: Some(180),
        elsewhere: &index,
    };
    let side = HeadSide {
        pack: &head.loaded.pack,
        subjects: &head.subjects,
        lock: head.loaded.lock.as_ref(),
        lock_path: &head.loaded.lock_path,
        touched: true,
    };
    check(&side, &state, &ground, &gate, &LegacyTrust::default(), &load::frozen(tree, &head.loaded))
}

/// Whether nothing at all is told.
pub fn is_clean(checked: &Checked) -> bool {
    let serves =
        |s: &cask::model::subject_state::SubjectState| s.standing.status.serves() && s.problems.is_empty();
    checked.states.iter().all(serves)
        && checked.findings.is_empty()
        && checked.removals.values().all(|a| a.state == ApprovalState::Acknowledged)
}

//! The shop's toolpack as people have it who adopted the gate: two owners, everything approved, on the default branch.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::sync::OnceLock;

use super::support::{Place, copy};

/// Where the toolpack lies.
pub const PACK: &str = "toolpacks/shop";
/// Where the trust file lies.
pub const TRUST: &str = ".caskmcp/trust.yaml";

/// The repository, at its default branch.
pub fn shop() -> Place {
    static MADE: OnceLock<Place> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = Place::with_git();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &place.path(PACK));
        for name in ["alice", "bob"] {
            place.cask(&["key", "new", "--name", name, "--no-passphrase"]).ok();
        }
        place.cask(&["trust", "init", "--id", "alice", "--key", "alice", "--yes"]).ok();
        let bob = place.dir.path().join("alice/config/cask/keys/bob.pub").display().to_string();
        place.cask(&["trust", "add", "bob", "--key", &bob, "--role", "owner,approver"]).ok();
        place.cask(&["trust", "set", "thresholds.approvals.critical=2"]).ok();
        place.cask(&["trust", "sign", "--key", "alice", "--yes"]).ok();
        approve(&place);
        place.merge("adopt");
        place
    });
    let place = Place::new();
    copy(made.dir.path(), place.dir.path());
    place
}

/// Everything there is, by both.
pub fn approve(place: &Place) {
    for who in ["alice", "bob"] {
        place.cask(&["gate", "allow", "--key", who, "--yes", "--all"]).ok();
    }
}

/// The digest of the trust file, as its owners tell it.
pub fn pin(place: &Place) -> String {
    let shown = place.cask(&["trust", "show"]).ok();
    let at = shown.find("sha256:").expect("a digest");
    shown[at..at + 71].to_owned()
}

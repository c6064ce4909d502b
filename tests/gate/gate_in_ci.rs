//! `cask gate check` in CI, by the real binary: the trust that judges is never one that the change carries.
#![cfg(unix)]

use crate::{approved, support};

use approved::{PACK, pin, shop};
use support::{Place, Ran};

fn check(place: &Place, more: &[&str], ci: bool) -> Ran {
    let vars: &[(&str, &str)] = if ci { &[("CI", "true")] } else { &[] };
    place.cask_with(&[&["gate", "check", "--toolpack", PACK], more].concat(), vars)
}

fn refused(ran: Ran, word: &str) {
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);
    let told = ran.failed().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(word), "{told}");
}

#[test]
fn the_default_branch_judges_where_the_clone_knows_it() {
    let place = shop();
    check(&place, &[], true).ok();
    refused(check(&place, &["--trust-ref", "no-such-branch"], true), "no-such-branch");
}

/// As a checkout of one commit leaves a clone: nothing says which branch is the default one.
#[test]
fn a_trust_that_the_change_carries_counts_only_as_named_or_pinned() {
    let place = shop();
    let pin = pin(&place);
    place.git(&["remote", "set-head", "origin", "--delete"]);
    refused(check(&place, &[], true), "has to come from outside of what is judged");
    check(&place, &["--trust-ref", "origin/main"], true).ok();
    check(&place, &["--trust-pin", &pin], true).ok();
    refused(check(&place, &["--evidence", "evidence"], true), "has to come from outside");
    assert!(!place.path("evidence").exists());
    // Whoever has seen its root sits before it.
    let told = check(&place, &[], false).ok();
    assert!(told.contains("not anchored"), "{told}");
}

/// A repository that has no trust file yet, and a change that brings one of its own.
#[test]
fn a_pin_holds_for_a_trust_that_lies_in_the_work_tree_alone() {
    let mut place = shop();
    let pin = pin(&place);
    place.git(&["rm", "-q", "--cached", ".caskmcp/trust.yaml"]);
    place.git(&["commit", "-qm", "no trust file"]);
    place.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    place.git(&["fetch", "-q"]);
    let other = format!("sha256:{}", "ab".repeat(32));
    for ci in [true, false] {
        refused(check(&place, &["--trust-pin", &other], ci), "history is not here");
        refused(
            check(&place, &["--trust-ref", "origin/main", "--trust-pin", &pin], ci),
            "no such file at origin/main",
        );
        check(&place, &["--trust-pin", &pin], ci).ok();
    }
    refused(check(&place, &[], true), "has to come from outside");
    check(&place, &[], false).ok();
    // On the machine of somebody who never saw its root.
    place.person("stranger");
    refused(check(&place, &[], false), "not seen its root");
}

//! A history of eight merged states; every older lockfile and every older state of the artifacts is put into
//! the newest. Nothing that the newest does not serve is served by that.

use cask::io::git::Repo;
use cask::io::oid::Oid;
use cask::io::tree::Tree;
use cask::model::lockfile::Decision;
use serde_json::json;

use super::forge::*;
use super::panel::{Side, judge, side};
use Who::*;

/// Honest steps, each merged two hours after the one before.
const STEPS: &[fn(&mut World)] = &[
    |w| {
        w.action(GET_USER, |a| a["description"] = "Get one user.".into());
        w.sync(PACK);
        w.approve(GET_USER, &[Bob]);
    },
    |w| {
        w.action(ISSUE_REFUND, |a| a["input_schema"]["properties"]["amount"]["maximum"] = json!(100));
        w.sync(PACK);
        w.approve(ISSUE_REFUND, &[Alice, Carol]);
    },
    |w| {
        w.replace(&format!("{PACK}/artifact/policy.yaml"), "per_minute: 10", "per_minute: 3");
        w.sync(PACK);
        w.approve(SURFACE, &[Carol]);
    },
    |w| {
        // get_user leaves the operators' set, and is signed for what is left.
        w.replace(
            &format!("{PACK}/artifact/toolsets.yaml"),
            "    - get_user\n    - list_products\n  readonly",
            "    - list_products\n  readonly",
        );
        w.edit_lock(|l| l.tools.get_mut(GET_USER).expect("entry").approvals.clear());
        w.sync(PACK);
        w.approve(GET_USER, &[Alice]);
    },
    |w| {
        let at = w.signing.to_string();
        w.withdraw(GET_ORDER, &at, &[Bob]);
    },
    |w| {
        let no = w.statement(PACK, LIST_PRODUCTS, Carol).with(|s| s.approval.decision = Decision::Reject);
        w.put(PACK, LIST_PRODUCTS, no.sign(&Carol.pair()));
    },
    |w| {
        w.action(CANCEL_ORDER, |a| a["rate_limit_per_minute"] = json!(1));
        w.sync(PACK);
        w.approve(CANCEL_ORDER, &[Alice]);
    },
];

/// What a state serves: subject, digest, toolset.
fn served(base: &Side, head: &Side, tree: &Tree, world: &World) -> Vec<(String, String, String)> {
    let checked = judge(base, head, tree, &read_trust(&world.trust()), world.now);
    let mut served = Vec::new();
    for state in checked.states.iter().filter(|s| s.standing.status.serves()) {
        let subject = head.subjects.get(&state.standing.subject.id).expect("a subject");
        served.push((subject.id.clone(), subject.digest.clone(), String::new()));
        served
            .extend(subject.toolsets.iter().map(|t| (subject.id.clone(), subject.digest.clone(), t.clone())));
    }
    served
}

#[test]
fn no_older_state_lets_anything_in() {
    let mut world = World::shop();
    let mut states: Vec<Oid> = Vec::new();
    let take = |w: &World| Oid::parse(&w.git(&["rev-parse", "HEAD"])).expect("a commit");
    states.push(take(&world));
    for (i, step) in STEPS.iter().enumerate() {
        world.signing = time(&format!("2026-11-30T{:02}:00:00Z", 2 * i));
        step(&mut world);
        world.merge();
        states.push(take(&world));
    }
    let repo = Repo::discover(&world.path("")).expect("git").expect("a repository");
    let newest = states.last().expect("states").clone();
    let newest_tree = Tree::git(&repo, &newest);
    let base = side(&newest_tree, PACK).expect("the newest state");
    let now_served = served(&base, &base, &newest_tree, &world);
    assert_eq!(now_served.iter().filter(|(_, _, set)| set.is_empty()).count(), 5, "all but what was refused");
    let lock = format!("{PACK}/lockfile");
    let mut tried = 0;
    for older in &states[..states.len() - 1] {
        let parts: &[&[&str]] = &[
            &[PACK],
            &[&lock],
            &[&format!("{PACK}/artifact")],
            &[&format!("{PACK}/artifact/tools.json")],
            &[&format!("{PACK}/artifact/policy.yaml"), &lock],
            &[&format!("{PACK}/artifact/toolsets.yaml"), &format!("{PACK}/artifact/tools.json"), &lock],
        ];
        for paths in parts {
            world.git(&["checkout", "-q", "-f", "-B", "head", newest.as_str()]);
            world.git(&[&["checkout", "-q", older.as_str(), "--"], *paths].concat());
            world.commit("replay");
            let tree = Tree::git(&repo, &take(&world));
            // Files that do not fit together are not judged at all.
            let Ok(head) = side(&tree, PACK) else { continue };
            tried += 1;
            let new: Vec<_> =
                served(&base, &head, &tree, &world).into_iter().filter(|s| !now_served.contains(s)).collect();
            assert!(new.is_empty(), "{paths:?} of {older} lets in {new:?}");
        }
    }
    assert!(tried > 30, "{tried} states");
}

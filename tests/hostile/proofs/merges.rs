//! Two branches, each in order, merged as text: plainly and with `merge=union`. What the merge serves was
//! served, with the same digest, by one of the two or by what they came from.

use std::collections::BTreeSet;

use cask::io::git::Repo;
use cask::io::oid::Oid;
use cask::io::tree::Tree;
use cask::model::lockfile::Decision;
use serde_json::json;

use super::forge::*;
use super::panel::{judge, side};
use Who::*;

type Step = (&'static str, fn(&mut World));

const BRANCHES: &[Step] = &[
    ("a reworded tool", |w| {
        w.action(GET_USER, |a| a["description"] = "Get one user.".into());
        w.sync(PACK);
        w.approve(GET_USER, &[Bob]);
    }),
    ("another reworded tool", |w| {
        w.action(ISSUE_REFUND, |a| a["description"] = "Pay back.".into());
        w.sync(PACK);
        w.approve(ISSUE_REFUND, &[Alice, Carol]);
    }),
    ("the same tool, otherwise", |w| {
        w.action(GET_USER, |a| a["title"] = "One user".into());
        w.sync(PACK);
        w.approve(GET_USER, &[Alice]);
    }),
    ("a looser policy", |w| {
        w.replace(&format!("{PACK}/artifact/policy.yaml"), "per_minute: 10", "per_minute: 1000");
        w.sync(PACK);
        w.approve(SURFACE, &[Alice]);
    }),
    ("a graver tool", |w| {
        w.action(CREATE_ORDER, |a| a["risk_tier"] = "high".into());
        w.sync(PACK);
        w.approve(CREATE_ORDER, &[Alice]);
        w.approve(SURFACE, &[Carol]);
    }),
    ("a withdrawn tool", |w| w.withdraw(GET_ORDER, LATER, &[Bob])),
    ("the withdrawn tool, changed", |w| {
        w.action(GET_ORDER, |a| a["rate_limit_per_minute"] = json!(5));
        w.sync(PACK);
        w.approve(GET_ORDER, &[Alice]);
    }),
    ("a refusal", |w| {
        let no = w.statement(PACK, LIST_PRODUCTS, Carol).with(|s| s.approval.decision = Decision::Reject);
        w.put(PACK, LIST_PRODUCTS, no.sign(&Carol.pair()));
    }),
    ("a new approval of the refused", |w| w.approve(LIST_PRODUCTS, &[Bob])),
    ("a narrower set", |w| {
        w.replace(
            &format!("{PACK}/artifact/toolsets.yaml"),
            "    - get_user\n    - list_products\n  readonly",
            "    - list_products\n  readonly",
        );
        w.sync(PACK);
    }),
];

/// What a commit serves: subject and digest.
fn served(world: &World, repo: &Repo, base: &Oid, head: &Oid) -> Option<BTreeSet<(String, String)>> {
    let (base_tree, tree) = (Tree::git(repo, base), Tree::git(repo, head));
    let (base, head) = (side(&base_tree, PACK).expect("the base"), side(&tree, PACK).ok()?);
    let checked = judge(&base, &head, &tree, &read_trust(&world.trust()), world.now);
    let serving = checked.states.iter().filter(|s| s.standing.status.serves());
    Some(
        serving
            .map(|s| head.subjects.get(&s.standing.subject.id).expect("a subject"))
            .map(|s| (s.id.clone(), s.digest.clone()))
            .collect(),
    )
}

#[test]
fn no_merge_serves_what_neither_side_served() {
    let mut world = World::shop();
    let at = |w: &World, name: &str| Oid::parse(&w.git(&["rev-parse", name])).expect("a commit");
    let repo = Repo::discover(&world.path("")).expect("git").expect("a repository");
    let first = at(&world, "main");
    let mut heads = Vec::new();
    for (name, step) in BRANCHES {
        world.git(&["checkout", "-q", "-f", "-B", "head", first.as_str()]);
        step(&mut world);
        world.commit(name);
        let head = at(&world, "HEAD");
        let serves = served(&world, &repo, &first, &head).expect("a branch in order");
        heads.push((name, head, serves));
    }
    let before = served(&world, &repo, &first, &first).expect("the first state");
    let (mut judged, mut conflicts) = (0, 0);
    for union in [false, true] {
        world.write(".git/info/attributes", if union { "* merge=union\n" } else { "" });
        for (i, (left, ours, ours_serve)) in heads.iter().enumerate() {
            // Each pair in one direction here and in the other there.
            let others = if union { &heads[..i] } else { &heads[i + 1..] };
            for (right, theirs, theirs_serve) in others {
                world.git(&["checkout", "-q", "-f", "-B", "head", ours.as_str()]);
                if !world
                    .try_git(&["merge", "-q", "--no-edit", "-m", "merge", theirs.as_str()])
                    .status
                    .success()
                {
                    conflicts += 1;
                    world.git(&["merge", "--abort"]);
                    continue;
                }
                // Merged into what has ours already.
                let Some(serves) = served(&world, &repo, ours, &at(&world, "HEAD")) else { continue };
                judged += 1;
                for what in serves {
                    let known = [ours_serve, theirs_serve, &before].iter().any(|s| s.contains(&what));
                    assert!(known, "{left} + {right} (union: {union}) serves {what:?}");
                }
            }
        }
    }
    assert!(judged > 40 && conflicts > 2, "{judged} merges judged, {conflicts} conflicts");
}

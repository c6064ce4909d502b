//! Proof that the gate can't be fooled: every attack is really signed, done to a real repository, and must be
//! told by its own rules and by no other, so that none of them fails by accident.

mod approvals;
mod artifacts;
mod baselines;
mod clocks;
mod disguises;
mod gone;
mod places;
mod replays;
mod row;
mod trust;
mod unreadable;

use crate::{forge, in_parts};

use std::collections::BTreeSet;

use forge::*;
use rayon::prelude::*;
use row::Attack;

const TABLES: &[&[Attack]] = &[
    artifacts::ATTACKS,
    baselines::ATTACKS,
    approvals::ATTACKS,
    disguises::ATTACKS,
    clocks::ATTACKS,
    trust::ATTACKS,
    unreadable::ATTACKS,
    replays::ATTACKS,
    gone::ATTACKS,
    places::ATTACKS,
];
const HONEST: &[&[Attack]] =
    &[artifacts::HONEST, approvals::HONEST, trust::HONEST, gone::HONEST, places::HONEST];

/// A tool that reads invoices, with its operation, in the read-only set.
pub const NEW_TOOL: &str = "0123456789abcdef";

/// Puts it there; nothing is signed.
pub fn add_tool(w: &World) {
    w.json(&format!("{PACK}/artifact/tools.json"), |file| {
        let mut new = file["actions"][2].clone();
        new["tool_id"] = NEW_TOOL.into();
        new["name"] = "get_invoice".into();
        new["path"] = "/invoices/{order_id}".into();
        file["actions"].as_array_mut().expect("actions").insert(2, new);
    });
    w.baseline(|b| {
        let mut new = b["operations"]["api.shop.example/v1/orders/{order_id} GET"].clone();
        new["stable_id"] = NEW_TOOL.into();
        new["operation_id"] = "getInvoice".into();
        b["operations"]["api.shop.example/v1/invoices/{order_id} GET"] = new;
    });
    w.replace(
        &format!("{PACK}/artifact/toolsets.yaml"),
        "    description: Only reads.\n    actions:\n",
        "    description: Only reads.\n    actions:\n    - get_invoice\n",
    );
}

fn all() -> impl Iterator<Item = &'static Attack> {
    TABLES.iter().chain(HONEST).flat_map(|table| table.iter())
}

/// What is wrong with how a row is answered.
fn answer(attack: &Attack) -> Option<String> {
    let mut world = World::shop();
    (attack.make)(&mut world);
    let judged = world.judge();
    let expected: BTreeSet<&str> = attack.rules.iter().copied().filter(|id| is_of_trust(id)).collect();
    let missing: Vec<&str> =
        attack.rules.iter().copied().filter(|id| !is_of_trust(id) && !judged.rules.contains(*id)).collect();
    let told = judged.trust_rules();
    (judged.code != attack.code || told != expected || !missing.is_empty()).then(|| {
        format!(
            "{} {}: exit {} (expected {}), told by {told:?} (expected {expected:?}), missing {missing:?}; all: {:?} {}",
            attack.threat, attack.name, judged.code, attack.code, judged.rules, judged.message
        )
    })
}

#[test]
fn every_attack_is_told_by_its_own_rules() {
    let only = std::env::var("ATTACK").ok();
    let rows: Vec<&Attack> = all().filter(|a| only.as_ref().is_none_or(|o| a.name == o)).collect();
    // The template is made before the pool is busy: whoever waits for it there waits for itself.
    World::shop();
    let wrong: Vec<String> = rows.into_par_iter().filter_map(answer).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_attack_is_told_alike_by_many_machines() {
    let only = std::env::var("ATTACK").ok();
    let rows: Vec<&Attack> = all().filter(|a| only.as_ref().is_none_or(|o| a.name == o)).collect();
    let wrong = |attack: &Attack| {
        let mut world = World::shop();
        (attack.make)(&mut world);
        world.commit("head");
        // The shop is in the second of two parts: what belongs to no toolpack is judged without it.
        in_parts::differs(&world, &[1, 2]).map(|what| format!("{}: {what}", attack.name))
    };
    World::shop();
    let wrong: Vec<String> = rows.into_par_iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// What each threat is, in a few words.
const THREATS: [(&str, &str); 20] = [
    ("T1", "tools.json is edited after approval"),
    ("T2", "a tool without an entry, or an entry without a tool"),
    ("T3", "an approval that nobody gave, or gave for something else"),
    ("T4", "one's own key in the trust file"),
    (
        "T5",
        "everything around the tools is loosened: policy, sets, hosts, launch lines, container, gate.yaml",
    ),
    ("T6", "a key that is revoked, retired, unknown, somebody else's, or may not approve this"),
    ("T7", "one person counts as several"),
    ("T8", "an older or withdrawn state comes back with its old approvals"),
    ("T9", "the author approves"),
    ("T10", "the trust file can't be read, or is not what it seems"),
    ("T11", "rewriting launders an edit; signatures of the reference system are taken for ours"),
    ("T12", "two subjects that look or sign alike"),
    ("T13", "baseline or snapshot are edited, so that nobody sees a change"),
    ("T14", "an agent approves"),
    ("T15", "games with clocks"),
    ("T16", "a refusal or a tombstone is dropped"),
    ("T17", "two changes, each harmless"),
    ("T18", "a branch with weaker trust"),
    ("T19", "two trust files merged as text"),
    ("T20", "files where they should not be, or two in one"),
];

#[test]
fn every_threat_has_two_attacks_and_every_attack_a_name_of_its_own() {
    for (threat, _) in THREATS {
        let rows = TABLES.iter().flat_map(|t| t.iter()).filter(|a| a.threat == threat).count();
        assert!(rows >= 2, "{threat} has {rows}");
    }
    let names: BTreeSet<&str> = all().map(|a| a.name).collect();
    assert_eq!(names.len(), all().count());
    let known = |a: &&Attack| THREATS.iter().any(|(threat, _)| *threat == a.threat);
    assert!(TABLES.iter().flat_map(|t| t.iter()).all(|a| known(&a)));
    assert!(HONEST.iter().flat_map(|t| t.iter()).all(|a| a.threat == "ok"));
}

/// docs/threats.md, made from the tables above.
fn page() -> String {
    let mut page = String::from(
        "<!-- Made from tests/hostile/attacks; `BLESS=1 cargo test --test hostile attacks::` writes it anew. -->\n\n\
         # Threats and the attacks that prove the answers\n\n\
         Each attack is really signed and done to a real repository; `cask ci` must answer with this exit code and these\n\
         rules, and, of the families gate, sig, trust, lock, pack and sup, with no others.\n",
    );
    let row = |a: &Attack| {
        let rules: Vec<String> = a.rules.iter().map(|r| format!("`{r}`")).collect();
        format!("| {} | {} | {} | {} |\n", a.name, a.does, a.code, rules.join(" "))
    };
    let head = "\n| attack | what is done | exit | told by |\n| --- | --- | --- | --- |\n";
    for (threat, what) in THREATS {
        page.push_str(&format!("\n## {threat}: {what}\n{head}"));
        page.extend(TABLES.iter().flat_map(|t| t.iter()).filter(|a| a.threat == threat).map(row));
    }
    page.push_str(&format!("\n## What must go through\n{}", head.replace("attack", "change")));
    page.extend(HONEST.iter().flat_map(|t| t.iter()).map(row));
    page
}

#[test]
fn the_page_of_threats_is_made_from_the_attacks() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threats.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, page()).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/threats.md is out of step: BLESS=1 cargo test --test hostile attacks::");
}

//! Proof that the gate can't be fooled: every attack is really signed, done to a real repository, and must be
//! told by its own rules and by no other, so that none of them fails by accident.

#[path = "attacks/approvals.rs"]
mod approvals;
#[path = "attacks/artifacts.rs"]
mod artifacts;
#[path = "support/forge.rs"]
mod forge;
#[path = "attacks/gone.rs"]
mod gone;
#[path = "attacks/places.rs"]
mod places;
#[path = "attacks/row.rs"]
mod row;
#[path = "attacks/trust.rs"]
mod trust;

use std::collections::BTreeSet;

use forge::*;
use rayon::prelude::*;
use row::Attack;

const TABLES: &[&[Attack]] =
    &[artifacts::ATTACKS, approvals::ATTACKS, trust::ATTACKS, gone::ATTACKS, places::ATTACKS];
const HONEST: &[&[Attack]] =
    &[artifacts::HONEST, approvals::HONEST, trust::HONEST, gone::HONEST, places::HONEST];

/// A tool that reads invoices, with its operation, in the read-only set.
pub const NEW_TOOL: &str = "0123456789abcdef";

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
    let wrong: Vec<String> = rows.into_par_iter().filter_map(answer).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

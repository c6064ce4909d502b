//! Differences of small toolpacks, for the tests of the checks.

use std::collections::BTreeMap;
use std::path::Path;

use super::{DiffContext, Pair, run};
use crate::model::baseline::Baseline;
use crate::model::bytes::{json, yaml};
use crate::model::finding::Finding;
use crate::model::limits::BASELINE;
use crate::model::policy::Policy;
use crate::model::testing_pack::PackText;
use crate::model::tool::Manifest;
use crate::model::toolpack::{Header, Toolpack};
use crate::model::toolset::Toolsets;
use crate::rules::Rule;
use crate::rules::tool::UNJUDGED;

/// What is found between two states, without what only says that something differs: a check is silent where
/// it has nothing to say, and the last of them then speaks.
pub(crate) fn found(base: &PackText, head: &PackText) -> Vec<Finding> {
    let mut found = everything(base, head);
    found.retain(|f| !UNJUDGED.contains(&f.rule));
    found
}

/// Everything that is found between two states.
pub(crate) fn everything(base: &PackText, head: &PackText) -> Vec<Finding> {
    let (base, head) = (base.build(), head.build());
    run(&Pair::new(Some(&base), Some(&head)).unwrap(), &DiffContext::default())
}

/// The ids of the rules that spoke, in order.
pub(crate) fn rules(base: &PackText, head: &PackText) -> Vec<&'static str> {
    found(base, head).iter().map(|f| f.rule.id).collect()
}

/// The one finding of a rule.
pub(crate) fn only(base: &PackText, head: &PackText, rule: &Rule) -> Finding {
    let mut all = found(base, head);
    let ids: Vec<_> = all.iter().map(|f| f.rule.id).collect();
    all.retain(|f| f.rule == rule);
    assert_eq!(all.len(), 1, "{} among {ids:?}", rule.id);
    all.remove(0)
}

/// A toolpack of the reference system; a file that its folder lacks is that of `base`.
pub(crate) fn reference(name: &str) -> Toolpack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/diff");
    let bytes = |file: &str| {
        let own = folder.join(name).join(file);
        std::fs::read(if own.exists() { own } else { folder.join("base").join(file) }).unwrap()
    };
    let tree = |file: &str| {
        let read = if file.ends_with(".json") { json } else { yaml };
        read(file, &bytes(file), BASELINE).unwrap()
    };
    Toolpack::assemble(
        "",
        Header::read("toolpack.yaml", tree("toolpack.yaml")).unwrap(),
        Manifest::read("tools.json", tree("artifact/tools.json")).unwrap(),
        Toolsets::read("toolsets.yaml", &tree("artifact/toolsets.yaml")).unwrap(),
        Policy::read("policy.yaml", &tree("artifact/policy.yaml")).unwrap(),
        Baseline::read("baseline.json", tree("artifact/baseline.json")).unwrap(),
        BTreeMap::new(),
    )
    .unwrap()
}

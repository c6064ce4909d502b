//! Differences of small toolpacks, for the tests of the checks.

use super::{DiffContext, Pair, run};
use crate::model::finding::Finding;
use crate::model::testing_pack::PackText;
use crate::rules::Rule;

/// Everything that is found between two states.
pub(crate) fn found(base: &PackText, head: &PackText) -> Vec<Finding> {
    let (base, head) = (base.build(), head.build());
    run(&Pair::new(Some(&base), Some(&head)), &DiffContext::default())
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

//! A proposal in, its groups by name out: drafts of one name become one, as grave as the gravest and as sure as the
//! least sure of them. Whether a person has to look is decided anew, of all together.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::risk::RiskTier;

/// Percent below which a grave group wants a person.
const SURE: i64 = 70;
/// Lists that a draft may have, with the member of one word that the reference system writes instead.
pub const LISTS: &[(&str, Option<&str>)] =
    &[("tools", None), ("endpoint_ids", Some("endpoint_id")), ("signals", None)];

/// Whether a group that is so grave, and so sure in percent, wants a person.
pub fn wants_a_person(tier: RiskTier, percent: i64) -> bool {
    tier == RiskTier::Critical || tier == RiskTier::High && percent < SURE
}

/// The groups.
///
/// # Errors
/// It has none, or one that is not as drafts are.
pub fn fold(file: &str, suggested: &Node) -> Result<BTreeMap<String, Node>, Fault> {
    if let Some(scopes) = suggested.get("scopes") {
        if !scopes.is_map() {
            return Err(wrong(file, scopes, "/scopes", "it is no map of groups by name"));
        }
        return Ok(scopes.members().iter().cloned().collect());
    }
    let Some(drafts) = suggested.get("drafts") else {
        return Err(wrong(file, suggested, "", "it has neither drafts nor scopes")
            .hint("--suggested FILE, as cask mint --emit scopes writes it"));
    };
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (n, draft) in drafts.items().iter().enumerate() {
        let at = format!("/drafts/{n}");
        // One without a name is about no group.
        let Some(name) = draft.get("scope_name").and_then(Node::as_text).filter(|name| !name.is_empty())
        else {
            continue;
        };
        groups.entry(name.to_owned()).or_default().take(file, draft, &at)?;
    }
    Ok(groups.into_iter().map(|(name, group)| (name.clone(), group.node(&name))).collect())
}

#[derive(Default)]
struct Group {
    tier: Option<RiskTier>,
    percent: Option<i64>,
    lists: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Group {
    fn take(&mut self, file: &str, draft: &Node, at: &str) -> Result<(), Fault> {
        let tier = draft.get("risk_tier").and_then(Node::as_text).and_then(|word| word.parse().ok());
        let tier = tier.ok_or_else(|| {
            let node = draft.get("risk_tier").unwrap_or(draft);
            wrong(file, node, &format!("{at}/risk_tier"), "it is no tier: safe, low, medium, high, critical")
        })?;
        self.tier = self.tier.max(Some(tier));
        // A share of one, as the reference system writes it, or percent.
        let percent = match draft.get("confidence").map(|node| &node.value) {
            Some(Value::Float(share)) if (0.0..=1.0).contains(share) => (share * 100.0).round() as i64,
            Some(Value::Int(_)) => draft.get("confidence").and_then(Node::as_int).unwrap_or(0).clamp(0, 100),
            _ => 0,
        };
        self.percent = Some(self.percent.map_or(percent, |known| known.min(percent)));
        for (list, word) in LISTS {
            let items = draft.get(list).map(Node::items).unwrap_or_default().iter();
            let one = word.and_then(|word| draft.get(word));
            let texts = items.chain(one).filter_map(Node::as_text).map(str::to_owned);
            self.lists.entry(list).or_default().extend(texts);
        }
        Ok(())
    }

    fn node(self, name: &str) -> Node {
        let tier = self.tier.unwrap_or(RiskTier::Critical);
        let percent = self.percent.unwrap_or(0);
        let review = wants_a_person(tier, percent);
        let lists = self.lists.into_iter().filter(|(_, items)| !items.is_empty());
        let own = [
            ("intent", Node::text(name)),
            ("risk_tier", Node::text(tier.word())),
            ("confidence", Node::int(percent)),
            ("review_required", Node::bool(review)),
        ];
        Node::map(own.into_iter().chain(lists.map(|(list, items)| (list, Node::texts(items)))))
    }
}

fn wrong(file: &str, node: &Node, pointer: &str, message: &str) -> Fault {
    Fault::new(file, FaultKind::Content, message).line(node.line.max(1)).pointer(pointer)
}

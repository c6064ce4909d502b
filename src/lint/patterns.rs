//! Rules of the policy that grant by a broad pattern and say nowhere why.

use super::check::{Check, place};
use crate::canon::Node;
use crate::model::finding::{Finding, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::Toolpack;
use crate::rules::policy;

/// The check.
pub const CHECK: Check = Check { emits: &[policy::REGEX_UNJUSTIFIED], run };

fn run(pack: &Toolpack) -> Vec<Finding> {
    let raw = &pack.policy.raw;
    let mut out = Vec::new();
    for (n, rule) in raw.get("rules").map(Node::items).unwrap_or_default().iter().enumerate() {
        let text =
            |node: &Node, key: &str| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
        let settings = rule.get("settings").map(|s| text(s, "justification")).unwrap_or_default();
        let said = [text(rule, "description"), settings].iter().any(|t| !t.trim().is_empty());
        if said || !matches!(text(rule, "type").as_str(), "allow" | "confirm") {
            continue;
        }
        for key in ["host_pattern", "path_pattern"] {
            let pattern = rule.get("match").map(|m| text(m, key)).unwrap_or_default();
            if !is_broad(&pattern, key == "path_pattern") {
                continue;
            }
            let id = text(rule, "id");
            out.push(
                Finding::new(
                    policy::REGEX_UNJUSTIFIED,
                    Subject::of(pack, SubjectKind::Policy, &format!("policy/{id}"), "policy.yaml"),
                    place(pack, &pack.header.policy, raw, &format!("/rules/{n}/match/{key}")),
                )
                .values(None, Some(Node::text(&pattern)))
                .says("policy", Phrase::say("rule ").and_quote(id).and_say(" grants by ").and_quote(&pattern))
                .here("neither description nor settings.justification says why".into()),
            );
        }
    }
    out
}

/// Whether a pattern lets through what nobody has listed: anything at all within it, or, of a path, anything
/// behind what it begins with.
fn is_broad(pattern: &str, of_path: bool) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let open = [".*", ".+", "\\S+", "\\S*", "[^/]*", "[^/]+", "[^.]+", "[^.]*", "\\w+", "\\w*"];
    let behind = of_path && !pattern.ends_with('$') && !pattern.ends_with("\\z");
    behind || open.iter().any(|part| pattern.contains(part))
}

#[cfg(test)]
mod tests {
    use super::is_broad;

    #[test]
    fn broad_is_what_lets_through_what_nobody_listed() {
        for (pattern, of_path, is) in [
            (".*", false, true),
            (r"^api\..*\.example$", false, true),
            (r"^api\.shop\.example$", false, false),
            ("^/v1/orders", true, true),
            ("^/v1/orders$", true, false),
            (r"^/v1/orders/[0-9]+$", true, false),
            ("^/v1/(orders|users)$", true, false),
            ("", true, false),
        ] {
            assert_eq!(is_broad(pattern, of_path), is, "{pattern}");
        }
    }
}

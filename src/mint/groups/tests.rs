//! What is in somebody's own file stays, and what is missing comes into it.

use super::{Merged, merge};
use crate::canon::Node;
use crate::model::{bytes, limits};

const DRAFTS: &str = "schema: cask.scopes/1\ndrafts:\n\
    - {scope_name: read_users_low, risk_tier: low, confidence: 80, tools: [get_user, list_users], signals: [seen]}\n\
    - {scope_name: delete_users_high, risk_tier: high, confidence: 60, tools: [delete_user], signals: []}\n";

fn node(text: &str) -> Node {
    bytes::described("suggested", text.as_bytes(), limits::SMALL).unwrap()
}

fn merged(own: Option<&str>, drafts: &str) -> Merged {
    merge(("scopes.yaml", own), ("suggested", &node(drafts))).unwrap()
}

#[test]
fn a_first_file_has_every_group_and_a_second_merge_changes_nothing() {
    let first = merged(None, DRAFTS);
    assert_eq!(
        first.text,
        "version: 1\nscopes:\n  delete_users_high:\n    intent: delete_users_high\n    risk_tier: high\n    \
         confidence: 60\n    review_required: true\n    tools:\n    - delete_user\n  read_users_low:\n    \
         intent: read_users_low\n    risk_tier: low\n    confidence: 80\n    review_required: false\n    \
         signals:\n    - seen\n    tools:\n    - get_user\n    - list_users\n"
    );
    assert_eq!(first.added, ["delete_users_high", "read_users_low"]);
    let again = merged(Some(&first.text), DRAFTS);
    assert_eq!(again.text, first.text);
    assert!(again.added.is_empty() && again.broadened.is_empty());
    assert_eq!(again.kept, first.added);
}

#[test]
fn comments_order_and_words_of_a_person_stay_and_what_is_let_in_is_told() {
    let own = "# ours\nversion: 2\n\nscopes:\n    read_users_low:   # for support\n        intent: look people up\n        \
               risk_tier: safe   # by hand\n        constraints: {confirmation: always}\n        \
               tools: [get_user]  # not all\n    mine:\n        tools:\n        - x\n\n# the end\nother: 1\n";
    let is = merged(Some(own), DRAFTS);
    assert_eq!(
        is.text,
        "# ours\nversion: 2\n\nscopes:\n    read_users_low:   # for support\n        intent: look people up\n        \
         risk_tier: low   # by hand\n        constraints: {confirmation: always}\n        \
         tools: [get_user, list_users]  # not all\n        signals:\n        - seen\n    mine:\n        tools:\n        \
         - x\n    delete_users_high:\n      intent: delete_users_high\n      risk_tier: high\n      confidence: 60\n      \
         review_required: true\n      tools:\n      - delete_user\n\n# the end\nother: 1\n"
    );
    assert_eq!(is.added, ["delete_users_high"]);
    assert_eq!(is.kept, ["mine"]);
    let told = |name: &str, what: &str| (name.to_owned(), what.to_owned());
    assert_eq!(
        is.broadened,
        [told("read_users_low", "risk_tier safe is low now"), told("read_users_low", "tools: + list_users")]
    );
    assert_eq!(merged(Some(&is.text), DRAFTS).text, is.text);
}

#[test]
fn drafts_of_the_reference_system_are_folded_and_judged_together() {
    let drafts = "drafts:\n- {endpoint_id: b, scope_name: read, confidence: 0.9, risk_tier: critical}\n\
                  - {endpoint_id: a, scope_name: read, confidence: 0.6, risk_tier: low}\n\
                  - {endpoint_id: c, confidence: 0.6, risk_tier: low}\n";
    let is = merged(Some("version: 2\nscopes: {}\n"), drafts);
    assert_eq!(
        is.text,
        "version: 2\nscopes:\n  read:\n    intent: read\n    risk_tier: critical\n    confidence: 60\n    \
         review_required: true\n    endpoint_ids:\n    - a\n    - b\n"
    );
    // One that is a map already is taken as it is.
    let is = merged(None, "scopes:\n  read: {intent: look, tools: [a]}\n");
    assert!(is.text.contains("intent: look"), "{}", is.text);
}

#[test]
fn what_can_not_be_kept_or_understood_is_refused() {
    let fails = |own: Option<&str>, drafts: &str| {
        merge(("scopes.yaml", own), ("suggested", &node(drafts))).unwrap_err().message
    };
    // All on one line, and with a comment: neither can be added to, and written anew the comment is gone.
    assert!(
        fails(Some("version: 1\nscopes: {a: {tools: [b]}} # mine\n"), DRAFTS)
            .contains("nothing can be added")
    );
    let plain = merged(Some("version: 1\nscopes: {a: {tools: [b]}}\n"), DRAFTS);
    assert!(plain.text.contains("  a:\n    tools:\n    - b\n"), "{}", plain.text);
    assert!(fails(Some("- a\n"), DRAFTS).contains("no map"));
    assert!(fails(None, "drafts: [{scope_name: a, risk_tier: grave}]\n").contains("no tier"));
    assert!(fails(None, "tools: []\n").contains("neither drafts nor scopes"));
    assert!(fails(None, "scopes: [a]\n").contains("no map of groups"));
}

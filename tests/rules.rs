//! The catalogue of rules: ids, texts, and the page made from them.

#[path = "support/cask.rs"]
mod support;

use std::collections::{HashMap, HashSet};

use cask::rules::{Axis, Level, Rule, all, find, page};
use support::in_step;

fn family_word(rule: &Rule) -> String {
    format!("{:?}", rule.family).to_lowercase()
}

#[test]
fn ids_are_unique_kebab_case_and_begin_with_their_family() {
    let mut seen = HashSet::new();
    for rule in all() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        let (family, name) = rule.id.split_once('.').expect(rule.id);
        assert_eq!(family, family_word(rule), "{}", rule.id);
        let kebab = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(name.split('-').all(kebab), "{}", rule.id);
        assert_eq!(find(rule.id), Some(rule));
    }
    assert!(seen.len() > 20, "the table was not read");
    assert_eq!(find("no.such-rule"), None);
}

#[test]
fn texts_are_short_lower_case_and_whole() {
    let mut titles: HashMap<&str, &str> = HashMap::new();
    for rule in all() {
        let id = rule.id;
        assert!(rule.title.chars().count() <= 60, "{id}: the title is long");
        let quiet = |text: &str| {
            let first = text.chars().next().expect("a text");
            !first.is_uppercase() && !text.ends_with('.') && text.trim() == text && !text.contains('\n')
        };
        for text in [rule.title, rule.clause, rule.fix] {
            assert!(!text.is_empty(), "{id}: a text is missing");
            assert!(quiet(text), "{id}: {text:?} is lower case, without a full stop");
        }
        let why = page::why(rule);
        let starts = why.starts_with("gate.yaml") || why.starts_with(|c: char| !c.is_lowercase());
        assert!(why.ends_with(['.', '?']) && starts, "{id}: {why:?}");
        // Texts stand in tables, annotations and HTML as they are.
        for text in [rule.title, rule.clause] {
            assert!(
                !text.contains(['|', '<', '>', '`', '*', '_', '[', ']', '&', '%', '"']),
                "{id}: {text:?}"
            );
        }
        if let Some(other) = titles.insert(rule.title, id) {
            panic!("{id} and {other} have one title");
        }
    }
}

#[test]
fn what_can_not_be_judged_is_about_trust_or_hygiene() {
    for rule in all() {
        assert!(!rule.axes.is_empty(), "{}", rule.id);
        let distinct: HashSet<Axis> = rule.axes.iter().copied().collect();
        assert_eq!(distinct.len(), rule.axes.len(), "{} names an axis twice", rule.id);
        if rule.level == Level::Unjudged {
            let fits = rule.is_on(Axis::Trust) || rule.is_on(Axis::Hygiene);
            assert!(fits, "{}", rule.id);
        }
    }
}

#[test]
fn the_page_is_in_step() {
    in_step("docs/rules.md", &page::markdown(all()));
}

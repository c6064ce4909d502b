//! The catalogue of rules: ids, texts, and the page made from them.

use crate::support;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use cask::rules::{Axis, Level, Rule, all, find, page};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use support::in_step;

/// The rows of the catalogue as they are written: family, name of the constant, id.
fn rows() -> Vec<(String, String, &'static str)> {
    let mut rows = Vec::new();
    for rule in all() {
        let family = family_word(rule);
        let text =
            std::fs::read_to_string(root().join(format!("src/rules/{family}.rs"))).expect("its family");
        let at = text.find(&format!(" = \"{}\"", rule.id)).expect(rule.id);
        let name = text[..at].rsplit(char::is_whitespace).next().expect("a name").to_owned();
        rows.push((family, name, rule.id));
    }
    rows
}

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

/// The files below a folder, with their texts.
fn texts(folder: &str) -> Vec<(PathBuf, String)> {
    let (mut found, mut todo) = (Vec::new(), vec![root().join(folder)]);
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => todo.push(path),
                false => found.extend(std::fs::read_to_string(&path).ok().map(|text| (path, text))),
            }
        }
    }
    found
}

/// The words of a source file, those of its tests apart.
#[derive(Default)]
struct Words {
    code: HashSet<String>,
    tests: HashSet<String>,
}

impl Words {
    fn of(text: &str) -> Words {
        let stream: TokenStream = text.parse().expect("it compiles");
        let (mut words, mut is_test) = (Words::default(), false);
        for token in stream {
            match &token {
                TokenTree::Group(group) if group.stream().to_string() == "cfg (test)" => is_test = true,
                TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {
                    let side = if is_test { &mut words.tests } else { &mut words.code };
                    collect(token.clone().into(), side);
                }
                _ => {}
            }
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            is_test &= !ends;
        }
        words
    }
}

fn collect(stream: TokenStream, words: &mut HashSet<String>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Ident(ident) => drop(words.insert(ident.to_string())),
            TokenTree::Literal(text) => drop(words.insert(text.to_string().trim_matches('"').to_owned())),
            _ => {}
        }
    }
}

#[test]
fn every_rule_is_emitted_and_every_rule_is_expected_somewhere() {
    let (mut sources, mut expected) = (Vec::new(), Vec::new());
    for (path, text) in texts("src").into_iter().chain(texts("tests")) {
        let is_ours = !path.starts_with(root().join("src/rules")) && !path.ends_with("tests/house/rules.rs");
        if is_ours && path.extension().is_some_and(|e| e == "rs") {
            let mut words = Words::of(&text);
            // A file of tests beside the code it tests emits nothing.
            let beside =
                path.strip_prefix(root()).is_ok_and(|p| p.iter().any(|s| s == "tests" || s == "tests.rs"));
            if beside {
                words.tests.extend(std::mem::take(&mut words.code));
            }
            sources.push(words);
        }
    }
    for (path, text) in texts("fixtures").into_iter().chain(texts("tests")) {
        if !path.ends_with("tests/house/rules.rs") {
            expected.push(text);
        }
    }
    let mut told = Vec::new();
    let rows = rows();
    for (family, name, id) in &rows {
        // By the constant, in a file that knows its family; or by the id.
        let names = |w: &Words, side: &HashSet<String>| {
            side.contains(*id) || side.contains(name) && (w.code.contains(family) || w.tests.contains(family))
        };
        if !sources.iter().any(|w| names(w, &w.code)) {
            told.push(format!("{id}: nothing in src emits it"));
        }
        // The expectations for texts leave the family out.
        let short = format!("\"{}\"", id.trim_start_matches("text."));
        let whole = |text: &String| {
            let ends = |at: usize| {
                !text[at + id.len()..].starts_with(|c: char| c == '-' || c.is_ascii_alphanumeric())
            };
            text.match_indices(id).any(|(at, _)| ends(at)) || family == "text" && text.contains(&short)
        };
        if !sources.iter().any(|w| names(w, &w.tests)) && !expected.iter().any(whole) {
            told.push(format!("{id}: no test and no fixture expects it"));
        }
    }
    assert!(rows.len() > 20 && sources.len() > 100, "the sources were not read");
    assert!(told.is_empty(), "{}", told.join("\n"));
}

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

//! Whoever is told to type a command can type it: each `cask …` in the pages, in the texts of rules and in the
//! program's own strings is in the table of commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cask::cmd::table::COMMANDS;
use syn::visit::Visit;

/// Where the list of former spellings begins in docs/cli.md: what follows names aliases.
const FORMER: &str = "## Former spellings";
/// The one sentence that begins with the program's name where commands stand.
const SENTENCE: &str = "cask judges what an AI agent may do";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, extension, into),
            false if path.extension().is_some_and(|e| e == extension) => into.push(path),
            false => {}
        }
    }
}

/// Commands are told from prose by where they stand: at the start of a line, a code span or a hint, after a
/// prompt, a colon, a bracket or a wide gap, or after "run". Of each: its first two words, as far as they are
/// known and not filled in later.
fn named(text: &str) -> Vec<String> {
    let text = text.replace(SENTENCE, "");
    let mut all = Vec::new();
    for (at, _) in text.match_indices("cask ") {
        let (before, rest) = (&text[..at], &text[at + 5..]);
        let kept = before.trim_end_matches(' ');
        let begins = kept.is_empty()
            || kept.ends_with(['\n', '`', '$', '(', ':', '|'])
            || before.ends_with("  ")
            || kept.ends_with("run");
        if !begins {
            continue;
        }
        let rest = rest.split(['`', '\n']).next().unwrap_or(rest);
        // The first line of a report begins with the version, and a check is called `cask / gate`.
        if rest.starts_with(|c: char| c.is_ascii_digit() || c == '/') {
            continue;
        }
        let words = rest.split_whitespace().take_while(|word| !word.contains(['{', '<'])).take(2);
        let words: Vec<&str> =
            words.map(|word| word.trim_end_matches([',', ';', ':', '.', ')', '…'])).collect();
        if words.first().is_some_and(|word| !word.starts_with('-')) {
            all.push(words.join(" "));
        }
    }
    all
}

/// The parts of a page in which commands stand: its code blocks, and its code spans as lines.
fn code(page: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            out += &format!("{line}\n");
        } else {
            line.split('`').skip(1).step_by(2).for_each(|span| out += &format!("{span}\n"));
        }
    }
    out
}

fn exists(command: &str) -> bool {
    let (first, second) = command.split_once(' ').unwrap_or((command, ""));
    let grouped = COMMANDS.iter().any(|row| row.words == first && row.leaf.is_none());
    match grouped {
        // `cask trust --help`, or the group as such.
        true => {
            COMMANDS.iter().any(|row| row.words == command) || second.is_empty() || second.starts_with('-')
        }
        false => first == "help" || COMMANDS.iter().any(|row| row.words == first),
    }
}

/// String literals of a file without its tests.
#[derive(Default)]
struct Strings(Vec<String>);

impl Visit<'_> for Strings {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        let test = item.attrs.iter().any(|a| a.path().is_ident("cfg"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_lit_str(&mut self, literal: &syn::LitStr) {
        self.0.push(literal.value());
    }

    fn visit_macro(&mut self, mac: &syn::Macro) {
        self.tokens(mac.tokens.clone());
    }

    // Doc comments are for the one who reads the source.
    fn visit_attribute(&mut self, _: &syn::Attribute) {}
}

impl Strings {
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Group(group) => self.tokens(group.stream()),
                proc_macro2::TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.0.push(text.value());
                    }
                }
                _ => {}
            }
        }
    }
}

fn wrong_in(place: &str, text: &str) -> BTreeSet<String> {
    named(text).into_iter().filter(|c| !exists(c)).map(|c| format!("{place}: cask {c}")).collect()
}

#[test]
fn pages_name_only_commands_that_exist() {
    let mut pages =
        vec![root().join("README.md"), root().join("CONTRIBUTING.md"), root().join("CHANGELOG.md")];
    files(&root().join("docs"), "md", &mut pages);
    let mut wrong = BTreeSet::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a page");
        let text = text.split(FORMER).next().unwrap_or(&text);
        wrong.extend(wrong_in(&page.strip_prefix(root()).expect("below").display().to_string(), &code(text)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_program_names_only_commands_that_exist() {
    let mut sources = Vec::new();
    files(&root().join("src"), "rs", &mut sources);
    let mut wrong = BTreeSet::new();
    for source in &sources {
        let place = source.strip_prefix(root()).expect("below").display().to_string();
        if place.ends_with("testing.rs") || place.ends_with("tests.rs") {
            continue;
        }
        let file = syn::parse_file(&std::fs::read_to_string(source).expect("a source")).expect("it parses");
        let mut strings = Strings::default();
        strings.visit_file(&file);
        strings.0.iter().for_each(|text| wrong.extend(wrong_in(&place, text)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pages_that_are_named_exist() {
    let mut sources = Vec::new();
    files(&root().join("src"), "rs", &mut sources);
    let mut wrong = BTreeSet::new();
    for source in &sources {
        let file = syn::parse_file(&std::fs::read_to_string(source).expect("a source")).expect("it parses");
        let mut strings = Strings::default();
        strings.visit_file(&file);
        for word in strings.0.iter().flat_map(|text| text.split([' ', '`', ',', '\n', ')', '(', ':'])) {
            let page = word.trim_end_matches('.');
            if page.starts_with("docs/") && page.ends_with(".md") && !root().join(page).exists() {
                wrong.insert(format!("{}: {page}", source.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Relative links of the pages, without their anchors.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    files(&root().join("docs"), "md", &mut pages);
    let mut wrong = BTreeSet::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or(target);
            if !target.contains("://") && !file.is_empty() && !page.with_file_name(file).exists() {
                wrong.insert(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rules_name_only_commands_that_exist() {
    let told = cask::rules::all().flat_map(|rule| [rule.why, rule.fix].map(|text| wrong_in(rule.id, text)));
    let wrong: BTreeSet<String> = told.flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let found = |text: &str| wrong_in("x", text).into_iter().collect::<Vec<_>>();
    assert_eq!(found("look, then `cask gate revise --toolpack t`"), ["x: cask gate revise"]);
    assert_eq!(found("alice$ cask physician\n"), ["x: cask physician"]);
    assert_eq!(found("or, as an owner: cask begin, now"), ["x: cask begin now"]);
    assert!(
        found("what cask cannot protect; `cask trust`; `cask gate allow <tool>`; `cask {words}`").is_empty()
    );
    assert_eq!(code("a `cask x`\n```sh\nb\n```\ncask c\n"), "cask x\nb\n");
}

//! Whoever is told to type a command can type it: each `cask …` in the pages, in the texts of rules, in the program's
//! own strings and in the reports of the goldens is in the table of commands, and its options are the command's.

use crate::typed;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cask::cmd::table::COMMANDS;
use syn::visit::Visit;
use typed::Taken;

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

/// Every source, with the texts in it that are not of its tests. Read once for all.
static TEXTS: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let mut sources = Vec::new();
    files(&root().join("src"), "rs", &mut sources);
    let texts = |source: PathBuf| {
        let file = syn::parse_file(&std::fs::read_to_string(&source).expect("a source")).expect("it parses");
        let mut strings = Strings::default();
        strings.visit_file(&file);
        (source.strip_prefix(root()).expect("below").display().to_string(), strings.0)
    };
    sources.into_iter().map(texts).collect()
});

/// Those of the program: helpers of tests apart.
fn told() -> impl Iterator<Item = (&'static str, &'static [String])> {
    let all = TEXTS.iter().map(|(place, texts)| (place.as_str(), texts.as_slice()));
    all.filter(|(place, _)| !place.ends_with("testing.rs") && !place.ends_with("tests.rs"))
}

fn wrong_in(place: &str, text: &str) -> BTreeSet<String> {
    named(text).into_iter().filter(|c| !exists(c)).map(|c| format!("{place}: cask {c}")).collect()
}

/// Lines of code blocks and code spans of a page that begin with the program's name, behind a prompt or not.
struct Typed {
    /// Lines of blocks, joined where they go on.
    lines: Vec<String>,
    /// Spans in a sentence.
    spans: Vec<String>,
}

fn typed_on(page: &str) -> Typed {
    let (mut inside, mut typed) = (false, Typed { lines: Vec::new(), spans: Vec::new() });
    let joined = page.replace("\\\n", " ");
    for line in joined.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            let line = line.trim();
            let line = line.split_once("$ ").map_or(line, |(who, rest)| {
                if who.chars().all(|c| c.is_ascii_lowercase()) { rest } else { line }
            });
            let is_command = line.starts_with("cask ") && !line.contains("cask / ");
            // The first line of a report begins with the version.
            if is_command && !line[5..].starts_with(|c: char| c.is_ascii_digit()) {
                typed.lines.push(line.to_owned());
            }
        } else {
            let spans = line.split('`').skip(1).step_by(2);
            typed.spans.extend(spans.filter(|span| span.starts_with("cask ")).map(str::to_owned));
        }
    }
    typed
}

/// What clap says of a placeholder: a value, an argument or a command of nothing.
const OPEN: [&str; 3] = ["invalid value", "unexpected argument 'x'", "unrecognized subcommand 'x'"];

/// Why a line is none that cask takes; `told` for one in a sentence, where something may be left out.
fn untaken(line: &str, told: bool) -> Option<String> {
    let spoken = |word: &str| word.len() < 12 && word.chars().all(|c| c.is_ascii_uppercase() || c == '/');
    // What is to be filled in: `<tool>`, `[TOOL]`, `{name}`, `…`, and in a sentence `FILE`, `K/N`.
    let is_open = line.contains(['…', '{', '['])
        || line.contains('<') && line.contains('>')
        || told && line.split(' ').any(spoken);
    let line = filled(line);
    // A check of GitHub is called `cask / gate`.
    if line.starts_with("cask / ") {
        return None;
    }
    let Some(commands) = typed::commands(&line) else { return Some(format!("no line of a shell: {line}")) };
    commands.iter().find_map(|words| match typed::taken(words) {
        Taken::Whole => None,
        Taken::Unfinished if told || is_open => None,
        Taken::Unfinished => Some(format!("unfinished: {line}")),
        Taken::Not(why) if is_open && OPEN.iter().any(|p| why.contains(p)) => None,
        Taken::Not(why) => Some(why),
    })
}

/// A line with `x` for each placeholder.
fn filled(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(at) = rest.find(['<', '{', '[']) {
        let close = match rest[at..].chars().next() {
            Some('<') => '>',
            Some('{') => '}',
            _ => ']',
        };
        let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _-|:.?#…".contains(c));
        match rest[at..].find(close).filter(|end| *end > 0 && name(&rest[at + 1..at + end])) {
            Some(end) => {
                let is_glued = rest[..at].ends_with(|c: char| c.is_alphanumeric());
                out += &format!("{}{}x", &rest[..at], if is_glued { " " } else { "" });
                rest = &rest[at + end + 1..];
            }
            None => {
                out += &rest[..=at];
                rest = &rest[at + 1..];
            }
        }
    }
    (out + rest).replace(" …", "").replace('…', "")
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    files(&root().join("docs"), "md", &mut pages);
    pages
}

#[test]
fn the_commands_of_pages_are_taken_as_they_stand() {
    let (mut wrong, mut count) = (BTreeSet::new(), 0);
    for page in pages() {
        let place = page.strip_prefix(root()).expect("below").display().to_string();
        let text = std::fs::read_to_string(&page).expect("a page");
        let typed = typed_on(&text.split(FORMER).next().unwrap_or(&text).replace(SENTENCE, ""));
        count += typed.lines.len();
        wrong.extend(
            typed.lines.iter().filter_map(|line| untaken(line, false)).map(|w| format!("{place}: {w}")),
        );
        wrong.extend(
            typed.spans.iter().filter_map(|line| untaken(line, true)).map(|w| format!("{place}: {w}")),
        );
    }
    assert!(count > 250, "{count} lines were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_commands_that_the_program_names_are_taken() {
    let (mut wrong, mut count) = (BTreeSet::new(), 0);
    for (place, texts) in told() {
        for text in texts.iter().map(|text| text.replace(SENTENCE, "")) {
            let spans = text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("cask "));
            // A hint is the command, and behind a gap or a comma what it does.
            let hint = text.starts_with("cask ").then(|| hinted(&text));
            for line in spans.chain(hint) {
                count += 1;
                wrong.extend(untaken(line, true).map(|why| format!("{place}: {why}")));
            }
        }
    }
    assert!(count > 250, "{count} commands were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The command at the beginning of a hint.
fn hinted(text: &str) -> &str {
    let ends =
        ["   ", ", ", ": ", " (", "; ", "\n", " and ", " or ", " lists ", " writes ", " says ", " with "];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    &text[..end]
}

/// The commands that docs/coverage.md says are not built.
fn not_built() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/coverage.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("not built"));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1).map(str::to_owned));
    cells
        .flat_map(|cell| cell.split(", ").map(|words| format!("cask {words} ")).collect::<Vec<_>>())
        .collect()
}

/// What reports say is next, in the goldens. Stories are told ahead of what is built.
#[test]
fn the_commands_of_reports_are_taken() {
    let mut reports = Vec::new();
    files(&root().join("fixtures/cases"), "json", &mut reports);
    files(&root().join("fixtures/reports"), "json", &mut reports);
    let ahead = not_built();
    let is_ahead = |line: &str| ahead.iter().any(|words| line.starts_with(words.as_str()));
    let (mut wrong, mut count) = (BTreeSet::new(), 0);
    for report in &reports {
        let place = report.strip_prefix(root()).expect("below").display().to_string();
        let text = std::fs::read_to_string(report).expect("a report");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for line in told_next(&value).iter().filter(|line| !is_ahead(line)) {
            count += 1;
            wrong.extend(untaken(line, false).map(|why| format!("{place}: {why}")));
        }
    }
    let mut comments = Vec::new();
    files(&root().join("fixtures/cases"), "md", &mut comments);
    files(&root().join("fixtures/reports"), "md", &mut comments);
    for comment in &comments {
        let place = comment.strip_prefix(root()).expect("below").display().to_string();
        let typed = typed_on(&std::fs::read_to_string(comment).expect("a comment"));
        for line in typed.lines.iter().filter(|line| !is_ahead(line)) {
            count += 1;
            wrong.extend(untaken(line, false).map(|why| format!("{place}: {why}")));
        }
    }
    assert!(count > 80, "{count} commands were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every text of a report that is a command of cask.
fn told_next(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) if text.starts_with("cask ") && !text.contains(" / ") => {
            vec![text.clone()]
        }
        serde_json::Value::Array(items) => items.iter().flat_map(told_next).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(told_next).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_command_that_is_not_taken_is_told() {
    for line in
        ["cask gate alow", "cask ci --formt json", "cask gate allow <tool> --no-such", "cask key show \""]
    {
        assert!(untaken(line, true).is_some(), "{line}");
    }
    assert!(untaken("cask trust add bob", false).is_some_and(|why| why.starts_with("unfinished")));
    for line in [
        "cask gate allow <tool> --reason x …",
        "cask rules {id}",
        "cask trust set signers.{name}.max_risk={tier}",
    ] {
        assert_eq!(untaken(line, false), None, "{line}");
    }
    assert_eq!(untaken("cask trust add", true), None);
    let typed = typed_on("```sh\nalice$ cask ci \\\n  --format json\n```\nsee `cask key`\ncask x\n");
    assert_eq!((typed.lines.len(), typed.spans.len()), (1, 1));
    assert_eq!(typed.lines[0].split_whitespace().collect::<Vec<_>>(), ["cask", "ci", "--format", "json"]);
    assert_eq!(hinted("cask key list   (lists them)"), "cask key list");
}

#[test]
fn pages_name_only_commands_that_exist() {
    let mut pages = pages();
    pages.push(root().join("CHANGELOG.md"));
    // These two tell of former spellings; that they are taken, another test says.
    pages.retain(|page| !page.ends_with("docs/migrating.md") && !page.ends_with("docs/coverage.md"));
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
    let told = told().flat_map(|(place, texts)| texts.iter().flat_map(move |text| wrong_in(place, text)));
    let wrong: BTreeSet<String> = told.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pages_that_are_named_exist() {
    let mut wrong = BTreeSet::new();
    for (place, texts) in TEXTS.iter() {
        for word in texts.iter().flat_map(|text| text.split([' ', '`', ',', '\n', ')', '(', ':'])) {
            let page = word.trim_end_matches('.');
            if page.starts_with("docs/") && page.ends_with(".md") && !root().join(page).exists() {
                wrong.insert(format!("{place}: {page}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Relative links of the pages, without their anchors.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut wrong = BTreeSet::new();
    for page in &pages() {
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

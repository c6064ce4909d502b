//! `cask rules`: the catalogue of findings as a list, whole or filtered, or one of them as a page.

use serde::Serialize;

use crate::canon::near::near;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::rules::page::{entries, level_word, page, why};
use crate::rules::{Axis, Rule, Severity, all, find};

/// How rules are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Lines for people; one rule is a page.
    #[default]
    Text,
    /// `cask.rules/1`.
    Json,
    /// Sections, as docs/rules.md has them.
    Markdown,
}

/// Options.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Rule id, or family: the word before the dot; `show ID` is the same as the id
    #[arg(value_name = "ID|FAMILY")]
    pub what: Option<String>,
    /// Rule id, behind `show`
    #[arg(value_name = "ID", hide = true)]
    pub id: Option<String>,
    /// Only rules of an axis: trust, capability, contract or hygiene
    #[arg(long, value_name = "AXIS")]
    pub axis: Option<String>,
    /// Only rules of a severity: critical, high, medium, low, info, by-risk or unjudged
    #[arg(long, value_name = "SEVERITY")]
    pub severity: Option<String>,
    /// Only rules of a family: the word before the dot
    #[arg(long, value_name = "FAMILY")]
    pub family: Option<String>,
    /// text, json or markdown
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: Format,
}

/// Lists rules, or shows one.
///
/// # Errors
/// No rule, family, axis or severity of that name.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let (what, is_one) = asked(&args)?;
    let wanted = Wanted::of(&args)?;
    let found: Vec<&Rule> = match what {
        None => all().filter(|rule| wanted.has(rule)).collect(),
        Some(what) if find(what).is_some() => {
            find(what).into_iter().filter(|rule| wanted.has(rule)).collect()
        }
        Some(what) => {
            if is_one || all().all(|rule| family(rule) != what) {
                return Err(unknown(what));
            }
            all().filter(|rule| family(rule) == what && wanted.has(rule)).collect()
        }
    };
    let one = what.is_some_and(|what| find(what).is_some());
    let text = match (args.format, found.as_slice()) {
        (Format::Text, [rule]) if one => page(rule, ctx.width()),
        (Format::Text, rules) => list(rules),
        (Format::Json, rules) => json(rules)?,
        (Format::Markdown, rules) => entries(rules.iter().copied()),
    };
    ctx.print(&text)?;
    if found.is_empty() {
        ctx.note("no rule is of that kind");
    }
    Ok(0)
}

/// What is asked for, and whether it must be one rule.
fn asked(args: &Args) -> Result<(Option<&str>, bool), Failed> {
    let usage = |message: String| Failed::new("usage", "", message).hint("cask rules show gate.unapproved");
    match (args.what.as_deref(), args.id.as_deref()) {
        (Some("show"), Some(id)) => Ok((Some(id), true)),
        (Some("show"), None) => Err(usage("the id of a rule is missing behind show".to_owned())),
        (_, Some(id)) => Err(usage(format!("{id:?} is one argument too many"))),
        (what, None) => Ok((what, false)),
    }
}

/// What the filters let through.
struct Wanted<'a> {
    axis: Option<Axis>,
    severity: Option<&'a str>,
    family: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(args: &'a Args) -> Result<Wanted<'a>, Failed> {
        let usage = |option: &str, word: &str, known: String| {
            Failed::new("usage", "", format!("--{option} {word:?}: there is no such {option}"))
                .meant(word, known.split(", "), |name| format!("--{option} {name}"))
                .hint(format!("one of: {known}"))
        };
        let axis = args.axis.as_deref().map(|word| {
            let known = || Axis::ALL.map(Axis::word).join(", ");
            Axis::ALL.into_iter().find(|axis| axis.word() == word).ok_or_else(|| usage("axis", word, known()))
        });
        let levels: Vec<&str> =
            Severity::GRAVEST_FIRST.iter().map(|s| s.word()).chain(["by-risk", "unjudged"]).collect();
        if let Some(word) = args.severity.as_deref().filter(|word| !levels.contains(word)) {
            return Err(usage("severity", word, levels.join(", ")));
        }
        let mut families: Vec<&str> = all().map(family).collect();
        families.dedup();
        if let Some(word) = args.family.as_deref().filter(|word| !families.contains(word)) {
            return Err(usage("family", word, families.join(", ")));
        }
        Ok(Wanted {
            axis: axis.transpose()?,
            severity: args.severity.as_deref(),
            family: args.family.as_deref(),
        })
    }

    fn has(&self, rule: &Rule) -> bool {
        self.axis.is_none_or(|axis| rule.is_on(axis))
            && self.severity.is_none_or(|word| level_word(rule) == word)
            && self.family.is_none_or(|word| family(rule) == word)
    }
}

/// Whether a word is the id of a rule or the name of a family.
pub fn is_known(word: &str) -> bool {
    all().any(|rule| rule.id == word || family(rule) == word)
}

fn family(rule: &Rule) -> &'static str {
    rule.id.split('.').next().unwrap_or_default()
}

/// With the rules and families that have a name like it: the whole, or what stands behind the dot.
pub fn meant(failed: Failed, what: &str) -> Failed {
    let names = || all().map(|rule| rule.id).chain(all().map(family));
    let behind = what.rsplit('.').next().unwrap_or(what);
    let word = if near(what, names()).is_empty() { behind } else { what };
    failed.meant(word, names(), |name| format!("cask rules {name}"))
}

/// That there is no such rule, and which ones have a name like it.
pub fn unknown(what: &str) -> Failed {
    let failed = Failed::new("usage", "", format!("no rule or family is called {what:?}"));
    meant(failed, what).hint("cask rules   (lists them)")
}

fn list(rules: &[&Rule]) -> String {
    let wide = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| {
        let level = match level_word(rule) {
            "by-risk" => "by risk",
            "unjudged" => "exit 3",
            word => word,
        };
        format!("{:wide$}  {level:<8}  {}\n", rule.id, rule.title)
    };
    rules.iter().map(line).collect()
}

/// The catalogue for programs.
#[derive(Serialize)]
struct Catalogue {
    schema: &'static str,
    rules: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    family: &'static str,
    severity: &'static str,
    axes: Vec<&'static str>,
    title: &'static str,
    clause: &'static str,
    why: String,
    fix: &'static str,
    suppressible: bool,
}

fn json(rules: &[&Rule]) -> Result<String, Failed> {
    let entry = |rule: &&Rule| Entry {
        id: rule.id,
        family: family(rule),
        severity: level_word(rule),
        axes: rule.axes.iter().map(|axis| axis.word()).collect(),
        title: rule.title,
        clause: rule.clause,
        why: why(rule),
        fix: rule.fix,
        suppressible: !rule.is_on(Axis::Trust),
    };
    let catalogue = Catalogue { schema: "cask.rules/1", rules: rules.iter().map(entry).collect() };
    let text = serde_json::to_string_pretty(&catalogue)
        .map_err(|error| Failed::new("io", "", format!("the catalogue cannot be written: {error}")))?;
    Ok(text + "\n")
}

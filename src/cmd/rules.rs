//! `cask rules`: the catalogue of findings as a list, or one of them as a page.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::rules::{Rule, all, find, page};

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule id, or family: the word before the dot
    #[arg(value_name = "ID|FAMILY")]
    pub what: Option<String>,
}

/// Lists rules, or shows one.
///
/// # Errors
/// No rule or family of that name.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let Some(what) = args.what else {
        ctx.print(&list(all()))?;
        return Ok(0);
    };
    if let Some(rule) = find(&what) {
        ctx.print(&page::page(rule, ctx.width()))?;
        return Ok(0);
    }
    let family: Vec<&Rule> = all().filter(|rule| rule.id.split('.').next() == Some(&what)).collect();
    if family.is_empty() {
        return Err(unknown(&what));
    }
    ctx.print(&list(family.into_iter()))?;
    Ok(0)
}

fn unknown(what: &str) -> Failed {
    let ending = what.rsplit('.').next().unwrap_or(what);
    let near = all().filter(|rule| !ending.is_empty() && rule.id.contains(ending)).take(3);
    let failed = Failed::new("usage", "", format!("no rule or family is called {what:?}"));
    near.fold(failed, |failed, rule| failed.hint(format!("cask rules {}      (did you mean this?)", rule.id)))
        .hint("cask rules   (lists them)")
}

fn list<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let rules: Vec<&Rule> = rules.collect();
    let wide = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| {
        let level = match rule.level {
            crate::rules::Level::Fixed(severity) => severity.word(),
            crate::rules::Level::ByRisk => "by risk",
            crate::rules::Level::Unjudged => "exit 3",
        };
        format!("{:wide$}  {level:<8}  {}\n", rule.id, rule.title)
    };
    rules.iter().map(line).collect()
}

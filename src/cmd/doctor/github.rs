//! `cask doctor --github`: what on GitHub's side keeps a change from taking the gate away, what is missing of it, and
//! what could not be seen.

use super::args::Args;
use super::page::Page;
use super::shape::{self, Protections};
use crate::canon::encode::encode;
use crate::canon::json;
use crate::canon::visible::visible;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::github::protections::{Protection, Seen, State, exit_code, look};
use crate::github::refused::Refused;
use crate::io::github::{Api, Settings, Slug};
use crate::report::escape::terminal::Mark;

/// Variables that hold a token, the first that is set.
const TOKENS: [&str; 3] = ["GH_TOKEN", "GITHUB_TOKEN", "CASK_INPUT_TOKEN"];

/// Looks at the settings of the repository.
///
/// # Errors
/// No repository, no token, or GitHub can't be asked.
pub fn run(args: &Args, ctx: &mut Ctx) -> Outcome {
    let named = args.repo.clone().or_else(|| ctx.var("GITHUB_REPOSITORY")).ok_or_else(|| {
        Failed::new("usage", "", "no repository is named").hint("cask doctor --github --repo OWNER/NAME")
    })?;
    let word = |text: &str| !text.is_empty() && !text.contains('/') && !text.starts_with('.');
    let (owner, repo) =
        named.split_once('/').filter(|(owner, repo)| word(owner) && word(repo)).ok_or_else(|| {
            Failed::new("usage", "", format!("{named:?} is no repository"))
                .hint("--repo OWNER/NAME, as in acme/shop")
        })?;
    let token = TOKENS.iter().find_map(|name| ctx.var(name)).ok_or_else(|| {
        Failed::new("usage", "the settings", "there is no token to ask GitHub with")
            .hint("GH_TOKEN=$(gh auth token) cask doctor --github")
    })?;
    let api = Api::new(Settings::of(ctx.env, &token));
    let seen = api
        .protections(Slug { owner, repo }, args.branch.as_deref(), &args.check)
        .map_err(|refused| not_asked(&named, &refused))?;

    let all = look(&seen);
    let code = exit_code(&all);

    let text = match args.format.as_str() {
        "json" => in_json(&named, &seen, &all),
        _ => on_terminal(&named, &seen, &all, ctx),
    };
    ctx.print(&text)?;
    Ok(code)
}

fn not_asked(named: &str, refused: &Refused) -> Failed {
    Failed::new("io", named, refused.reason.clone()).hint(refused.fix.clone())
}

/// What no token of ours is told.
const BEYOND: &str = "who may bypass these rules: only administrators are told, in the ruleset itself";

fn on_terminal(named: &str, seen: &Seen, all: &[Protection], ctx: &Ctx) -> String {
    let paint = ctx.paint();
    let mut page = Page::new(ctx);
    page.text(&format!("{} on {}", paint.text(named, 200), paint.text(&seen.branch, 200)));
    page.gap();
    for one in all {
        match &one.state {
            State::There => page.looked(Mark::Good, one.what),
            State::Missing => {
                page.looked(Mark::Bad, one.what);
                page.below(&format!("without it {}", one.without));
                page.below(&paint.plain(&one.remedy()));
            }
            State::Unseen(why, fix) => {
                page.looked(Mark::Unknown, one.what);
                page.below(&format!("not looked at: {}", paint.text(why, 300)));
                page.below(&paint.text(fix, 300));
            }
        }
    }
    let count = |is: fn(&State) -> bool| all.iter().filter(|one| is(&one.state)).count();
    let missing = count(|state| *state == State::Missing);
    let unseen = count(|state| matches!(state, State::Unseen(..)));
    let there = all.len() - missing - unseen;
    page.gap();
    page.text(&format!("{there} there, {missing} missing, {unseen} not looked at"));
    page.text(&format!("not looked at either: {BEYOND}"));
    page.done()
}

fn in_json(named: &str, seen: &Seen, all: &[Protection]) -> String {
    let one = |one: &'_ Protection| {
        let (state, fix, reason) = match &one.state {
            State::There => ("there", None, None),
            State::Missing => ("missing", Some(one.remedy()), None),
            State::Unseen(why, fix) => ("not-looked-at", Some(fix.clone()), Some(visible(why, 300))),
        };
        (state, fix, reason)
    };
    let told: Vec<(&'static str, Option<String>, Option<String>)> = all.iter().map(one).collect();
    let protections = all.iter().zip(&told).map(|(one, (state, fix, reason))| shape::Protection {
        id: one.id,
        state,
        what: one.what,
        without: one.without,
        fix: fix.clone(),
        reason: reason.as_deref(),
    });
    let whole = Protections {
        schema: "cask.protections/1",
        repository: named,
        branch: &seen.branch,
        check: &seen.check,
        exit_code: exit_code(all),
        protections: protections.collect(),
        not_looked_at: [BEYOND],
    };
    json::compact(&encode(&whole)) + "\n"
}

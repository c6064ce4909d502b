//! A toolpack on this machine in; what keeps it, or some of its tools, from being served, out. Asks what `cask run`
//! asks before each call, so that both can't disagree.

use std::path::Path;

use super::args::Args;
use super::container;
use super::page::Page;
use super::servers::servers;
use super::shape::{Doctor, Looked, MOST, State};
use crate::canon::encode::encode;
use crate::canon::json;
use crate::canon::visible::{is_typed_word, visible};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::packs::unnamed;
use crate::cmd::serving::files::Watched;
use crate::cmd::serving::load::read;
use crate::cmd::serving::read::Read;
use crate::cmd::serving::what::{WhatArgs, Where, by_variables, toolset};
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::audit_files;
use crate::io::confirmations::database;
use crate::lint;
use crate::report::escape::paste;
use crate::report::escape::terminal::Mark;
use crate::rules::Family;

/// Most tools that are named one by one.
const NAMED: usize = 20;

/// Looks at a toolpack.
///
/// # Errors
/// It can't be read, or there is no trust to judge it by.
pub fn run(args: &Args, ctx: &mut Ctx) -> Outcome {
    let (what, said) = args.what.or_variables(ctx);
    if what.toolpack.is_none() && what.tools.is_none() {
        return Err(unnamed("it is not said what to look at", ctx)
            .hint("--github   (the settings of the repository)"));
    }
    let whole = looked_at(&what, args.runtime, ctx).map_err(|failed| by_variables(failed, &said))?;

    let text = match args.format.as_str() {
        "json" => json::compact(&encode(&whole)) + "\n",
        _ => on_terminal(&whole, ctx),
    };
    ctx.print(&text)?;
    Ok(whole.exit_code)
}

/// What keeps a toolpack, or a tool of it, from being served.
///
/// # Errors
/// It can't be read, or there is no trust to judge it by.
pub fn looked_at(what: &WhatArgs, runtime: Where, ctx: &mut Ctx) -> Result<Doctor, Failed> {
    let read = read(what, &mut Watched::default(), ctx)?;
    let set = toolset(&read.state.pack, what.toolset.as_deref())?;
    let container = container::look(runtime, &read, ctx)?;
    Ok(look(&read, set, container, &about(what), ctx))
}

/// How the commands that help name the toolpack: as it was named.
fn about(what: &WhatArgs) -> String {
    let named = what.toolpack.as_deref().and_then(Path::to_str).filter(|word| is_typed_word(word));
    named.map_or(String::new(), |word| format!(" --toolpack {word}"))
}

fn look(read: &Read, set: Option<String>, container: Vec<Looked>, about: &str, ctx: &Ctx) -> Doctor {
    let state = &read.state;
    let pack = &state.pack;
    let mut checks = vec![Looked::new("files", State::Good, "every file of it reads", None)];
    checks.extend(trust(read));
    checks.push(match state.surface(ctx.now) {
        _ if !state.is_enforced() => Looked::new(
            "surface",
            State::Wanting,
            "UNSAFE: no approval is asked for",
            Some("leave --unsafe-no-lockfile out"),
        ),
        Ok(()) => {
            Looked::new("surface", State::Good, "policy, toolsets and hosts are approved, or exempted", None)
        }
        Err(refusal) => of_refusal("surface", &refusal, &format!("cask gate allow surface{about}")),
    });
    // Nothing is served while that is not approved: the same of each tool would be no news.
    let (tools, served) = match state.surface(ctx.now) {
        Ok(()) => tools(read, set.as_deref(), about, ctx),
        Err(_) => (Vec::new(), 0),
    };
    checks.extend(tools);
    checks.extend(servers(read, ctx));
    checks.extend(rules(read, about));
    checks.extend(container);
    checks.extend(files(&ctx.cwd.join(&ctx.global.root)));
    let worst = checks.iter().map(|looked| looked.state).max().unwrap_or(State::Good);
    let tools = pack.manifest.tools.iter();
    let of_set = tools.filter(|tool| set.as_ref().is_none_or(|set| pack.toolsets_of(tool).contains(set)));
    Doctor {
        schema: "cask.doctor/1",
        toolpack: pack.header.toolpack_id.clone(),
        exit_code: match worst {
            State::Good => 0,
            State::Wanting => 1,
            State::Broken => 2,
        },
        tools: of_set.count() as u64,
        served,
        toolset: set,
        checks,
    }
}

/// Where the trust comes from that judges.
fn trust(read: &Read) -> Option<Looked> {
    let name = read.trust.as_ref()?;
    Some(match read.warnings.is_empty() {
        true => {
            Looked::new("trust", State::Good, format!("approvals are judged by the trust of {name}"), None)
        }
        false => Looked::new(
            "trust",
            State::Wanting,
            read.warnings.join("; "),
            Some("bring .caskmcp/trust.yaml to the default branch, then git fetch"),
        ),
    })
}

/// Each tool that is not served, the gravest first, and how many are.
fn tools(read: &Read, set: Option<&str>, about: &str, ctx: &Ctx) -> (Vec<Looked>, u64) {
    let state = &read.state;
    let mut refused: Vec<Looked> = Vec::new();
    let mut served = 0;
    for (tool, standing) in state.standings(set, ctx.now) {
        match standing {
            Ok(_) => served += 1,
            // That it is left out of the set is what the set is for.
            Err(refusal) if refusal.code == ReasonCode::ToolsetNotAllowed => {}
            Err(refusal) => {
                let name = paste(&tool.name).or_else(|| paste(&tool.id)).unwrap_or("<tool>");
                let looked = of_refusal("tool", &refusal, &format!("cask gate allow {name}{about}"));
                refused.push(Looked { what: visible(&format!("{}: {refusal}", tool.name), MOST), ..looked });
            }
        }
    }
    refused.sort_by_key(|looked| std::cmp::Reverse(looked.state));
    let more = refused.len().saturating_sub(NAMED);
    refused.truncate(NAMED);
    if more > 0 {
        let what = format!("{more} more tools are not served");
        refused.push(Looked::new("tool", State::Wanting, what, Some(&format!("cask gate status{about}"))));
    }
    if refused.is_empty() {
        let what = match state.is_enforced() {
            true => format!("all {served} tools are approved, or exempted"),
            false => format!("{served} tools would be served as they lie on disk"),
        };
        refused.push(Looked::new("tool", State::Good, what, None));
    }
    (refused, served)
}

/// What was changed or forged is worse than what nobody signed yet.
fn of_refusal(id: &'static str, refusal: &Refusal, fix: &str) -> Looked {
    let tampered = [
        ReasonCode::IntegrityMismatch,
        ReasonCode::ApprovalSignatureInvalid,
        ReasonCode::ApprovalSignatureRequired,
    ];
    let state = if tampered.contains(&refusal.code) { State::Broken } else { State::Wanting };
    Looked::new(id, state, refusal.to_string(), Some(fix))
}

/// Rules of the policy that do nothing, or more than they say.
fn rules(read: &Read, about: &str) -> Vec<Looked> {
    let found = lint::run(&read.state.pack);
    let found = found.iter().filter(|finding| finding.rule.family == Family::Policy);
    found
        .take(NAMED)
        .map(|finding| {
            let what = format!("{}: {}", finding.rule.id, finding.message().plain());
            Looked::new("policy", State::Wanting, what, Some(&format!("cask lint{about}")))
        })
        .collect()
}

/// Whether what is kept of calls can be read by others.
fn files(root: &Path) -> Vec<Looked> {
    let mut found = Vec::new();
    for (name, id) in [(database::PATH, "confirmations"), (audit_files::PATH, "audit")] {
        let path = root.join(name);
        let Some(open) = open_to_others(&path) else { continue };
        found.push(match open {
            false => Looked::new(id, State::Good, format!("{name} is readable by you alone"), None),
            true => Looked::new(
                id,
                State::Wanting,
                format!("{name} can be read by others on this machine"),
                Some("chmod go= on it and its folder"),
            ),
        });
    }
    found
}

/// Whether others than its owner may read a file; none where there is none, or where that can't be told.
fn open_to_others(path: &Path) -> Option<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        Some(mode & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn on_terminal(whole: &Doctor, ctx: &Ctx) -> String {
    let (paint, mut page) = (ctx.paint(), Page::new(ctx));
    let set = whole.toolset.as_ref().map(|set| format!(", toolset {}", paint.text(set, MOST)));
    page.text(&format!("{}{}", paint.text(&whole.toolpack, MOST), set.unwrap_or_default()));
    page.gap();
    for looked in &whole.checks {
        let mark = match looked.state {
            State::Good => Mark::Good,
            State::Wanting => Mark::Warn,
            State::Broken => Mark::Bad,
        };
        page.looked(mark, &paint.text(&looked.what, MOST));
        if let (Some(fix), true) = (&looked.fix, looked.state != State::Good) {
            page.below(&paint.text(fix, MOST));
        }
    }
    page.gap();
    page.text(&format!("{} of {} tools are served", whole.served, whole.tools));
    page.done()
}

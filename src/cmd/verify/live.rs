//! What a toolpack's APIs answer now, for assertions about it: asked as `cask run` asks, of approved tools that read alone,
//! by the same guard, caps, credentials and log. Nothing of an answer is kept beyond the judgement.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::args::Args;
use crate::canon::json::from_node;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::packs::Place;
use crate::cmd::serving::how::HowArgs;
use crate::cmd::serving::start::{Unstarted, begin, look, stop};
use crate::cmd::serving::what::WhatArgs;
use crate::enforce::reason::{ReasonCode, Refusal, Sent};
use crate::enforce::{redaction, shape};
use crate::gate::discovery::Found;
use crate::io::credentials::credential::HIDDEN;
use crate::io::load::{self, Loaded};
use crate::model::phrase::Phrase;
use crate::run::invoke::Ended;
use crate::run::judge::Call;
use crate::run::served::Served;
use crate::verify::live::{Came, Plan, Wanted};
use crate::verify::{Live, Operations};

/// How long all calls of a toolpack may take together.
const TOTAL: Duration = Duration::from_secs(600);
/// What the log says that asked.
const SURFACE: &str = "verify";

/// Makes the calls that the contracts of a toolpack are about, and tells how many there were.
///
/// # Errors
/// A file that can't be read, no lockfile or trust that could say what is approved, or options that can't be used.
pub fn asked(
    (place, found): (&Place, &Found),
    loaded: &Loaded,
    args: &Args,
    ctx: &mut Ctx,
) -> Result<(Live, Phrase), Failed> {
    let operations = Operations::read(&loaded.pack)?;
    let contracts = load::contracts(&place.tree, &loaded.pack)?;
    let plan = contracts.as_ref().map(|own| Plan::of(&operations, own)).unwrap_or_default();
    let none = plan.is_empty();
    let came = match plan.calls.is_empty() {
        true => Vec::new(),
        false => calls(&plan.calls, place.root.join(&found.header), args, ctx)?,
    };
    let live = plan.answered(came, is_mark);
    let told = match live.counts() {
        _ if none => Phrase::say("no assertion is about an answer: no API was asked"),
        (made, answered) => Phrase::say(format!("asked now: {answered} of {made} calls were answered")),
    };
    Ok((live, told))
}

/// Whether a text has something that stands in the place of what the policy, or we, do not hand on.
fn is_mark(text: &str) -> bool {
    redaction::is_marked(text) || text.contains(HIDDEN)
}

fn calls(
    wanted: &[Wanted],
    toolpack: std::path::PathBuf,
    args: &Args,
    ctx: &mut Ctx,
) -> Result<Vec<Came>, Failed> {
    let what = WhatArgs {
        toolpack: Some(toolpack),
        toolset: args.toolset.clone(),
        lockfile: args.packs.lockfile.clone(),
        trust: args.trust.clone(),
        ..WhatArgs::default()
    };
    let how = HowArgs::reading(args.reach.clone(), args.kept.clone());
    let looked = match look(&what, ctx) {
        Ok(looked) => looked,
        Err(Unstarted::Refused(refusal)) => return Ok(wanted.iter().map(|_| not_called(&refusal)).collect()),
        Err(Unstarted::Failed(mut failed)) => {
            // What nobody approved is never called here.
            failed.0.hints.retain(|hint| !hint.starts_with("--unsafe"));
            return Err(failed);
        }
    };
    let served = begin(looked, &what, &how, SURFACE, ctx)?.served;
    // A call is judged on the thread that makes it, while others go on.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime =
        runtime.map_err(|error| Failed::new("io", "the calls", format!("they can't be made: {error}")))?;
    let until = Instant::now() + TOTAL;
    let came = wanted.iter().map(|one| match Instant::now() < until {
        true => runtime.block_on(call(&served, one)),
        false => Came::Nothing(Phrase::say("it was not called: the calls before it took too long")),
    });
    let came = came.collect();
    stop(&served, "all calls were made");
    Ok(came)
}

async fn call(served: &std::sync::Arc<Served>, wanted: &Wanted<'_>) -> Came {
    let name = wanted.tool.name.clone();
    let Some(serde_json::Value::Object(arguments)) = from_node(&wanted.arguments) else {
        return Came::Nothing(Phrase::say("it was not called: a number among its arguments is too large"));
    };
    let served = std::sync::Arc::clone(served);
    let call = Call { name, arguments };
    let made = tokio::spawn(async move { served.call(call, CancellationToken::new()).await });
    match made.await {
        Ok(ended) => came(&ended),
        Err(_) => Came::Nothing(Phrase::say("something failed here while it was called")),
    }
}

/// What a call came to, without a word of its answer.
fn came(ended: &Ended) -> Came {
    match ended.status {
        Some(200..=299) => match shape::read_back(&ended.reply) {
            Some(body) => Came::With { body, is_less: !ended.reply.redacted.is_empty() },
            None => Came::Nothing(Phrase::say(
                "it was answered with what can't be read, or not to its end, as data",
            )),
        },
        Some(status) => Came::Nothing(Phrase::say(format!("it was answered with status {status}"))),
        None => not_called(&Refusal::new(ended.code, ended.reason.clone()).after(ended.sent)),
    }
}

fn not_called(refusal: &Refusal) -> Came {
    let said = match refusal.sent {
        Sent::No => "it was not called: ",
        Sent::Perhaps | Sent::Yes => "it was called, and gave no answer: ",
    };
    let told = Phrase::say(said);
    // It names places of arguments that somebody wrote.
    let told = match refusal.code {
        ReasonCode::ParamValidation => told.and_quote(refusal.message.clone()),
        _ => told.and_say(refusal.message.clone()),
    };
    Came::Nothing(told.and_say(format!(" ({})", refusal.code)))
}

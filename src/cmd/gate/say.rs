//! What the writing commands say: strangers' words only through the terminal's escaper.

use crate::cmd::failed::Failed;
use crate::gate::approve::{Denied, LeftOut};
use crate::gate::draft::Draft;
use crate::gate::enter::NotTaken;
use crate::gate::select::Unknown;
use crate::gate::sync::{Dropped, Tally};
use crate::gate::withdraw::NotGone;
use crate::model::phrase::{Part, Phrase};
use crate::report::escape::terminal::{Mark, Paint};

/// Most names in one line.
const NAMES: usize = 20;

/// A phrase as the terminal shows it.
pub fn phrase(paint: Paint, phrase: &Phrase) -> String {
    phrase
        .0
        .iter()
        .map(|part| match part {
            Part::Say(text) => paint.plain(text),
            Part::Quote(text) => paint.text(text, 120),
        })
        .collect()
}

/// Names in one line.
pub fn names<'a>(paint: Paint, names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = all.iter().take(NAMES).map(|n| paint.text(n, 60)).collect();
    match all.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What a sync did.
pub fn tally(paint: Paint, lock_path: &str, written: bool, tally: &Tally) -> String {
    let mut out = match written {
        true => format!("synced {}\n", paint.text(lock_path, 200)),
        false => format!("in step: {}\n", paint.text(lock_path, 200)),
    };
    let mut line = |label: &str, list: &[String]| {
        let tail = if list.is_empty() {
            String::new()
        } else {
            format!("  {}", names(paint, list.iter().map(String::as_str)))
        };
        out += &format!("  {label:<10} {:>5}{tail}\n", list.len());
    };
    line("new", &tally.new);
    line("modified", &tally.modified);
    if !tally.pruned.is_empty() {
        line("withdrawn", &tally.pruned);
    }
    line("removed", &tally.removed);
    out += &format!("  {:<10} {:>5}\n", "unchanged", tally.unchanged);
    if tally.surface_changed {
        out += "  the surface (policy, toolsets, hosts, baseline) changed\n";
    }
    for gone in &tally.dropped {
        out += &dropped(paint, gone);
    }
    if !tally.removed.is_empty() {
        out += "  removed tools keep their entries: --prune-removed withdraws them\n";
    }
    if let Some(carried) = &tally.carried {
        out += &format!(
            "  this was a lockfile of the old format; it is one of the new now: {} of its approvals stay as notes, which count for nothing\n",
            carried.notes
        );
        if !carried.refused.is_empty() {
            let list = names(paint, carried.refused.iter().map(String::as_str));
            out += &format!("  it refused {list}: nobody signed that; cask gate block says it again\n");
        }
        if !carried.lost.is_empty() {
            out += &format!(
                "  entries without a tool: {}\n",
                names(paint, carried.lost.iter().map(String::as_str))
            );
        }
    }
    out += "\n";
    let all = tally.new.len() + tally.modified.len() + tally.unchanged + 1;
    out += &match tally.open.len() {
        0 => format!("{} all {all} subjects are approved or exempted\n", paint.mark(Mark::Good)),
        n => {
            let list = names(paint, tally.open.iter().map(|(name, _)| name.as_str()));
            format!("{} {n} of {all} subjects need an approval: {list}\n", paint.mark(Mark::Warn))
        }
    };
    out
}

fn dropped(paint: Paint, gone: &Dropped) -> String {
    format!(
        "  dropped: {}'s statement about {}, {} ({})\n",
        paint.text(&gone.signer, 60),
        paint.text(&gone.subject, 60),
        phrase(paint, &gone.here),
        gone.rule.id
    )
}

/// What is left out, a line each.
pub fn left_out(paint: Paint, list: &[LeftOut]) -> String {
    list.iter()
        .map(|left| format!("  left out: {}, {}\n", paint.text(&left.name, 60), phrase(paint, &left.why)))
        .collect()
}

/// One statement as it is shown before it is signed.
pub fn draft(paint: Paint, draft: &Draft, target: &str, changed: &Phrase) -> String {
    let approval = &draft.approval;
    let mut out = format!(
        "  {}  {}  {}\n",
        paint.bold(&paint.text(&draft.name, 60)),
        paint.bold(approval.risk_tier.word()),
        paint.text(target, 120)
    );
    let sets = match approval.approved_toolsets.is_empty() {
        true => String::new(),
        false => {
            format!("; toolsets {}", names(paint, approval.approved_toolsets.iter().map(String::as_str)))
        }
    };
    let end = approval.expires_at.map_or(String::new(), |end| format!("; until {}", end.date()));
    out += &format!("    {}{sets}{end}\n", phrase(paint, changed));
    out
}

/// Why nothing may be signed, as a failure.
pub fn denied(denied: Denied, signer: &str) -> Failed {
    match denied {
        Denied::Toolset { word, known } => {
            Failed::no_toolset("toolsets.yaml", &word, known.iter().map(String::as_str))
        }
        Denied::NotInSet(tools) => {
            Failed::new("usage", "", format!("not in that toolset: {}", tools.join(", ")))
                .hint("leave them out, or put them in the toolset first")
        }
        Denied::WouldNotCount(list) => {
            let rule = list.first().map(|(_, rule, _)| *rule);
            let mut failed = Failed::new(
                "trust",
                "",
                format!("{signer}'s signature would not count, so nothing was signed"),
            );
            for (name, _, here) in list.iter().take(8) {
                failed = failed.why(format!("{name}: {}", here.plain()));
            }
            failed = failed.hint("cask trust show   (who may)");
            match rule {
                Some(rule) => failed.rule(rule),
                None => failed,
            }
        }
        Denied::Reason(tools) => {
            Failed::new("usage", "", format!("the owners ask for a reason to approve {}", tools.join(", ")))
                .hint("--reason TEXT")
        }
        Denied::TooLong(tool, longest) => Failed::new(
            "usage",
            "",
            format!("the owners let an approval of {tool} run until {} at most", longest.date()),
        )
        .hint(format!("--expires {}", longest.date())),
    }
}

/// Signatures that the verifier did not accept: nothing was written.
pub fn not_taken(list: &[NotTaken]) -> Failed {
    let mut failed = Failed::new("trust", "", "what was signed would not count, so nothing was written");
    for bad in list.iter().take(8) {
        failed = failed.why(format!("{}: {}", bad.name, bad.here.plain()));
    }
    match list.first() {
        Some(bad) => failed.rule(bad.rule),
        None => failed,
    }
}

/// Words that name no subject.
pub fn unknown(list: &[Unknown]) -> Failed {
    let mut failed =
        Failed::new("usage", "", "not every name is a tool of the toolpack, so nothing was signed");
    for fault in list.iter().take(8) {
        failed = match fault {
            Unknown::Nothing { word, near } if near.is_empty() => {
                failed.why(format!("{word:?} names nothing"))
            }
            Unknown::Nothing { word, near } => {
                failed.why(format!("{word:?} names nothing; near it: {}", near.join(", ")))
            }
            Unknown::Several { word, ids } => {
                failed.why(format!("{word:?} names several tools; name one by id: {}", ids.join(", ")))
            }
        };
    }
    failed.hint("cask gate status   (lists them)")
}

/// Words that name no tool that is gone.
pub fn not_gone(list: &[NotGone]) -> Failed {
    let mut failed = Failed::new("usage", "", "not every name is a tool that is gone, so nothing was signed");
    for fault in list.iter().take(8) {
        failed = match fault {
            NotGone::StillThere(word) => failed.why(format!("{word:?} is still in tools.json")),
            NotGone::Unknown { word, near } if near.is_empty() => {
                failed.why(format!("{word:?} is neither on the base nor in the lockfile"))
            }
            NotGone::Unknown { word, near } => failed.why(format!(
                "{word:?} is neither on the base nor in the lockfile; near it: {}",
                near.join(", ")
            )),
        };
    }
    failed
        .hint("take the tool out of tools.json first")
        .hint("cask gate block TOOL, to refuse one that stays")
}

//! What a page ends with: who does what next, which trust judged, what was looked at, and where it comes from.

use super::inline::{command, commit, list, names, run, say, source};
use crate::model::command::Command;
use crate::model::report::{Report, Step};
use crate::report::escape::link;
use crate::report::escape::markdown::{Info, Sink, code, fence, key_id};
use crate::report::words::{capital, not_asked};

/// Most signers in the line about trust.
const SIGNERS: usize = 20;

/// Who does what; commands that can be pasted stand in fences.
pub fn next(steps: &[Step]) -> Option<String> {
    match steps {
        [] => None,
        [step] => {
            let head = format!("**Next**: {}{}.", who(step), say(&step.text));
            Some([Some(head), commands(step, 0)].into_iter().flatten().collect::<Vec<_>>().join("\n\n"))
        }
        steps => {
            let mut blocks = vec!["**Next**".to_owned()];
            let last = steps.len() - 1;
            let mut items = Vec::new();
            let mut loose = None;
            for (i, step) in steps.iter().enumerate() {
                let head = format!("- **{}**{}: {}", capital(step.role.word()), by(step), say(&step.text));
                items.push(match (step.commands.as_slice(), i == last) {
                    ([], _) => format!("{head}."),
                    // The last one's commands stand beneath the list, where they are easy to copy.
                    (_, true) => {
                        loose = commands(step, 0);
                        format!("{head}.")
                    }
                    ([one], _) => format!("{head}: {}.", command(&one.at_root())),
                    _ => format!("{head}.\n\n{}\n", commands(step, 2).unwrap_or_default()),
                });
            }
            blocks[0].push('\n');
            blocks[0].push_str(&items.join("\n"));
            blocks.extend(loose);
            Some(blocks.join("\n\n"))
        }
    }
}

fn by(step: &Step) -> String {
    if step.who.is_empty() { String::new() } else { format!(" ({})", names(&step.who)) }
}

fn who(step: &Step) -> String {
    if step.who.is_empty() { String::new() } else { format!("{}: ", names(&step.who)) }
}

fn commands(step: &Step, indent: usize) -> Option<String> {
    if step.commands.is_empty() {
        return None;
    }
    let lead = " ".repeat(indent);
    let lines: Vec<String> = step.commands.iter().map(Command::at_root).collect();
    let fence = fence(Info::Text, &lines.join("\n"), Sink::Comment);
    Some(fence.lines().map(|line| format!("{lead}{line}")).collect::<Vec<_>>().join("\n"))
}

/// Which trust judged and which signatures count; what was looked at and what was not.
pub fn trust_and_coverage(report: &Report, coverage: bool) -> String {
    let mut lines = vec![format!("**Trust**: {}", trust(report))];
    // Whatever else is quiet: how much was called says what the rest is worth.
    lines.extend(report.coverage.map(|own| format!("**Coverage**: {}.", own.told())));
    if coverage && !report.looked_at.is_empty() {
        let unseen = match report.not_looked_at.as_slice() {
            [] => String::new(),
            some => format!(" Not looked at: {}.", list(some)),
        };
        lines.push(format!("**Looked at**: {}.{unseen}", list(&report.looked_at)));
    }
    lines.extend(report.notes.iter().map(|note| format!("**Note**: {}.", say(note))));
    lines.join("<br>")
}

fn trust(report: &Report) -> String {
    let publication = &report.publication;
    let Some(trust) = &report.trust else {
        let base = source(publication, &report.base);
        return match (report.owners_to_confirm.as_slice(), not_asked(report)) {
            ([], Some(why)) => format!("not asked: {why}."),
            ([], None) => "none: no signature was checked against a trust file.".to_owned(),
            _ => format!(
                "none on {base} (`trust.root-missing`). The trust file of this PR was read to show it, not to \
                 judge with it."
            ),
        };
    };
    let loose = if trust.anchored { "" } else { ", not anchored" };
    let own = if trust.head_version.is_some() { ", not with the one in this PR" } else { "" };
    let mut said = format!(
        "judged with {} version {} of {}{loose}{own}.",
        command(&trust.path),
        trust.version,
        source(publication, &trust.source)
    );
    if !trust.signers.is_empty() {
        let signers = trust.signers.iter().take(SIGNERS).map(|(id, keys)| {
            let keys: Vec<String> = keys.iter().take(3).map(|key| key_id(key)).collect();
            format!("{} {}", code(id, 60), keys.join(", ")).trim_end().to_owned()
        });
        said.push_str(&format!(" Signatures that count: {}", signers.collect::<Vec<_>>().join(", ")));
        if trust.signers.len() > SIGNERS {
            said.push_str(&format!(" and {} more", trust.signers.len() - SIGNERS));
        }
        said.push('.');
    }
    said
}

/// Version, head, run, and what was left out.
pub fn footer(report: &Report, shortened: Option<&str>) -> String {
    let publication = &report.publication;
    let mut parts = vec![format!("cask {}", report.tool_version)];
    let head = commit(publication, &publication.head);
    if !head.is_empty() {
        parts.push(format!("head {head}"));
    }
    if let Some(run) = run(publication) {
        parts.push(link::link("run and full report", Some(&run)));
    }
    parts.extend(shortened.map(|what| format!("shortened: {what}")));
    parts.push("`cask rules <id>` explains a rule".to_owned());
    format!("<sub>{}</sub>", parts.join(" · "))
}

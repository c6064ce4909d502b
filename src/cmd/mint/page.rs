//! What `cask mint` says: what was read, which tools came of it and how grave they are, what to look at, what comes
//! next. Strangers' words only through the terminal's escaper.

use std::collections::BTreeMap;

use super::sources::Read;
use crate::canon::Node;
use crate::canon::decode::decode;
use crate::cmd::ctx::Ctx;
use crate::cmd::gate::say;
use crate::cmd::observed::Recorded;
use crate::gate::sync::Tally;
use crate::mint::LeftOut;
use crate::model::exchange::Skip;
use crate::model::phrase::Phrase;
use crate::model::risk::{ReasonCode, RiskReason, RiskTier};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, lines};
use crate::report::words::{count, number};

/// Columns that labels take.
const LABEL: usize = 13;
/// Column at which names of tools begin.
const NAMES: usize = 17;
/// Most names of one tier, reasons and notes that are shown without `--verbose`.
const MOST_NAMES: usize = 40;
const MOST_HOSTS: usize = 4;
const MOST_REASONS: usize = 12;
const MOST_NOTES: usize = 12;

/// What is told.
pub struct Page<'a> {
    /// What was read.
    pub sources: &'a [Read],
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// The name of its scope.
    pub scope: &'a str,
    /// Operations and entries that the sources describe.
    pub described: usize,
    /// What of it was not taken in.
    pub left_out: &'a LeftOut,
    /// Operations that stay although no source described them this time.
    pub kept: usize,
    /// What that did to the lockfile.
    pub tally: &'a Tally,
    /// The toolpack's folder, as the user can type it.
    pub target: &'a str,
    /// How many files it has, and how many were written.
    pub files: usize,
    /// How many of them were not there with these bytes.
    pub changed: usize,
    /// Whether it is a new one.
    pub fresh: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether there is a trust file, by which somebody may approve it.
    pub has_trust: bool,
    /// What to look at.
    pub notes: &'a [&'a Phrase],
}

/// The page.
pub fn render(page: &Page, ctx: &Ctx) -> String {
    let mut out = Out { paint: ctx.paint(), width: ctx.width(), text: String::new() };
    let all = ctx.global.verbose;
    read(page, &mut out);
    tiers(page, &mut out, all);
    grave(page, &mut out, all);
    look(page, &mut out, all);
    closing(page, &mut out);
    out.text
}

struct Out {
    paint: Paint,
    width: usize,
    text: String,
}

impl Out {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A label and a text behind it, wrapped.
    fn labelled(&mut self, label: &str, text: &str, dye: impl Fn(Paint, &str) -> String) {
        let room = self.width.saturating_sub(LABEL);
        for (n, line) in lines(text, room).iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            let blanks = " ".repeat(LABEL.saturating_sub(columns(label)));
            let shown = format!("{}{blanks}{}", self.paint.dim(label), dye(self.paint, line));
            self.line(&shown);
        }
    }
}

fn plain(_: Paint, line: &str) -> String {
    line.to_owned()
}

fn read(page: &Page, out: &mut Out) {
    for (n, source) in page.sources.iter().enumerate() {
        let name = out.paint.text(&source.name, 80);
        let text = match source.recorded() {
            Some(recorded) => format!("{name}: {}", calls(recorded, source.how(), out.paint)),
            None => format!("{name}: {}", source.label()),
        };
        out.labelled(if n == 0 { "read" } else { "" }, &text, plain);
    }
    page.sources.iter().filter_map(Read::recorded).for_each(|recorded| taken_out(recorded, out));
    let left = page.left_out;
    let mut parts = Vec::new();
    let elsewhere: usize = left.hosts.values().sum();
    if elsewhere > 0 {
        parts.push(format!("{} on {}", count(elsewhere, "operation"), count(left.hosts.len(), "other host")));
    }
    if left.scope > 0 {
        parts.push(format!("{} outside of the scope {}", number(left.scope), out.paint.text(page.scope, 64)));
    }
    if left.unchosen > 0 {
        parts.push(format!("{} not chosen", number(left.unchosen)));
    }
    if !parts.is_empty() {
        out.labelled("left out", &parts.join(", "), plain);
    }
    if page.kept > 0 {
        let kept = format!("{} that no source of this run describes", count(page.kept, "operation"));
        out.labelled("kept", &kept, plain);
    }
    let tools = page.pack.manifest.tools.len();
    let text = format!("{} from {}", count(tools, "tool"), count(page.described, "operation"));
    out.labelled("understood", &text, plain);
}

fn tiers(page: &Page, out: &mut Out, all: bool) {
    let mut by_tier: BTreeMap<RiskTier, Vec<&Tool>> = BTreeMap::new();
    for tool in &page.pack.manifest.tools {
        by_tier.entry(tool.tier).or_default().push(tool);
    }
    let digits = by_tier.values().map(|tools| number(tools.len()).len()).max().unwrap_or(1).max(5);
    out.line("");
    let head = format!("  risk{}tools", " ".repeat(digits - 1));
    let head = out.paint.dim(&head);
    out.line(&head);
    for (tier, tools) in by_tier.iter().rev() {
        let most = if all { usize::MAX } else { MOST_NAMES };
        let mut names: Vec<String> =
            tools.iter().take(most).map(|tool| out.paint.text(&tool.name, 64)).collect();
        if tools.len() > most {
            names.push(format!("and {} more (--verbose lists them)", number(tools.len() - most)));
        }
        let lead = format!("  {:<8}{:>width$}  ", tier.word(), number(tools.len()), width = digits);
        let start = columns(&lead).max(NAMES);
        let room = out.width.saturating_sub(start + 2);
        let mut line = String::new();
        let mut first = true;
        for name in names {
            if !line.is_empty() && columns(&line) + 2 + columns(&name) > room {
                flush(out, &lead, start, &line, &mut first);
                line.clear();
            }
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&name);
        }
        flush(out, &lead, start, &line, &mut first);
    }
}

fn flush(out: &mut Out, lead: &str, start: usize, line: &str, first: &mut bool) {
    let head = if *first { lead.to_owned() } else { String::new() };
    let blanks = " ".repeat(start.saturating_sub(columns(&head)));
    out.line(&format!("{head}{blanks}{line}"));
    *first = false;
}

/// Why tools are grave: the reasons that gave them their tier.
fn grave(page: &Page, out: &mut Out, all: bool) {
    for tier in [RiskTier::Critical, RiskTier::High] {
        let of_tier = page.pack.manifest.tools.iter().filter(|tool| tool.tier == tier);
        let tools: Vec<&Tool> = of_tier.collect();
        if tools.is_empty() {
            continue;
        }
        out.line("");
        let most = if all { usize::MAX } else { MOST_REASONS };
        let wide = tools.iter().take(most).map(|tool| columns(&tool.name)).max().unwrap_or(0).min(32);
        for (n, tool) in tools.iter().take(most).enumerate() {
            let label = if n == 0 { format!("why {}", tier.word()) } else { String::new() };
            let name = out.paint.text(&tool.name, 64);
            let blanks = " ".repeat((wide + 2).saturating_sub(columns(&name)).max(2));
            out.labelled(&label, &format!("{name}{blanks}{}", out.paint.text(&why(tool), 200)), plain);
        }
        if tools.len() > most {
            let more = format!("and {} more (--verbose lists them)", number(tools.len() - most));
            out.labelled("", &more, plain);
        }
    }
}

/// How it is called, and the evidence of the reasons that gave it its tier: each word once.
fn why(tool: &Tool) -> String {
    let reasons = tool.raw.get("risk_reasons").map(Node::items).unwrap_or_default();
    let read = |node| decode::<RiskReason>("tools.json", node).ok();
    let mut parts = vec![tool.method.clone()];
    for reason in reasons.iter().filter_map(read).filter(|reason| reason.tier == tool.tier) {
        for evidence in reason.because.split(", ") {
            let part = match (reason.code, evidence.rsplit_once("word ")) {
                // The method says so already.
                (ReasonCode::EffectRead | ReasonCode::EffectWrite | ReasonCode::EffectDelete, _) => continue,
                (_, Some((_, word))) if word.eq_ignore_ascii_case(&tool.method) => continue,
                (_, Some((_, word))) => format!("word \"{word}\""),
                (ReasonCode::PersonalDataIn, None) => format!("takes personal data ({evidence})"),
                (ReasonCode::PersonalDataOut, None) => format!("gives personal data ({evidence})"),
                (ReasonCode::SecretOut, None) => format!("hands out a secret ({evidence})"),
                (_, None) => evidence.to_owned(),
            };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.join(", ")
}

fn look(page: &Page, out: &mut Out, all: bool) {
    let mut told: Vec<String> = page.notes.iter().map(|note| say::phrase(out.paint, note)).collect();
    if !page.tally.removed.is_empty() {
        let names = say::names(out.paint, page.tally.removed.iter().map(String::as_str));
        told.push(format!(
            "gone, and still in the lockfile: {names}; `cask gate withdraw` signs that they go"
        ));
    }
    if told.is_empty() {
        return;
    }
    out.line("");
    let head = format!("! {} to look at", count(told.len(), "thing"));
    let head = out.paint.yellow(&head);
    out.line(&head);
    let most = if all { usize::MAX } else { MOST_NOTES };
    let room = out.width.saturating_sub(4);
    for note in told.iter().take(most) {
        for (n, line) in lines(note, room).iter().enumerate() {
            out.line(&format!("{}{line}", if n == 0 { "  " } else { "    " }));
        }
    }
    if told.len() > most {
        out.line(&format!("  and {} more (--verbose lists them)", number(told.len() - most)));
    }
}

fn closing(page: &Page, out: &mut Out) {
    out.line("");
    let target = out.paint.text(page.target, 200);
    let tools = page.pack.manifest.tools.len();
    let open = page.tally.open.iter().filter(|(name, _)| name != "(surface)").count();
    let state = match (open, page.fresh) {
        (0, _) if page.tally.open.is_empty() => "everything is approved".to_owned(),
        (0, _) => "its tools are approved, its surface is not".to_owned(),
        (_, true) => "nothing approved yet".to_owned(),
        (open, false) => format!("{} of {} not approved", number(open), count(tools, "tool")),
    };
    let (label, text) = match (page.dry_run, page.changed) {
        (true, n) => ("would write", format!("{target} ({}), {state}", count(n, "file"))),
        (false, 0) => ("as it was", format!("{target} ({}), {state}", count(page.files, "file"))),
        (false, n) => ("written", format!("{target} ({}), {state}", count(n, "file"))),
    };
    let pad = " ".repeat(LABEL.saturating_sub(columns(label)));
    let label = if page.changed > 0 { out.paint.green(label) } else { out.paint.dim(label) };
    out.line(&format!("{label}{pad}{text}"));
    let mut next = Vec::new();
    if page.dry_run {
        return;
    }
    if !page.tally.open.is_empty() {
        next.push(match page.has_trust {
            true => format!("cask gate review --toolpack {target}"),
            false => "cask init".to_owned(),
        });
    }
    if page.changed > 0 {
        next.push(format!("git add {target}"));
    }
    for (n, command) in next.iter().enumerate() {
        let label = if n == 0 { "next" } else { "" };
        let blanks = " ".repeat(LABEL - label.len());
        let shown = format!("{}{blanks}{}", out.paint.dim(label), out.paint.bold(command));
        out.line(&shown);
    }
}

/// How many calls were read, and how many of them were to the API.
fn calls(recorded: &Recorded, how: &str, paint: Paint) -> String {
    let counts = &recorded.counts;
    let hosts: Vec<String> =
        recorded.hosts.iter().take(MOST_HOSTS).map(|host| paint.text(host, 80)).collect();
    let more = recorded.hosts.len().saturating_sub(MOST_HOSTS);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let how = if recorded.inferred { format!(" ({how}; name others with -a)") } else { String::new() };
    let to = if hosts.is_empty() { String::new() } else { format!(" to {}{more}{how}", hosts.join(", ")) };
    format!("{}, {}{to}", count(size(counts.read), "call"), number(size(counts.kept)))
}

/// The word for one or for several.
fn several(class: &str, n: u64) -> String {
    let end = if class.ends_with('s') { "es" } else { "s" };
    if n == 1 { class.to_owned() } else { format!("{class}{end}") }
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// What of the calls was left out, and what was taken out of those that stayed: counts, never a value.
fn taken_out(recorded: &Recorded, out: &mut Out) {
    let counts = &recorded.counts;
    let left: Vec<String> = counts
        .skipped
        .iter()
        .map(|(reason, n)| match reason {
            Skip::OtherHost => {
                format!("{} to {}", number(size(*n)), count(counts.other_hosts.len().max(1), "other host"))
            }
            other => format!("{} {}", number(size(*n)), other.about()),
        })
        .collect();
    if !left.is_empty() {
        out.labelled("left out", &left.join(", "), plain);
    }
    let taken: Vec<String> = counts
        .redacted
        .iter()
        // A summary says its classes itself.
        .map(|(class, n)| format!("{} {}", number(size(*n)), several(&out.paint.text(class, 64), *n)))
        .collect();
    if !taken.is_empty() {
        out.labelled("redacted", &taken.join(", "), plain);
    }
    for warning in &recorded.warnings {
        let warning = out.paint.text(warning, 200);
        out.labelled("unread", &warning, plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_for_one_or_for_several() {
        assert_eq!(
            (several("named secret", 1), several("network address", 2)),
            ("named secret".to_owned(), "network addresses".to_owned())
        );
    }
}

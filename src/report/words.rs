//! The wording that all formats share: verdict, title, the sentence under it, numbers. Words and counts of
//! ours only; nothing that a stranger wrote.

use std::collections::BTreeMap;

use super::row::{Class, Row};
use super::view::View;
use crate::canon::digest::is_hex64;
use crate::canon::time::Timestamp;
use crate::model::finding::{Covers, Finding, SubjectKind};
use crate::model::gate_config::FailOn;
use crate::model::lockfile::Status;
use crate::model::report::{Report, Verdict};
use crate::model::verified::State;
use crate::rules::{self, Axis, Rule, Severity, gate, op};

/// The command that compares with the world: nobody proposes anything there, and nobody approves.
const DRIFT: &str = "drift";
const LINT: &str = "lint";
/// The command that holds a toolpack against what was written down for it.
const VERIFY: &str = "verify";

/// What a repository's first trust file means, and what to do about it now.
pub const FIRST: &str = "The base branch has no trust file yet, so nothing here could be checked against it. This \
    PR brings one. After the merge, every later PR is judged with it: confirm each key now, by another way than \
    this PR.";

/// A number with a comma every three digits.
pub fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", number(n)) }
}

/// The text with a capital at its start.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A whole fingerprint as two lines of eight groups of four, to be compared by voice.
pub fn fingerprint(digest: &str) -> Option<Vec<String>> {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    if !is_hex64(hex) {
        return None;
    }
    let groups: Vec<&str> = (0..16).filter_map(|i| hex.get(4 * i..4 * i + 4)).collect();
    Some(groups.chunks(8).map(|line| line.join(" ")).collect())
}

/// The word for the whole, as people read it.
pub fn verdict(report: &Report) -> &'static str {
    match report.verdict {
        Verdict::Pass => "Passed",
        Verdict::Review => "Review",
        // Nothing was proposed, so nothing is blocked.
        Verdict::Breaking if report.command == DRIFT => "Drifted",
        Verdict::Breaking if report.exit_code() == 0 && report.fail_on == FailOn::Never => "Would block",
        Verdict::Breaking => "Blocked",
        Verdict::Error => "Not judged",
    }
}

/// What the title says after the verdict: counts with their whole.
pub fn title(report: &Report, view: &View) -> String {
    match report.verdict {
        Verdict::Error => "nothing was found because nothing was looked at".to_owned(),
        _ if !report.owners_to_confirm.is_empty() && view.count(Class::Stops) == 0 => {
            format!("first adoption, {} to confirm", count(report.owners_to_confirm.len(), "key"))
        }
        Verdict::Breaking if report.command == DRIFT => drifted(report, view),
        // A state by itself: nothing was proposed, and nobody was asked.
        _ if report.command == LINT => stated(view),
        _ if report.command == VERIFY && report.verified.is_some() => verified(report),
        Verdict::Breaking => blocked(report, view),
        Verdict::Pass | Verdict::Review => settled(report, view),
    }
}

/// How many of what was locked no longer match it.
fn drifted(report: &Report, view: &View) -> String {
    let grave: Vec<&Row> = view.rows.iter().filter(|row| row.severity >= Severity::High).collect();
    let one = match grave.iter().all(|row| row.subject.kind == SubjectKind::Tool) {
        true => "tool",
        false => "operation",
    };
    let whole = report.packs.iter().map(|pack| pack.tools).sum::<usize>().max(grave.len());
    let (verb, locked) = (
        if grave.len() == 1 { "matches" } else { "match" },
        if one == "tool" { "approved" } else { "locked" },
    );
    format!("{} of {} no longer {verb} what was {locked}", number(grave.len()), count(whole, one))
}

/// How many of what was checked hold.
fn verified(report: &Report) -> String {
    let sections = report.verified.iter().flat_map(|own| &own.packs).flat_map(|pack| &pack.sections);
    let [pass, fail, unknown] = sections.fold([0; 3], |[pass, fail, unknown], own| {
        let of = |state| own.count(state);
        [pass + of(State::Pass), fail + of(State::Fail), unknown + of(State::Unknown)]
    });
    let all = count(pass + fail + unknown, "check");
    match (fail, unknown) {
        (0, 0) => format!("what was checked holds, {all}"),
        (0, open) => format!("{} of {all} can't be told", number(open)),
        (fail, 0) => format!("{} of {all} do not hold", number(fail)),
        (fail, open) => format!("{} of {all} do not hold, {} can't be told", number(fail), number(open)),
    }
}

/// How much there is to say about a state.
fn stated(view: &View) -> String {
    let findings = || view.rows.iter().flat_map(|row| &row.findings);
    let grave = findings().filter(|f| f.severity >= Severity::High).count();
    match (findings().count(), grave) {
        (0, _) => "nothing that a rule speaks about".to_owned(),
        (1, 0) => "1 thing to look at".to_owned(),
        (n, 0) => format!("{} things to look at", number(n)),
        (n, grave) if n == grave => format!("{} of high severity or above", count(n, "finding")),
        (n, grave) => format!("{} of {} of high severity or above", number(grave), count(n, "finding")),
    }
}

fn blocked(report: &Report, view: &View) -> String {
    let stops = view.count(Class::Stops);
    if stops == 0 {
        let grave = view.rows.iter().filter(|row| row.severity >= Severity::High).count();
        return format!("{} of high severity or above", count(grave, "change"));
    }
    let changed = view.of_class(Class::Stops).any(Row::is_change);
    let tools = view.of_class(Class::Stops).all(|row| row.subject.kind == SubjectKind::Tool);
    let (one, whole) = if changed {
        ("change", view.rows.iter().filter(|row| row.is_change() || row.class == Class::Stops).count())
    } else if tools {
        let all = report.standings.iter().filter(|s| s.subject.kind == SubjectKind::Tool).count();
        ("tool", all.max(stops))
    } else {
        ("subject", report.standings.len().max(stops))
    };
    let verb = if stops == 1 { "has" } else { "have" };
    if whole == 1 {
        return format!("1 {one} has no valid approval");
    }
    format!("{} of {} {verb} no valid approval", number(stops), count(whole, one))
}

fn settled(report: &Report, view: &View) -> String {
    let changes = view.rows.iter().filter(|row| row.is_change());
    let (n, approved) = changes.fold((0, 0), |(n, approved), row| {
        (n + 1, approved + usize::from(row.seats().is_some_and(|(have, need)| have >= need)))
    });
    let mut parts = Vec::new();
    match (n, approved) {
        (0, _) => {}
        (1, 1) => parts.push("1 change, approved".to_owned()),
        (2, 2) => parts.push("2 changes, both approved".to_owned()),
        (n, a) if n == a => parts.push(format!("{}, all approved", count(n, "change"))),
        (n, 0) => parts.push(format!("{} to look at", count(n, "change"))),
        (n, a) => parts.push(format!("{}, {} approved", count(n, "change"), number(a))),
    }
    let ending = view.ending();
    if let Some(first) = ending.first().and_then(|f| f.ends) {
        // What an owner let in unseen is no approval.
        let is_let_in = ending.iter().all(|finding| finding.rule == gate::EXEMPTED);
        let what = if is_let_in { "exemption" } else { "approval" };
        parts.push(match ending.len() {
            1 => format!("1 {what} ends on {}", first.date()),
            n => format!("{} end, the first on {}", count(n, what), first.date()),
        });
    }
    let other =
        view.rows.iter().filter(|row| !row.is_change() && row.findings.iter().all(|f| f.ends.is_none()));
    match other.count() {
        0 => {}
        n => parts.push(format!("{} to know", count(n, "thing"))),
    }
    let uncalled = view.rows.iter().flat_map(|row| &row.findings).all(|f| f.rule == op::NOT_OBSERVED);
    match (parts.is_empty(), report.command) {
        // What nobody called is no change, and no word of what it is now.
        (_, DRIFT) if uncalled && let Some(coverage) = report.coverage => {
            format!("what was called is as it was locked, {}", coverage.looked_at())
        }
        (true, "gate check") => "everything here is approved".to_owned(),
        (true, DRIFT) => "everything is as it was locked".to_owned(),
        (true, "diff") => "nothing changed that a rule speaks about".to_owned(),
        (true, _) => "nothing changed that needs an approval".to_owned(),
        (false, _) => parts.join("; "),
    }
}

/// The sentences under the title: what an agent could do now, and who did not sign.
pub fn consequence(report: &Report, view: &View) -> Vec<String> {
    let mut said = Vec::new();
    let clauses = clauses(view);
    match clauses.as_slice() {
        [] => {}
        [one] => said.push(format!("{}.", capital(one))),
        [one, two, ..] => said.push(format!("{}, and {two}.", capital(one))),
    }
    if report.verdict == Verdict::Breaking {
        said.extend(unsigned(view).filter(|_| report.command != LINT));
        if report.exit_code() == 0 {
            said.push("This step passes because fail-on is never.".to_owned());
        }
    } else if report.verdict == Verdict::Review && !view.rows.is_empty() {
        let signed = view.rows.iter().filter(|row| row.is_change()).all(|row| row.class == Class::Approved);
        if signed && view.changes() > 0 {
            said.push("The people who may allow that have signed.".to_owned());
        }
        said.push(match report.exit_code() {
            0 => "Nothing stops the merge; look at it once.".to_owned(),
            _ => "This step fails because fail-on is any.".to_owned(),
        });
    }
    said
}

/// The clauses of the gravest two findings that say different things: of two parts of a subject, or of two
/// subjects. Trust speaks only where nothing else does: who did not sign has a sentence of its own.
fn clauses(view: &View) -> Vec<&'static str> {
    let stops = view.count(Class::Stops) > 0;
    let rows = view.rows.iter().filter(|row| !stops || row.class == Class::Stops);
    let mut findings: Vec<&Finding> = rows.flat_map(|row| &row.findings).copied().collect();
    findings.sort_by_key(|f| (f.rule.is_on(Axis::Trust), std::cmp::Reverse(f.severity)));
    let Some(first) = findings.first() else { return Vec::new() };
    let other = |f: &&&Finding| {
        let apart = f.subject != first.subject || f.aspect != first.aspect;
        apart && f.rule.clause != first.rule.clause && f.severity >= Severity::Medium
    };
    std::iter::once(first).chain(findings.iter().find(other)).map(|f| f.rule.clause).collect()
}

/// Why a command asks for no trust, where that is so.
pub fn not_asked(report: &Report) -> Option<&'static str> {
    match report.command {
        "diff" => Some("this is about changes, not approvals"),
        DRIFT | LINT => Some("this is about what is there, not approvals"),
        VERIFY => Some("this is about what holds, not approvals"),
        _ => None,
    }
}

/// Which kinds of subject are not signed.
fn unsigned(view: &View) -> Option<String> {
    let rows: Vec<&Row> = view.of_class(Class::Stops).collect();
    let named = |kind: SubjectKind, words: &'static str| {
        rows.iter().any(|row| row.subject.kind == kind).then(|| words.to_owned())
    };
    let tools: Vec<&&Row> = rows.iter().filter(|row| row.subject.kind == SubjectKind::Tool).collect();
    let of = |word: &str, n: usize| match n {
        0 => None,
        1 => Some(format!("1 {word} tool")),
        n => Some(format!("{} {word} tools", number(n))),
    };
    let new = tools.iter().filter(|row| is_new(row)).count();
    let gone = tools.iter().filter(|row| row.findings.iter().any(|f| f.covers == Covers::Withdrawal)).count();
    let changed = tools.iter().filter(|row| row.is_change()).count().saturating_sub(new + gone);
    let still = tools.len().saturating_sub(new + gone + changed);
    let parts: Vec<String> = [
        of("changed", changed),
        of("new", new),
        of("removed", gone),
        of("unchanged", still),
        named(SubjectKind::Policy, "the policy"),
        named(SubjectKind::Toolset, "the toolsets"),
        named(SubjectKind::Host, "the hosts"),
        named(SubjectKind::Server, "the server"),
        named(SubjectKind::Prompt, "the prompts"),
        named(SubjectKind::Resource, "the resources"),
        named(SubjectKind::Template, "the templates"),
        named(SubjectKind::Surface, "the surface"),
        named(SubjectKind::Toolpack, "the toolpack"),
        named(SubjectKind::Lockfile, "the lockfile"),
        named(SubjectKind::Trust, "the trust file"),
        named(SubjectKind::GateConfig, "the gate configuration"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (last, rest) = parts.split_last()?;
    let subject = if rest.is_empty() { last.clone() } else { format!("{} and {last}", rest.join(", ")) };
    let many = !rest.is_empty() || !(last.starts_with("1 ") || last.starts_with("the "));
    let none = rows.iter().all(|row| row.seats().is_none_or(|(have, _)| have == 0));
    let verb = match (none, many || last.starts_with("the ") && last.ends_with('s')) {
        (true, true) => "carry no signature that counts",
        (true, false) => "carries no signature that counts",
        (false, true) => "lack signatures that they need",
        (false, false) => "lacks a signature that it needs",
    };
    Some(format!("{} {verb}.", capital(&subject)))
}

/// Changes of one rule and severity.
#[derive(Debug)]
pub struct ByRule {
    /// The rule.
    pub rule: &'static Rule,
    /// How grave they are.
    pub severity: Severity,
    /// Findings of it.
    pub changes: usize,
    /// Those without a valid approval.
    pub missing: usize,
}

/// Whether there are so many changes that a table of rules comes first.
pub fn by_rule_first(view: &View) -> bool {
    view.rows.len() > 50
}

/// The changes by rule: what is not approved first, then gravest first, then in the order of the catalogue.
pub fn by_rule(view: &View) -> Vec<ByRule> {
    let mut found: BTreeMap<(usize, Severity), ByRule> = BTreeMap::new();
    for finding in view.rows.iter().flat_map(|row| &row.findings) {
        let rule = finding.rule;
        let line = found.entry((rules::order(rule), finding.severity)).or_insert(ByRule {
            rule,
            severity: finding.severity,
            changes: 0,
            missing: 0,
        });
        line.changes += 1;
        line.missing += usize::from(finding.approval.waits());
    }
    let mut lines: Vec<ByRule> = found.into_values().collect();
    lines.sort_by_key(|line| (line.missing == 0, std::cmp::Reverse(line.severity)));
    lines
}

/// How many tools an owner let in without an approval, and when the first exemption ends.
pub fn exempted(report: &Report) -> Option<(usize, Option<Timestamp>)> {
    let tools = || {
        let exempted = report.standings.iter().filter(|s| s.status == Status::Exempted);
        exempted.filter(|s| s.subject.kind == SubjectKind::Tool)
    };
    let n = tools().count();
    (n > 0).then(|| (n, tools().filter_map(|s| s.until).min()))
}

/// What all that was looked at is, where nothing is wrong with it.
pub fn as_signed(report: &Report) -> &'static str {
    match exempted(report) {
        Some(_) => "as approved or exempted",
        None => "as approved",
    }
}

/// Whether the row is about a tool that was not there before.
pub fn is_new(row: &Row) -> bool {
    let rule = |f: &Finding| f.rule == rules::tool::ADDED || rules::op::ADDED.contains(&f.rule);
    row.findings.iter().any(|f| !f.facts.is_empty() || rule(f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(
            ["5", "79", "999", "1,000", "4,921", "1,234,567"].map(str::to_owned),
            [5, 79, 999, 1000, 4921, 1_234_567].map(number)
        );
        assert_eq!(
            (count(1, "key"), count(0, "key"), count(2_000, "key")),
            ("1 key".into(), "0 keys".into(), "2,000 keys".into())
        );
        assert_eq!((capital("an agent"), capital("")), ("An agent".into(), String::new()));
    }
}

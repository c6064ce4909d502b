//! Risk management: what holds calls back, by the policy as it is served, lint, and what was refused.

use std::collections::BTreeMap;

use super::claim::{Ask, Row, Told, count, named};
use super::input::Input;
use crate::model::compliance::facts::{Asks, Inventory, Linted, Risks};
use crate::model::phrase::Phrase;
use crate::model::policy::DefaultAction;

/// What is claimed of it.
pub const CLAIMS: &[Row] = &[
    Row {
        id: "deny-by-default",
        statement: "a call that no rule of the policy speaks of is denied",
        articles: &[9, 15],
        judge: deny_by_default,
    },
    Row {
        id: "changes-confirmed",
        statement: "a person is asked before each call of a tool that changes something",
        articles: &[9, 14],
        judge: changes_confirmed,
    },
    Row {
        id: "calls-limited",
        statement: "every tool is limited in how often it can be called",
        articles: &[9, 15],
        judge: calls_limited,
    },
    Row { id: "lint-clean", statement: "lint finds nothing", articles: &[9, 15], judge: lint_clean },
];

/// What holds calls back.
pub fn facts(input: &Input, inventory: &Inventory) -> Risks {
    let mut risks = Risks {
        default_action: match input.pack.policy.default_action {
            DefaultAction::Allow => "allow",
            DefaultAction::Deny => "deny",
        },
        policy_rules: input.pack.policy.rules.len(),
        lint: linted(input),
        blocked: input.trail.map(|trail| {
            let mut blocked: BTreeMap<String, u64> = BTreeMap::new();
            for refused in &trail.refusals {
                *blocked.entry(refused.reason_code.clone()).or_default() += refused.count;
            }
            blocked
        }),
        ..Risks::default()
    };
    for tool in &inventory.tools {
        *risks.by_tier.entry(tool.risk).or_default() += 1;
    }
    let changing = || inventory.tools.iter().filter(|tool| tool.changes_state);
    risks.changing = changing().count();
    let unasked = changing().filter(|tool| tool.asks == Asks::NotAlways);
    risks.changing_unasked = unasked.map(|tool| tool.name.clone()).collect();
    risks
}

/// What lint finds, by rule, the gravest first.
fn linted(input: &Input) -> Vec<Linted> {
    let mut rows: BTreeMap<&'static str, Linted> = BTreeMap::new();
    for finding in input.lint {
        let rule = finding.rule;
        let new = Linted { rule: rule.id, severity: finding.severity, count: 0, title: rule.title };
        let row = rows.entry(rule.id).or_insert(new);
        row.count += 1;
        row.severity = row.severity.max(finding.severity);
    }
    let mut rows: Vec<Linted> = rows.into_values().collect();
    rows.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(b.rule)));
    rows
}

fn deny_by_default(ask: &Ask) -> Told {
    let allows = ask.input.pack.policy.default_action == DefaultAction::Allow;
    let why = format!(
        "the default is {}, with {}",
        ask.risks.default_action,
        count(ask.risks.policy_rules, "rule")
    );
    Told::unless(allows, Phrase::say(why)).by(ask.own(&ask.input.pack.header.policy, "`default_action`"))
}

fn changes_confirmed(ask: &Ask) -> Told {
    let (all, unasked) = (ask.risks.changing, &ask.risks.changing_unasked);
    let why = match (all, unasked.is_empty()) {
        (0, _) => Phrase::say("no tool changes something with every call"),
        (_, true) => Phrase::say(format!("{}, each asks or is denied", count(all, "such tool"))),
        (_, false) => Phrase::say(format!("{} of {all} do not ask: ", unasked.len()))
            .and(named(unasked.iter().map(String::as_str))),
    };
    let header = &ask.input.pack.header;
    Told::unless(!unasked.is_empty(), why)
        .by(ask.own(&header.policy, "the rules, decided as the server decides a call"))
        .by(ask.own(&header.tools, "`confirmation` and the tier of every action"))
}

fn calls_limited(ask: &Ask) -> Told {
    let tools = &ask.inventory.tools;
    if tools.is_empty() {
        return Told::unknown("the toolpack has no tool");
    }
    let free = tools.iter().filter(|t| !t.limited && t.asks != Asks::Denied);
    let free: Vec<&str> = free.map(|t| t.name.as_str()).collect();
    let why = match free.is_empty() {
        true => Phrase::say(format!("{}, each limited or denied", count(tools.len(), "tool"))),
        false => Phrase::say(format!("{} of {} are not: ", free.len(), tools.len()))
            .and(named(free.iter().copied())),
    };
    let header = &ask.input.pack.header;
    Told::unless(!free.is_empty(), why)
        .by(ask.own(&header.policy, "budgets and the limit over all tools"))
        .by(ask.own(&header.tools, "the limit of every action"))
}

fn lint_clean(ask: &Ask) -> Told {
    let lint = &ask.risks.lint;
    let all: usize = lint.iter().map(|row| row.count).sum();
    let why = match lint.first() {
        None => Phrase::say("nothing was found"),
        Some(worst) => Phrase::say(format!(
            "{}, the gravest {} (`{}`)",
            count(all, "finding"),
            worst.severity.word(),
            worst.rule
        )),
    };
    let told = Told::unless(!lint.is_empty(), why);
    if lint.is_empty() {
        let header = &ask.input.pack.header;
        let all = [&header.tools, &header.policy, &header.toolsets, &header.baseline];
        return all.into_iter().fold(told, |told, file| told.by(ask.own(file, "what `cask lint` looked at")));
    }
    ask.input
        .lint
        .iter()
        .map(|finding| finding.place.file.as_str())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .fold(told, |told, file| told.by(ask.at(file, "what `cask lint` names")))
}

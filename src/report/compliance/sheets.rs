//! The facts of a compliance report as sentences and tables, for every format that people read.

use crate::model::compliance::Compliance;
use crate::model::compliance::facts::{Listed, Signed, Statement};
use crate::model::lockfile::SURFACE;
use crate::model::phrase::Phrase;
use crate::report::words::{count, number};

/// The facts of a section.
pub struct Facts {
    /// What there is, in sentences.
    pub lines: Vec<Phrase>,
    /// And in tables.
    pub sheets: Vec<Sheet>,
}

/// A table.
pub struct Sheet {
    /// What it is of.
    pub title: &'static str,
    /// Heads of its columns.
    pub heads: &'static [&'static str],
    /// Its rows, the weightiest first.
    pub rows: Vec<Vec<Phrase>>,
}

/// The facts of each section, in the order of the report.
pub fn facts(report: &Compliance) -> [Facts; 5] {
    [oversight(report), inventory(report), risks(report), accuracy(report), trail(report)]
}

fn say(text: impl Into<std::borrow::Cow<'static, str>>) -> Phrase {
    Phrase::say(text)
}

fn name(id: &str, name: &str) -> Phrase {
    if id == SURFACE { say("(surface)") } else { Phrase::quote(name) }
}

fn oversight(report: &Compliance) -> Facts {
    let facts = &report.human_oversight.facts;
    let mut lines = Vec::new();
    if let Some(trust) = &facts.trust {
        let read = Phrase::say(format!("trust file version {}, ", trust.version)).and_quote(&trust.digest);
        lines.push(read.and_say(", read from ").and_quote(&trust.source));
    }
    let by: Vec<String> = facts.by_status.iter().map(|(status, n)| format!("{n} {status}")).collect();
    if !by.is_empty() {
        lines.push(say(format!("signed subjects: {}", by.join(", "))));
    }
    if !facts.approvers.is_empty() {
        lines.push(say("signatures that count are by ").and(Phrase::list(&facts.approvers)));
    }
    if !facts.withdrawn.is_empty() {
        lines.push(say(format!("{} withdrawn", count(facts.withdrawn.len(), "tool"))));
    }
    let subject = |s: &Signed| {
        vec![
            name(&s.id, &s.name),
            say(s.risk.word()),
            say(s.status.word()),
            say(format!("{} of {}", s.have, s.need)),
            say(s.until.map_or("-".to_owned(), |end| end.date())),
        ]
    };
    let statement = |(s, one): (&Signed, &Statement)| {
        vec![
            name(&s.id, &s.name),
            say(format!("{} on {}", one.decision.word(), one.signed_at.date())),
            Phrase::quote(&one.signer).and_say(" ").and_quote(&one.key_id),
            say(if one.verified { "yes" } else { "no" }),
            match (&one.why, one.refused_by) {
                (None, _) => say("yes"),
                (Some(why), Some(rule)) => say(format!("no, `{rule}`: ")).and(why.clone()),
                (Some(why), None) => say("no: ").and(why.clone()),
            },
            Phrase::quote(&one.reason),
        ]
    };
    let statements = facts.subjects.iter().flat_map(|s| s.statements.iter().map(move |one| (s, one)));
    Facts {
        lines,
        sheets: vec![
            Sheet {
                title: "Signed subjects",
                heads: &["Subject", "Risk", "Status", "Signed", "Until"],
                rows: facts.subjects.iter().map(subject).collect(),
            },
            Sheet {
                title: "Signatures",
                heads: &["Subject", "Says", "By, with key", "Verified", "Counts", "Reason"],
                rows: statements.map(statement).collect(),
            },
        ],
    }
}

fn inventory(report: &Compliance) -> Facts {
    let facts = &report.tool_inventory.facts;
    let tool = |t: &Listed| {
        vec![
            Phrase::quote(&t.name),
            say(t.risk.word()),
            say("").and_quote(format!("{} {}{}", t.method, t.host, t.path)),
            say(if t.changes_state { "yes" } else { "no" }),
            say(t.asks.words()),
            Phrase::list(&t.toolsets),
            say(t.status.map_or("not known", |status| status.word())),
            Phrase::quote(&t.description),
        ]
    };
    let host = |h: &crate::model::compliance::facts::Host| {
        let allowed = if h.allowed { "yes" } else { "no" };
        vec![Phrase::quote(&h.host), say(allowed), say(number(h.tools))]
    };
    Facts {
        lines: vec![say(format!(
            "{} at {}",
            count(facts.tools.len(), "tool"),
            count(facts.hosts.len(), "host")
        ))],
        sheets: vec![
            Sheet {
                title: "Tools",
                heads: &["Tool", "Risk", "Calls", "Changes", "Person asked", "Toolsets", "Approval", "Says"],
                rows: facts.tools.iter().map(tool).collect(),
            },
            Sheet {
                title: "Hosts",
                heads: &["Host", "Allowed", "Tools"],
                rows: facts.hosts.iter().map(host).collect(),
            },
        ],
    }
}

fn risks(report: &Compliance) -> Facts {
    let facts = &report.risk_management.facts;
    let tiers: Vec<String> = facts.by_tier.iter().rev().map(|(tier, n)| format!("{n} {tier}")).collect();
    let mut lines = Vec::new();
    if !tiers.is_empty() {
        lines.push(say(format!("tools by risk: {}", tiers.join(", "))));
    }
    lines.push(say(format!(
        "the policy has {}; what none of them speaks of it does this with: {}",
        count(facts.policy_rules, "rule"),
        facts.default_action
    )));
    lines.push(match &facts.blocked {
        None => say("refused calls are not known: there is no audit trail"),
        Some(blocked) => {
            let all: u64 = blocked.values().sum();
            say(format!("{} refused by the audit trail's word", count(all as usize, "call")))
        }
    });
    let blocked = facts.blocked.iter().flatten();
    Facts {
        lines,
        sheets: vec![
            Sheet {
                title: "Findings of lint",
                heads: &["Rule", "Severity", "Findings", "What it finds"],
                rows: facts
                    .lint
                    .iter()
                    .map(|row| {
                        vec![
                            say(format!("`{}`", row.rule)),
                            say(row.severity.word()),
                            say(number(row.count)),
                            say(row.title),
                        ]
                    })
                    .collect(),
            },
            Sheet {
                title: "Refused calls",
                heads: &["Why", "Calls"],
                rows: blocked.map(|(code, n)| vec![Phrase::quote(code), say(n.to_string())]).collect(),
            },
        ],
    }
}

fn accuracy(report: &Compliance) -> Facts {
    let facts = &report.accuracy_monitoring.facts;
    let looked = match &facts.looked_in {
        None => say("no folder of reports was there to look in"),
        Some(folder) => say("reports were looked for in ")
            .and_quote(folder)
            .and_say(format!("; {} there are none about this toolpack", count(facts.passed_over, "file"))),
    };
    let rows = facts.reports.iter().map(|row| {
        let found: Vec<String> =
            row.findings.iter().rev().map(|(severity, n)| format!("{n} {}", severity.word())).collect();
        vec![
            Phrase::quote(&row.file),
            say(if row.command == "drift" { "drift" } else { "verify" }),
            Phrase::quote(&row.verdict),
            say(row.exit_code.to_string()),
            say(if found.is_empty() { "none".to_owned() } else { found.join(", ") }),
            Phrase::quote(&row.digest),
        ]
    });
    Facts {
        lines: vec![
            looked,
            say("a report does not say when it was made, nor of which state: that is for whoever keeps it"),
        ],
        sheets: vec![Sheet {
            title: "Reports",
            heads: &["File", "Of", "Verdict", "Exit code", "Findings", "SHA-256"],
            rows: rows.collect(),
        }],
    }
}

fn trail(report: &Compliance) -> Facts {
    let facts = &report.audit_trail.facts;
    if facts.files.is_empty() {
        return Facts { lines: vec![say("there is no audit trail")], sheets: Vec::new() };
    }
    let mut lines =
        vec![say(format!("{} in ", count(facts.entries as usize, "record"))).and(Phrase::list(&facts.files))];
    if let (Some(first), Some(last)) = (&facts.first, &facts.last) {
        lines.push(say("from ").and_quote(first).and_say(" to ").and_quote(last));
    }
    if let Some(hash) = facts.chain.as_ref().and_then(|chain| chain.last_hash.as_ref()) {
        let hash = Phrase::quote(format!("sha256:{hash}"));
        lines.push(
            say("hash of the last line ").and(hash).and_say(": noted elsewhere, it shows a cut at the end"),
        );
    }
    let rows = facts.refusals.iter().map(|row| {
        vec![
            Phrase::quote(&row.reason_code),
            Phrase::quote(&row.tool_id),
            say(row.count.to_string()),
            Phrase::quote(&row.last),
        ]
    });
    Facts {
        lines,
        sheets: vec![Sheet {
            title: "Refused calls by tool",
            heads: &["Why", "Tool", "Calls", "Last"],
            rows: rows.collect(),
        }],
    }
}

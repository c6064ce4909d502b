//! What `cask gate check` and `cask drift` say of the toolpack that is inspected, in short: their own reports, cut to
//! what an agent can hold.

use serde_json::{Value, json};

use super::asked::Asked;
use crate::cmd::drift;
use crate::cmd::failed::Failed;
use crate::cmd::gate::check;
use crate::cmd::options::PackArgs;
use crate::cmd::packs::find;
use crate::cmd::serving::unattended::Unattended;
use crate::cmd::serving::what::WhatArgs;
use crate::cmd::side::{self, Around, To};
use crate::model::report::Report;
use crate::report::json;
use crate::report::style::Style;
use crate::run::inspect::offered::By;
use crate::run::inspect::server::Reports;

/// Findings that are told; the report has the gravest first.
const FINDINGS: usize = 100;

/// Reports about a toolpack.
pub struct Told {
    /// The toolpack, where there is a whole one.
    what: Option<WhatArgs>,
    drift_to: Option<String>,
    alone: Unattended,
}

impl Told {
    /// Reports about what is asked.
    pub fn new(asked: &Asked, drift_to: Option<String>, alone: Unattended) -> Told {
        let what = match asked {
            Asked::Pack(what) => Some(what.clone()),
            Asked::Alone(..) => None,
        };
        Told { what, drift_to, alone }
    }

    /// The toolpack that `cask gate check` would judge: with its own lockfile, as that command does.
    fn judged(&self) -> Option<&WhatArgs> {
        self.what.as_ref().filter(|what| what.lockfile.is_none())
    }
}

impl Reports for Told {
    fn gate_check(&self, toolset: Option<&str>) -> Option<Result<Value, String>> {
        let what = self.judged()?;
        Some(self.alone.with(|ctx| {
            let packs = PackArgs { toolpack: what.toolpack.iter().cloned().collect(), lockfile: None };
            let place = find(&packs, ctx)?;
            let args = check::Args {
                packs,
                trust: what.trust.clone(),
                toolset: toolset.map(str::to_owned),
                ..check::Args::default()
            };
            short(&check::report("gate check", &place, &args, ctx)?)
        }))
    }

    fn drift_status(&self) -> Option<Result<Value, String>> {
        let (what, to) = (self.what.as_ref()?, self.drift_to.as_deref()?);
        Some(self.alone.with(|ctx| {
            let from = what.toolpack.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            let captures = ctx.cwd.join(&ctx.global.root).join("captures");
            let around = Around { cwd: &ctx.cwd, captures: &captures, hosts: &[], progress: None };
            let (old, new) = side::both(&from, To::Named(to), &around)?;
            short(&drift::compare(&old, &new, &drift::Args::default(), ctx)?.report)
        }))
    }

    fn has(&self, by: By) -> bool {
        match by {
            By::Looked(_) => true,
            By::Gate => self.judged().is_some(),
            By::Drift => self.what.is_some() && self.drift_to.is_some(),
        }
    }
}

/// A report in short: out of the one that programs read.
///
/// # Errors
/// Nothing could be judged.
fn short(report: &Report) -> Result<Value, Failed> {
    if let Some(error) = &report.error {
        return Err(Failed(Box::new(error.clone())));
    }
    let whole: Value = serde_json::from_str(&json::render(report, &Style::default()))
        .map_err(|e| Failed::new("io", "the report", format!("it can't be read: {e}")))?;
    let findings = whole["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let finding = |finding: &Value| {
        json!({
            "rule": finding["rule"], "severity": finding["severity"], "subject": finding["subject"]["name"],
            "message": finding["message"], "next": finding["next"]
        })
    };
    Ok(json!({
        "verdict": whole["verdict"], "exit_code": whole["step_exit_code"], "findings_total": findings.len(),
        "findings": findings.iter().take(FINDINGS).map(finding).collect::<Vec<_>>(),
        "truncated": findings.len() > FINDINGS, "summary": whole["summary"]
    }))
}

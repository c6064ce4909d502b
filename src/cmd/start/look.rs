//! Looks how the repository around here stands, with what judges it anyway. Nobody is asked, nothing is remembered.

use super::stand::{At, Pack, Stand};
use crate::cmd::anchor::read_trust;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::check;
use crate::cmd::options::TrustArgs;
use crate::cmd::packs::{self, identify};
use crate::gate::discovery::dir_of;
use crate::io::load;
use crate::model::lockfile::Status;
use crate::model::report::Report;
use crate::rules::{Family, Severity, gate, trust as rule};

/// How it stands.
pub fn at(ctx: &mut Ctx) -> Stand {
    stand(ctx).unwrap_or_else(|failed| Stand::Unread { why: told(&failed.0.subject, &failed.0.message) })
}

fn told(subject: &str, message: &str) -> String {
    if subject.is_empty() { message.to_owned() } else { format!("{subject}: {message}") }
}

fn stand(ctx: &mut Ctx) -> Result<Stand, Failed> {
    let mut place = packs::here(ctx)?;
    let headers = load::headers(&place.tree)?;
    if headers.is_empty() {
        let has_trust = read_trust(&place.tree)?.is_some();
        return Ok(match (&place.repo, has_trust) {
            (None, false) => Stand::Nowhere,
            _ => Stand::NoToolpack { has_trust },
        });
    }
    let here = place.here(&ctx.cwd);
    let at = |dir: &str| At { dir: dir.to_owned(), way: here.typed(dir) };
    let dirs: Vec<At> = headers.iter().map(|header| at(dir_of(header))).collect();
    place.found =
        headers.into_iter().map(|header| identify(&place.tree, header)).collect::<Result<_, _>>()?;
    let trust = TrustArgs { looks_only: true, ..TrustArgs::default() };
    let args = check::Args { trust, ..check::Args::default() };
    let report = check::report("gate status", &place, &args, ctx)?;
    Ok(match &report.error {
        Some(error) if error.rule == Some(rule::ROOT_MISSING) => Stand::NoTrust { packs: dirs },
        Some(error) => Stand::Unread { why: told(&error.subject, &error.message) },
        None => judged(&report, at),
    })
}

fn judged(report: &Report, at: impl Fn(&str) -> At) -> Stand {
    let count = |path: &str, is: fn(Status) -> bool| {
        report.standings.iter().filter(|one| one.subject.path == path && is(one.status)).count()
    };
    let pack = |path: &str| Pack {
        at: at(path),
        all: count(path, |_| true),
        waits: count(path, |status| !status.serves()),
        exempted: count(path, |status| status == Status::Exempted),
        broken: report.open().any(|finding| {
            let of_trust = matches!(finding.rule.family, Family::Sig | Family::Lock);
            let grave = of_trust && finding.severity >= Severity::High;
            finding.subject.path == path && (grave || finding.rule == gate::DEFINITION_MISMATCH)
        }),
    };
    let trust = report.trust.as_ref().map_or_else(String::new, |trust| {
        let loose = if trust.anchored { "" } else { ", not anchored: no default branch has it" };
        format!("version {} ({}{loose})", trust.version, trust.source.name)
    });
    Stand::Judged { packs: report.packs.iter().map(|one| pack(&one.path)).collect(), trust }
}

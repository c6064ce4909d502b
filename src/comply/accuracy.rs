//! Accuracy monitoring: whether what the tools stand on is held against the world, by the reports that were kept.

use super::claim::{Ask, Row, Told, count, named};
use super::input::Input;
use crate::model::compliance::claim::Evidence;
use crate::model::compliance::facts::{Accuracy, ReportFile};
use crate::model::phrase::Phrase;

/// What is claimed of it.
pub const CLAIMS: &[Row] = &[
    Row {
        id: "baseline-kept",
        statement: "every tool stands on an entry of the baseline, which drift is told by",
        articles: &[15],
        judge: baseline_kept,
    },
    Row {
        id: "drift-watched",
        statement: "a report of drift about this toolpack is kept, and none of them is breaking or could not judge",
        articles: &[9, 15],
        judge: |ask| told(ask, "drift"),
    },
    Row {
        id: "contracts-verified",
        statement: "a report of verification about this toolpack is kept, and all of them passed",
        articles: &[15],
        judge: |ask| told(ask, "verify"),
    },
];

/// Reports about this toolpack.
pub fn facts(input: &Input) -> Accuracy {
    let reports = input.kept.map(|kept| kept.reports).unwrap_or_default();
    Accuracy {
        baseline_entries: input.pack.baseline.entries.len(),
        looked_in: input.kept.map(|kept| kept.folder.to_owned()),
        reports: reports.to_vec(),
        passed_over: input.kept.map_or(0, |kept| kept.passed_over),
    }
}

fn baseline_kept(ask: &Ask) -> Told {
    let pack = ask.input.pack;
    let tools = &pack.manifest.tools;
    if tools.is_empty() {
        return Told::unknown("the toolpack has no tool");
    }
    let bare: Vec<&str> = tools
        .iter()
        .filter(|tool| pack.baseline.entry(&tool.identity).is_none())
        .map(|tool| tool.name.as_str())
        .collect();
    let why = match bare.is_empty() {
        true => Phrase::say(format!(
            "{} under {}",
            entries(ask.accuracy.baseline_entries),
            count(tools.len(), "tool")
        )),
        false => Phrase::say("without one: ").and(named(bare.iter().copied())),
    };
    Told::unless(!bare.is_empty(), why).by(ask.own(&pack.header.baseline, "its entries"))
}

fn entries(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

/// What the kept reports of a command come to. A report does not say which state of the toolpack it judged, nor
/// when: that is for whoever keeps it.
fn told(ask: &Ask, command: &str) -> Told {
    let Some(folder) = &ask.accuracy.looked_in else {
        return Told::unknown("there is no folder of reports");
    };
    let reports: Vec<&ReportFile> = ask.accuracy.reports.iter().filter(|r| r.command == command).collect();
    if reports.is_empty() {
        return Told::unknown(Phrase::say("none was found in ").and_quote(folder));
    }
    let worst = |report: &&&ReportFile| match command {
        "drift" => report.exit_code >= 2,
        _ => report.exit_code > 0,
    };
    let bad: Vec<&&ReportFile> = reports.iter().filter(worst).collect();
    let why = match bad.is_empty() {
        true => Phrase::say(format!("{} in ", count(reports.len(), "report"))).and_quote(folder),
        false => Phrase::say(format!("{} of {}: ", bad.len(), count(reports.len(), "report")))
            .and(named(bad.iter().map(|report| report.file.as_str()))),
    };
    let evidence = reports.iter().map(|report| Evidence {
        file: report.file.clone(),
        what: Phrase::say(format!("verdict {}, exit code {}", report.verdict, report.exit_code)),
        digest: Some(report.digest.clone()),
    });
    evidence.fold(Told::unless(!bad.is_empty(), why), Told::by)
}

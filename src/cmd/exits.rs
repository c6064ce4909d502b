//! An exit code in, its page out: what it means of every command, and what single ones say of it beside that.

use crate::cmd::row::{DOES, JUDGES, Row};
use crate::model::report::Verdict;
use crate::rules::page::labelled;

/// Why a command exits so, and what can be done.
fn texts(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => (
            "All that was to be looked at was looked at, and nothing of it is in the way; or what was asked for is done.",
            "nothing",
        ),
        Verdict::Review => (
            "Somebody should look before it counts: something is pending or has drifted, and nothing that worked is \
             broken. `cask ci` exits 0 here unless `--fail-on any` is given.",
            "read the findings; `cask explain ID` says what one means, `cask gate allow` signs what was looked at",
        ),
        Verdict::Breaking => (
            "A call that worked may fail now, an agent can do or reach what nobody approved, or something was tampered \
             with. No option makes a pass of it but `--fail-on never`, which only shows.",
            "read the gravest finding first; `cask explain ID` says what it means and who may sign it",
        ),
        Verdict::Error => (
            "Nothing is known: the command line is not one, or a file, the trust or the world could not be read. That is \
             never a pass, and no option makes one of it.",
            "do what stands behind `do:` on stderr, and run again",
        ),
    }
}

/// The page of an exit code, for a terminal of `width` columns; none for what is no exit code of ours.
pub fn page(word: &str, rows: &[Row], width: usize) -> Option<String> {
    let verdicts = [Verdict::Pass, Verdict::Review, Verdict::Breaking, Verdict::Error];
    let verdict = verdicts.into_iter().find(|verdict| verdict.exit_code().to_string() == word)?;
    let code = verdict.exit_code();
    let everywhere: Vec<&str> =
        JUDGES.iter().chain(DOES).filter(|(c, _)| *c == code).map(|(_, means)| *means).collect();
    let (why, fix) = texts(verdict);
    let mut parts = vec![
        ("means", everywhere.join("; ")),
        ("verdict", verdict.word().to_owned()),
        ("why", why.to_owned()),
        ("do", fix.to_owned()),
    ];
    // In the order of the table, each text once.
    let own = rows.iter().flat_map(|row| row.exits.iter().map(move |(c, means)| (row, *c, *means)));
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for (row, _, means) in own.filter(|(_, c, means)| *c == code && !everywhere.contains(means)) {
        match said.iter_mut().find(|(text, _)| *text == means) {
            Some((_, words)) => words.push(row.words),
            None => said.push((means, vec![row.words])),
        }
    }
    for (i, (means, words)) in said.iter().enumerate() {
        let label = if i == 0 { "of some" } else { "" };
        parts.push((label, format!("{}: {means}", words.join(", "))));
    }
    Some(format!("exit {code}\n\n{}", labelled(&parts, width)))
}

//! A plan, gone through with a person at a terminal: commands that only look are run here if they say so, all others stay
//! theirs. Afterwards it is looked again: what is mended, what is left.

use std::path::PathBuf;

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::guide::prompt::Prompt;
use crate::cmd::guide::run;
use crate::cmd::options::PackArgs;
use crate::cmd::packs;
use crate::cmd::row::Row;
use crate::model::repair::{Issue, Kind, Patch, Repair};
use crate::report::escape::terminal::{Mark, Paint};
use crate::report::words::count;

/// Rows of a list that are shown one by one.
const MANY: usize = 12;

/// Which toolpack is meant: the only one below this folder, else one that is chosen.
///
/// # Errors
/// There is none, one can't be read, or the terminal is gone.
pub fn toolpack(ctx: &Ctx) -> Result<PathBuf, Failed> {
    let place = packs::find(&PackArgs::default(), ctx)?;
    let paint = ctx.terminal_paint();
    let names: Vec<String> = place
        .found
        .iter()
        .map(|found| if found.dir().is_empty() { ".".to_owned() } else { paint.text(found.dir(), 200) })
        .collect();
    let at = match names.len() {
        1 => 0,
        _ => Prompt::open(paint)?.pick("Which toolpack?", "One is looked at at a time.", &names, 0)?,
    };
    Ok(place.root.join(place.found[at].dir()))
}

/// What a person says of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Run,
    Skip,
    Quit,
}

/// What an answer means; nothing typed is to skip, since nothing was said.
fn answer(text: &str) -> Result<Answer, String> {
    match text.to_ascii_lowercase().as_str() {
        "r" | "run" => Ok(Answer::Run),
        "" | "s" | "skip" => Ok(Answer::Skip),
        "q" | "quit" => Ok(Answer::Quit),
        _ => Err("r, s or q".to_owned()),
    }
}

/// The command of a row that only looks.
fn looks(patch: &Patch) -> Option<&[String]> {
    patch.command.as_deref().filter(|_| patch.kind == Kind::Safe)
}

/// Goes through a plan. `again`: looks as before.
///
/// # Errors
/// The terminal is gone, a result can't be written, or it can't be looked again.
pub fn run(
    before: &Repair,
    rows: &[Row],
    ctx: &mut Ctx,
    again: impl FnOnce(&mut Ctx) -> Result<Repair, Failed>,
) -> Outcome {
    ctx.out.flush()?;
    let paint = ctx.terminal_paint();
    let mut prompt = Prompt::open(paint)?;
    let ran = go_through(&mut prompt, &before.plan, |words| run::run(rows, words, ctx))?;
    prompt.show(&theirs(&before.plan, paint))?;
    if ran == 0 {
        return Ok(before.exit_code);
    }
    let after = again(ctx)?;
    prompt.show(&compared(before, &after, paint))?;
    Ok(after.exit_code)
}

/// Asks of each command that only looks, and gives how many were run.
fn go_through(
    prompt: &mut Prompt,
    plan: &[Patch],
    mut run: impl FnMut(&[String]) -> Outcome,
) -> Result<usize, Failed> {
    let all: Vec<(&Patch, &[String])> =
        plan.iter().filter_map(|patch| Some((patch, looks(patch)?))).collect();
    let mut ran = 0;
    for (n, (patch, words)) in all.iter().enumerate() {
        let line = words.join(" ");
        prompt.head(&format!("{} of {}  {line}", n + 1, all.len()), patch.text, &[])?;
        match prompt.until("r run, s skip, q quit [s]: ", answer)? {
            Answer::Run => {
                prompt.show("\n")?;
                let code = run(words)?;
                prompt.show(&format!("\nran {line}: exit {code}\n"))?;
                ran += 1;
            }
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    Ok(ran)
}

/// What nobody but the person does: it signs, or changes what may be called, or has to be found out.
fn theirs(plan: &[Patch], paint: Paint) -> String {
    let theirs: Vec<&Patch> = plan.iter().filter(|patch| looks(patch).is_none()).collect();
    if theirs.is_empty() {
        return String::new();
    }
    let mut out =
        format!("\n{}\n", paint.bold("Yours, since cask repair neither signs nor changes anything"));
    for patch in theirs.iter().take(MANY) {
        match &patch.command {
            Some(words) => out += &format!("  {}\n", words.join(" ")),
            None => out += &format!("  by hand: {}\n", patch.text),
        }
    }
    if let Some(review) = review(&theirs) {
        out += &format!("  {}   (what waits, one by one)\n", review.join(" "));
    }
    if theirs.len() > MANY {
        out += &format!("  and {} more in the plan above\n", theirs.len() - MANY);
    }
    out
}

/// The review that shows several subjects that wait, with what their commands say.
fn review(theirs: &[&Patch]) -> Option<Vec<String>> {
    let of_subject = |patch: &&&Patch| patch.action == "gate-allow" && patch.command.is_some();
    let mut signing = theirs.iter().filter(of_subject);
    let (first, _) = (signing.next()?, signing.next()?);
    let said = first.command.as_ref()?.iter().skip_while(|word| *word != "--toolpack").cloned();
    Some(["cask", "gate", "review"].map(str::to_owned).into_iter().chain(said).collect())
}

/// What is mended, what is left, and what came.
fn compared(before: &Repair, after: &Repair, paint: Paint) -> String {
    let (was, is) = (&before.diagnosis.issues, &after.diagnosis.issues);
    let not_in = |issues: &[Issue], others: &[Issue]| -> Vec<Issue> {
        issues.iter().filter(|one| others.iter().all(|other| other.id != one.id)).cloned().collect()
    };
    let (mended, new) = (not_in(was, is), not_in(is, was));
    let left = was.len() - mended.len();
    let mark = if is.is_empty() { paint.mark(Mark::Good) } else { paint.mark(Mark::Warn) };
    let came = if new.is_empty() { String::new() } else { format!(", {} new", new.len()) };
    let mut out = format!(
        "\n{mark} looked again: {} of {} mended, {left} left{came}\n",
        mended.len(),
        count(was.len(), "issue")
    );
    for (word, issues) in [("mended", &mended), ("new", &new)] {
        for issue in issues.iter().take(MANY) {
            let subject = paint.text(&issue.subject, 100);
            out +=
                &format!("  {word}  {} {}  {subject}\n", issue.source.word(), paint.text(&issue.code, 100));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::guide::prompt::testing::typing;
    use crate::model::trail::{Refused, Trail};
    use crate::repair::input::Input;
    use crate::repair::repair;

    const PAINT: Paint = Paint { color: false, unicode: true };

    /// A plan of refusals for these reasons: of a policy, that is looked at; of an approval, that is signed.
    fn plan(codes: &[&str]) -> Repair {
        let refused = |code: &&str| Refused {
            reason_code: (*code).to_owned(),
            tool_id: "aa11".to_owned(),
            count: 1,
            last: "t".to_owned(),
        };
        let trail = Trail { refusals: codes.iter().map(refused).collect(), ..Trail::default() };
        repair(&Input { path: "packs/shop", trail: Some(&trail), ..Input::default() })
    }

    fn gone(plan: &Repair, answers: &[&str]) -> (Result<usize, Failed>, Vec<String>, String) {
        let (mut shown, mut ran) = (String::new(), Vec::new());
        let run = |words: &[String]| {
            ran.push(words.join(" "));
            Ok(0)
        };
        let done = go_through(&mut typing(answers, &mut shown), &plan.plan, run);
        (done, ran, shown)
    }

    #[test]
    fn only_what_looks_is_run_and_only_when_somebody_says_so() {
        let plan = plan(&["denied_not_approved", "denied_policy", "denied_integrity_mismatch"]);
        assert_eq!(plan.plan.iter().filter(|patch| looks(patch).is_some()).count(), 1);
        for (answers, expected) in [(&["r"][..], 1), (&[""], 0), (&["s"], 0), (&["q"], 0), (&["?", "run"], 1)]
        {
            let (done, ran, shown) = gone(&plan, answers);
            assert_eq!((done.unwrap(), ran.len()), (expected, expected), "{answers:?}");
            assert!(ran.iter().all(|line| line == "cask lint --toolpack packs/shop"), "{ran:?}");
            assert!(shown.contains("1 of 1  cask lint --toolpack packs/shop"), "{shown}");
        }
        // Whoever goes away has not said so.
        assert!(gone(&plan, &[]).0.is_err());
        let told = theirs(&plan.plan, PAINT);
        assert!(told.contains("  cask gate allow aa11 --toolpack packs/shop\n"), "{told}");
        assert!(told.contains("  cask diff --toolpack packs/shop\n"), "{told}");
        assert!(!told.contains("review"), "one alone is no review: {told}");
    }

    #[test]
    fn what_is_mended_and_what_is_left_is_told() {
        let (before, after) = (plan(&["denied_not_approved", "denied_policy"]), plan(&["denied_policy"]));
        assert_eq!(
            compared(&before, &after, PAINT),
            "\n! looked again: 1 of 2 issues mended, 1 left\n  mended  audit denied_not_approved  aa11\n"
        );
        assert!(compared(&after, &before, PAINT).contains("0 of 1 issue mended, 1 left, 1 new"));
        assert!(
            compared(&after, &plan(&[]), PAINT).starts_with("\n✓ looked again: 1 of 1 issue mended, 0 left")
        );
    }
}

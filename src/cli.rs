//! The command line: arguments in, a command called, and the one place where an outcome becomes an exit code.
//!
//! Every usage error is exit 3 in our words; clap's own code never leaves here.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches};

use crate::cmd::ctx::{Ctx, Global};
use crate::cmd::deliver::{deliver, keep, place, style};
use crate::cmd::failed::Failed;
use crate::cmd::misused::{meant, usage};
use crate::cmd::options::{ReportArgs, usual_fail_on};
use crate::cmd::row::Row;
use crate::cmd::start;
use crate::cmd::table::{ALIASES, COMMANDS};
use crate::cmd::tree::{Alias, HELP_ALL, called, page, page_of_all, tree, tree_of};
use crate::cmd::world;
use crate::judge::hide;
use crate::model::gate_config::FailOn;
use crate::model::report::Report;
use crate::report::failure::terminal;
use crate::report::formats::find;
use crate::report::style::Style;

/// Nothing could be judged: usage, input, trust, I/O, or a fault of the program.
const NOT_JUDGED: u8 = 3;

/// Runs the program: the real world, its arguments, its exit code.
pub fn main() -> std::process::ExitCode {
    world::quieten_panics();
    let code = guarded(|| {
        world::with(run).unwrap_or_else(|failed| {
            world::complain(&terminal(&failed.0, &Style::default()));
            NOT_JUDGED
        })
    });
    std::process::ExitCode::from(code)
}

/// A fault of the program is "not judged", never a pass.
fn guarded(main: impl FnOnce() -> u8) -> u8 {
    catch_unwind(AssertUnwindSafe(main)).unwrap_or(NOT_JUDGED)
}

/// Runs one command line (the program's name first) and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, ctx: &mut Ctx) -> u8 {
    run_with(COMMANDS, ALIASES, args.into_iter().collect(), ctx)
}

fn run_with(rows: &[Row], aliases: &'static [Alias], args: Vec<OsString>, ctx: &mut Ctx) -> u8 {
    let outcome = dispatch(rows, aliases, as_help(args), ctx)
        // A report that did not arrive was not given.
        .and_then(|code| Ok(ctx.out.flush().map(|()| code)?));
    outcome.unwrap_or_else(|failed| {
        let text = terminal(&failed.0, &style(ctx));
        // If stderr is gone, the exit code still says it.
        let _ = ctx.err.write_all(text.as_bytes());
        let _ = ctx.err.flush();
        NOT_JUDGED
    })
}

/// `cask help key new` as `cask key new --help`.
fn as_help(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|arg| arg == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    args
}

fn dispatch(
    rows: &[Row],
    aliases: &'static [Alias],
    args: Vec<OsString>,
    ctx: &mut Ctx,
) -> Result<u8, Failed> {
    let is_empty = |name: &str| (ctx.env)(name).is_some_and(|value| value.is_empty());
    let empty: Vec<String> =
        (ctx.names)().into_iter().filter(|n| n.starts_with("CASK") && is_empty(n)).collect();
    let (tree, parsed) = parsed(rows, aliases, &args, &empty);
    let matches = match parsed {
        Ok(matches) => matches,
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            ctx.print(&e.render().to_string())?;
            return Ok(0);
        }
        Err(e) => {
            let (failed, meant) = (usage(&e, &tree, &args), meant(&tree, &args));
            let does = rows.iter().any(|row| row.words == meant && row.does());
            return Err(if does { failed.plainly() } else { failed });
        }
    };
    ctx.global = Global::from_arg_matches(&matches).map_err(|e| usage(&e, &tree, &args))?;
    if matches.get_flag(HELP_ALL) {
        ctx.print(&page_of_all(rows))?;
        return Ok(0);
    }
    match called(rows, aliases, &matches) {
        Some((row, options)) => match &row.leaf {
            Some(leaf) => {
                (leaf.run)(rows, options, ctx).map_err(|failed| with_help(failed, row)).map_err(
                    |mut failed| {
                        hide::in_error(&mut failed.0);
                        match row.does() {
                            // "cannot judge" is no word for what does not judge.
                            true => failed.plainly(),
                            false => reported(row, options, failed, ctx),
                        }
                    },
                )
            }
            None => Err(Failed::new("usage", "", format!("`cask {}` needs a command", row.words))),
        },
        None if ctx.has_reader() => start::run(rows, ctx),
        None => {
            ctx.print(&page(rows))?;
            Ok(0)
        }
    }
}

/// What a line comes to, and the tree that took it in or refused it: where something is wrong with it, that is the whole
/// one, which knows what else could have been meant.
fn parsed(
    rows: &[Row],
    aliases: &'static [Alias],
    args: &[OsString],
    empty: &[String],
) -> (Command, Result<ArgMatches, clap::Error>) {
    let parse = |tree: Command| {
        let mut tree = if empty.is_empty() { tree } else { without(empty, tree) };
        let parsed = tree.try_get_matches_from_mut(args);
        (tree, parsed)
    };
    let of_word = args.get(1).and_then(|word| tree_of(rows, aliases, word.to_str()?)).map(parse);
    match of_word {
        Some((tree, Ok(matches))) => (tree, Ok(matches)),
        Some((tree, Err(help))) if help.kind() == ErrorKind::DisplayHelp => (tree, Err(help)),
        _ => parse(tree(rows, aliases)),
    }
}

/// A variable that a workflow has emptied says nothing; an option that is given empty is none, and is refused.
fn without(empty: &[String], command: Command) -> Command {
    let own = |arg: clap::Arg| match empty.iter().any(|name| arg.get_env() == Some(name.as_ref())) {
        true => arg.env(clap::builder::Resettable::Reset),
        false => arg,
    };
    command.mut_args(own).mut_subcommands(|inner| without(empty, inner))
}

/// A misuse that names no way out of its own leads to the command's help.
fn with_help(failed: Failed, row: &Row) -> Failed {
    match failed.0.kind == "usage" && failed.0.hints.is_empty() {
        true => failed.hint(format!("cask {} --help", row.words)),
        false => failed,
    }
}

/// Gives a failure to judge to programs as well, where a format for them was asked for.
fn reported(row: &Row, options: &ArgMatches, failed: Failed, ctx: &mut Ctx) -> Failed {
    let knows = |id| options.try_contains_id(id).is_ok();
    if !["format", "output", "fail_on", "min_risk"].into_iter().all(knows) {
        return failed;
    }
    // A part says itself that it was not judged, to whoever puts the parts together.
    if matches!(options.try_contains_id("shard"), Ok(true)) {
        return failed;
    }
    let Ok(args) = ReportArgs::from_arg_matches(options) else { return failed };
    // What stands in the place of the report is of an earlier run, and may say that it passed.
    let is_kept = place(&args).is_some();
    let is_told = args.format.as_deref().is_none_or(|format| format == "terminal");
    if args.format.as_deref().is_some_and(|format| find(format).is_none()) || (is_told && !is_kept) {
        return failed;
    }
    let is_strict = matches!(options.try_get_one::<bool>("exit_code"), Ok(Some(true)));
    let fail_on = if is_strict { FailOn::Any } else { args.fail_on(None, usual_fail_on(row.words)) };
    let report = Report::unjudged(row.words, env!("CARGO_PKG_VERSION"), fail_on, (*failed.0).clone());
    let delivered = if is_told { keep(&report, &args, ctx) } else { deliver(&report, &args, ctx).map(drop) };
    match delivered {
        Ok(()) => failed,
        Err(second) => failed.why(format!("and its report could not be written: {}", second.0.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_program_is_not_judged() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let code = guarded(|| panic!("a fault"));
        std::panic::set_hook(hook);
        assert_eq!(code, NOT_JUDGED);
        assert_eq!(guarded(|| 0), 0);
    }

    /// Runs a line against two rows of its own: one that judges and fails, under a former spelling too.
    fn ran(line: &str) -> (u8, String, String) {
        use crate::cmd::row::{DOES, Group, JUDGES, Leaf, Shown};
        let fails = Leaf {
            augment: <ReportArgs as clap::Args>::augment_args,
            run: |_, _, _| Err(Failed::new("git", "toolpacks/shop", "the base is not here")),
        };
        let row = |words, leaf, exits| Row {
            words,
            shown: Shown::Line(Group::Judge),
            line: "judge",
            examples: &[],
            exits,
            leaf,
        };
        let rows =
            [row("gate", None, &[]), row("gate check", Some(fails), JUDGES), row("make", Some(fails), DOES)];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            out: &mut out,
            err: &mut err,
            now: crate::canon::time::Timestamp::MIN,
            env: &|_| None,
            names: &Vec::new,
            cwd: std::path::PathBuf::from("."),
            random: &|_| {},
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        let args = line.split(' ').map(OsString::from).collect();
        let code = run_with(&rows, &[("approve check", "gate check"), ("plan", "diff")], args, &mut ctx);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (code, text(out), text(err))
    }

    #[test]
    fn a_failure_to_judge_is_a_report_where_programs_read() {
        for line in ["cask gate check", "cask approve check", "cask gate check --format terminal"] {
            let (code, out, err) = ran(line);
            assert_eq!((code, out.as_str()), (NOT_JUDGED, ""), "{line}");
            assert!(err.starts_with("error: cannot judge toolpacks/shop: the base is not here"), "{err}");
        }
        let (code, out, err) = ran("cask approve check --format json");
        assert_eq!(code, NOT_JUDGED);
        let report: serde_json::Value = serde_json::from_str(&out).expect("JSON alone");
        assert_eq!((&report["verdict"], &report["exit_code"]), (&"error".into(), &3.into()), "{out}");
        assert_eq!((&report["command"], &report["fail_on"]), (&"gate check".into(), &"any".into()), "{out}");
        let asked = ran("cask gate check --format json --fail-on breaking").1;
        assert!(asked.contains(r#""fail_on": "breaking""#), "{asked}");
        assert!(err.starts_with("error: cannot judge"), "{err}");
    }

    #[test]
    fn what_does_not_judge_does_not_speak_of_judging() {
        let (code, out, err) = ran("cask make --format json");
        assert_eq!((code, out.as_str()), (NOT_JUDGED, ""));
        assert!(err.starts_with("error: toolpacks/shop: the base is not here"), "{err}");
        let (code, _, err) = ran("cask make --no-such");
        assert!(code == NOT_JUDGED && err.contains("not done") && !err.contains("not judged"), "{err}");
        assert!(ran("cask gate check --no-such").2.contains("not judged"));
        assert!(ran("cask plan").2.contains("unknown command \"plan\""), "an alias waits for its command");
    }

    #[test]
    fn the_tree_is_sound_and_every_row_is_called_by_its_words() {
        let root = tree(COMMANDS, ALIASES);
        root.clone().debug_assert();
        for row in COMMANDS {
            let mut at = &root;
            for word in row.words.split(' ') {
                at = at.find_subcommand(word).expect(row.words);
            }
            let inner = format!("{} ", row.words);
            let holds = COMMANDS.iter().any(|row| row.words.starts_with(&inner));
            assert_eq!(at.has_subcommands(), holds, "{}", row.words);
            assert!(row.leaf.is_some() || holds, "{} does nothing", row.words);
        }
    }

    #[test]
    fn a_line_is_taken_the_same_whether_options_of_other_commands_are_known_or_not() {
        let taken = |tree: Command, line: &str| {
            let parsed = tree.try_get_matches_from(line.split_whitespace());
            parsed.map_err(|error| (error.kind(), error.render().to_string()))
        };
        for row in COMMANDS {
            let help = format!("cask {} --help", row.words);
            for line in row.examples.iter().copied().chain([help.as_str()]) {
                let word = line.split_whitespace().nth(1).expect("a command");
                let Some(of_word) = tree_of(COMMANDS, ALIASES, word) else {
                    assert!(word.starts_with('-'), "{line}");
                    continue;
                };
                assert_eq!(taken(of_word, line), taken(tree(COMMANDS, ALIASES), line), "{line}");
            }
        }
        for (old, _) in ALIASES {
            let of_word = tree_of(COMMANDS, ALIASES, old.split(' ').next().expect("a word")).expect(old);
            let line = format!("cask {old} --help");
            assert_eq!(taken(of_word, &line), taken(tree(COMMANDS, ALIASES), &line), "{line}");
        }
        assert!(tree_of(COMMANDS, ALIASES, "gat").is_none());
    }
}

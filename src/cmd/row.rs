//! What a command is to the rest of the program: one row with its words, its place on the help page, its
//! options and its function. The rows themselves stand in `table`.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;

/// The headings of the help page: what a person wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// In CI and before a push.
    Judge,
    /// Sign, and say who may.
    Approve,
    /// Make toolpacks and serve them.
    Make,
    /// Understand.
    Look,
}

impl Group {
    /// All, in the order of the page.
    pub const ALL: [Group; 4] = [Group::Judge, Group::Approve, Group::Make, Group::Look];

    /// The heading.
    pub const fn heading(self) -> &'static str {
        match self {
            Group::Judge => "Judge (in CI and before a push)",
            Group::Approve => "Approve",
            Group::Make => "Make and run",
            Group::Look => "Look closer",
        }
    }
}

/// Where the help page shows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// On a line of its own.
    Line(Group),
    /// On half a line: the next row of this kind stands beside it.
    Half(Group),
    /// Named in the line "More".
    More,
    /// Not on the page: its parent's line speaks for it.
    Inside,
}

/// What an exit code says, as a command's help shows it.
pub type Exit = (u8, &'static str);

/// Exit codes of commands that judge.
pub const JUDGES: &[Exit] = &[
    (0, "passed"),
    (1, "review: gated, nothing broken"),
    (2, "blocked: breaking, unapproved or tampered"),
    (3, "not judged: usage, input or trust could not be read"),
];

/// Exit codes of commands that do or show something.
pub const DOES: &[Exit] = &[(0, "done"), (3, "not done: usage, input or trust could not be read")];

/// Exit codes of commands about one call that waits for a person.
pub const CONFIRMS: &[Exit] =
    &[DOES[0], (1, "not possible: it is unknown, expired, used, denied or granted"), DOES[1]];

/// Exit codes of what publishes candidates for tools.
pub const PUBLISHES: &[Exit] = &[DOES[0], (1, "no candidate passes the gates: why is told of each"), DOES[1]];

/// Exit codes of what lists drafts.
pub const LISTS: &[Exit] = &[DOES[0], (1, "a draft can't be read: it is told"), DOES[1]];

/// One command, or a word that groups some.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its words, `key` or `key new`. At most two.
    pub words: &'static str,
    /// Where the help page shows it.
    pub shown: Shown,
    /// What it does: lower case, no full stop.
    pub line: &'static str,
    /// Two command lines that work.
    pub examples: &'static [&'static str],
    /// Its exit codes.
    pub exits: &'static [Exit],
    /// Its options and function; none for a word that only groups others.
    pub leaf: Option<Leaf>,
}

/// Adds a command's options to its clap command.
pub type Augment = fn(clap::Command) -> clap::Command;
/// Runs a command with the options that were given. Every row is handed in for those that tell of the others.
pub type Run = fn(&[Row], &clap::ArgMatches, &mut Ctx) -> Outcome;

/// The options and the function of a command.
#[derive(Clone, Copy)]
pub struct Leaf {
    /// Adds its options.
    pub augment: Augment,
    /// Runs it.
    pub run: Run,
}

impl Row {
    /// A word that groups commands.
    pub const fn parent(words: &'static str, shown: Shown, line: &'static str) -> Row {
        Row { words, shown, line, examples: &[], exits: &[], leaf: None }
    }

    /// Whether it does or shows something, and "cannot judge" is no word for its failing.
    pub fn does(&self) -> bool {
        [DOES, CONFIRMS, PUBLISHES, LISTS].contains(&self.exits)
    }

    /// The last of its words.
    pub fn name(&self) -> &'static str {
        self.words.rsplit(' ').next().unwrap_or(self.words)
    }

    /// The word it is grouped under, if it has two.
    pub fn group_word(&self) -> Option<&'static str> {
        self.words.split_once(' ').map(|(parent, _)| parent)
    }
}

/// A row's options and function from an `Args` type and a `fn(Args, &mut Ctx) -> Outcome`; with `rows`, a
/// `fn(Args, &[Row], &mut Ctx) -> Outcome` of a command that tells of the others.
macro_rules! leaf {
    ($args:ty, $run:path) => {
        $crate::cmd::row::leaf!(@ $args, |args, _, ctx| $run(args, ctx))
    };
    ($args:ty, $run:path, rows) => {
        $crate::cmd::row::leaf!(@ $args, |args, rows, ctx| $run(args, rows, ctx))
    };
    (@ $args:ty, |$given:ident, $rows:pat_param, $ctx:ident| $call:expr) => {
        Some($crate::cmd::row::Leaf {
            augment: <$args as clap::Args>::augment_args,
            run: |$rows, matches, $ctx| {
                let $given = <$args as clap::FromArgMatches>::from_arg_matches(matches)
                    .map_err(|e| $crate::cmd::failed::Failed::new("usage", "", e.kind().to_string()))?;
                $call
            },
        })
    };
}
pub(in crate::cmd) use leaf;

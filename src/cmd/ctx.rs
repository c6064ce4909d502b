//! The world as a command sees it: streams, clock, environment, folder. A test or the demo hands in its own.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::canon::time::Timestamp;
use crate::cmd::failed::Failed;
use crate::report::escape::terminal::Paint;
use crate::report::note::note;
use crate::report::style::Style;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where state lies if nobody says otherwise.
const STATE_ROOT: &str = ".caskmcp";

/// A variable that a workflow has emptied says nothing.
fn state_root(given: OsString) -> PathBuf {
    if given.is_empty() { STATE_ROOT.into() } else { given.into() }
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// State folder
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CASKMCP_ROOT",
        default_value = STATE_ROOT,
        value_parser = OsStringValueParser::new().map(state_root),
        help_heading = "Options everywhere"
    )]
    pub root: PathBuf,
    /// auto, always or never (NO_COLOR is honoured)
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help_heading = "Options everywhere"
    )]
    pub color: Color,
    /// Say more
    #[arg(short, long, global = true, help_heading = "Options everywhere")]
    pub verbose: bool,
    /// Say less
    #[arg(short, long, global = true, help_heading = "Options everywhere")]
    pub quiet: bool,
    /// Never ask
    #[arg(long, global = true, env = "CASK_NON_INTERACTIVE", help_heading = "Options everywhere", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub no_interactive: bool,
}

/// Everything that a command may touch of the world.
pub struct Ctx<'a> {
    /// Results. Nothing else is ever written here.
    pub out: &'a mut dyn Write,
    /// Errors, progress, questions.
    pub err: &'a mut dyn Write,
    /// The machine's clock, read once.
    pub now: Timestamp,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The names of its variables.
    pub names: &'a dyn Fn() -> Vec<String>,
    /// The folder in which the command runs.
    pub cwd: PathBuf,
    /// Randomness for keys and salts.
    pub random: &'a dyn Fn(&mut [u8]),
    /// Whether `out` is a terminal, and how wide it is.
    pub terminal: Option<usize>,
    /// Whether a person can be asked on the controlling terminal.
    pub may_ask: bool,
    /// Whether a person sits before it: stdin and stderr are terminals.
    pub attended: bool,
    /// Options that every command takes.
    pub global: Global,
}

impl Ctx<'_> {
    /// An environment variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    /// The state folder, where neither the default nor the environment says it: a command that is shown names it too.
    pub fn root_given(&self) -> Option<&Path> {
        let root = self.global.root.as_path();
        let said = self.var("CASKMCP_ROOT").is_some_and(|said| root == Path::new(&said));
        (root != Path::new(STATE_ROOT) && !said).then_some(root)
    }

    /// Writes a result.
    ///
    /// # Errors
    /// The stream fails, other than by its reader going away.
    pub fn print(&mut self, text: &str) -> Result<(), Failed> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Tells what was done, or what comes next, beside the result; nothing under `-q`. Where a person reads it, it is
    /// wrapped; elsewhere a line stays a line.
    pub fn note(&mut self, text: &str) {
        if self.global.quiet {
            return;
        }
        let style = Style { width: self.width(), unicode: self.speaks_unicode(), ..Style::default() };
        let text = if self.attended { note(text, &style) } else { format!("{text}\n") };
        // A note that nobody can read changes nothing.
        let _ = self.err.write_all(text.as_bytes());
    }

    /// Whether a person may be asked on the controlling terminal.
    pub fn can_ask(&self) -> bool {
        self.may_ask && !self.global.no_interactive
    }

    /// Whether a person may be asked what they would not have to say: as [`Ctx::can_guide`], on a terminal that can be
    /// drawn on.
    pub fn can_ask_more(&self) -> bool {
        self.can_guide() && !self.is_dumb()
    }

    /// Whether a person sits there who can be led line by line: never in CI, or where anything is piped.
    pub fn can_guide(&self) -> bool {
        self.can_ask() && self.attended && !self.in_ci()
    }

    /// Whether a person reads what is printed, and can be led from there.
    pub fn has_reader(&self) -> bool {
        self.can_guide() && self.terminal.is_some()
    }

    /// Whether a line on stderr that is written over is seen by somebody.
    pub fn shows_progress(&self) -> bool {
        self.attended && !self.global.quiet && !self.in_ci() && !self.is_dumb()
    }

    /// Whether the terminal can't be drawn on.
    pub fn is_dumb(&self) -> bool {
        self.var("TERM").as_deref() == Some("dumb")
    }

    /// What the terminal behind `out` can show.
    pub fn paint(&self) -> Paint {
        Paint { color: self.colored(), unicode: self.unicode() }
    }

    /// Whether this runs in a CI system.
    pub fn in_ci(&self) -> bool {
        self.var("CI").is_some()
    }

    /// Whether to colour what goes to `out`.
    pub fn colored(&self) -> bool {
        match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.terminal.is_some() && self.var("NO_COLOR").is_none() && !self.is_dumb(),
        }
    }

    /// Whether marks beyond ASCII can be shown.
    pub fn unicode(&self) -> bool {
        self.terminal.is_none() || self.speaks_unicode()
    }

    /// What the controlling terminal can show, wherever `out` leads.
    pub fn terminal_paint(&self) -> Paint {
        let color = match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.var("NO_COLOR").is_none() && !self.is_dumb(),
        };
        Paint { color, unicode: self.speaks_unicode() }
    }

    fn speaks_unicode(&self) -> bool {
        ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| self.var(name))
            .is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
    }

    /// The width that reports are laid out for.
    pub fn width(&self) -> usize {
        self.terminal.unwrap_or(80).clamp(40, 200)
    }
}

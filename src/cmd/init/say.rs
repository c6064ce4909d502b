//! What `cask init` says: the plan that is asked about, what was written and left, and what comes next.

use std::path::Path;

use crate::canon::visible::is_shell_word;
use crate::cmd::hook::install::First;
use crate::cmd::init::files::{Done, IGNORE, WORKFLOW};
use crate::cmd::init::signed::Stands;
use crate::gate::discovery::dir_of;
use crate::report::escape::paste;
use crate::report::escape::terminal::{Mark, Paint};
use crate::report::width::{columns, pad};

/// Columns of a label.
const LABEL: usize = 11;
/// Toolpacks that are named one by one.
const MANY: usize = 20;

/// What became of everything.
#[derive(Debug, Default)]
pub struct Said {
    /// What lies around, a line each.
    pub found: Vec<String>,
    /// Lines that make toolpacks of it.
    pub mints: Vec<String>,
    /// Whether agents are configured here.
    pub has_clients: bool,
    /// Whether a workflow or hook asks the gate already.
    pub is_gated: bool,
    /// Whether a hook could still be installed.
    pub offers_hook: bool,
    /// How one gets to the root from where the command was run, if that is elsewhere.
    pub way: Option<String>,
    files: Vec<(String, Done)>,
    /// Toolpacks, each with its lockfile.
    pub packs: Vec<Stands>,
    /// Why nothing was signed.
    pub unsigned: Option<String>,
    /// Whether there is a key all the same.
    pub has_key: bool,
    /// Whether that is because this is CI, where it can't be made good.
    pub is_in_ci: bool,
    /// Whether the person's key is none of an owner.
    pub stranger: bool,
    /// How many owners sign gate.yaml.
    pub quorum: usize,
    /// Digest of the trust file.
    pub pin: Option<String>,
    /// Whether it was written now.
    pub is_new: bool,
    /// Whether the change is believed with the pin alone.
    pub ask_pin: bool,
    /// The default branch as git names it here.
    pub base: Option<String>,
    /// Whether there is a repository.
    pub in_git: bool,
    /// What became of the hook, if one was asked for.
    pub hook: Option<First>,
    /// The command line that does the same without questions, where some were asked.
    pub same: Option<Vec<String>>,
}

/// Said before anything is asked.
pub const INTRODUCTION: &str =
    "This puts the repository under the gate. Nothing is written before you say yes.\n\n";

/// What a person would be asked, where nobody is.
pub fn questions(is_new: bool) -> &'static str {
    match is_new {
        true => "which key is yours, your id as a signer, your login on GitHub, and \"Write and sign them?\"",
        false => "which key is yours, and \"Write and sign them?\"",
    }
}

/// What is about to be done, for the question.
pub fn plan(paint: Paint, id: &str, headers: &[String], days: u32, is_new: bool) -> String {
    let mut rows = Vec::new();
    if is_new {
        rows.push((
            "trust.yaml".to_owned(),
            format!("who may sign: you, {}, as the one owner", paint.text(id, 40)),
        ));
        rows.push(("gate.yaml".to_owned(), "what the gate asks: the defaults, signed by you".to_owned()));
    }
    for header in headers.iter().take(MANY) {
        let dir = if dir_of(header).is_empty() { "." } else { dir_of(header) };
        rows.push((
            paint.text(dir, 60),
            format!("its tools are let in as they are, unseen, for {days} days"),
        ));
    }
    let wide = rows.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
    let mut out = String::from("\n");
    for (label, says) in rows {
        out += &format!("  {}  {says}\n", pad(&label, wide));
    }
    if headers.len() > MANY {
        out += &format!("  and {} more toolpacks\n", headers.len() - MANY);
    }
    out + "\nWhat is there already stays as it is.\n"
}

/// What was found, a line each, before anything is asked.
pub fn found(lines: &[String]) -> String {
    let label = |n: usize| pad(if n == 0 { "found" } else { "" }, LABEL);
    let lines = lines.iter().enumerate().map(|(n, line)| format!("{}{line}\n", label(n)));
    format!("\n{}", lines.collect::<String>())
}

/// Files that would be written, as a terminal shows them; toolpacks beyond a screenful are counted.
pub fn files(rows: &[(String, String)], paint: Paint) -> Vec<(String, String)> {
    const SHOWN: usize = 2 * MANY;
    let mut shown: Vec<(String, String)> =
        rows.iter().take(SHOWN).map(|(path, says)| (paint.text(path, 200), paint.text(says, 200))).collect();
    if rows.len() > SHOWN {
        shown.push((
            format!("and {} more", rows.len() - SHOWN),
            "lockfiles and .gitattributes of toolpacks".to_owned(),
        ));
    }
    shown
}

/// How one gets to the root from a folder, for a command to paste.
pub fn way(from: &Path, root: &Path) -> Option<String> {
    if from == root {
        return None;
    }
    if let Ok(down) = from.strip_prefix(root) {
        return Some(vec![".."; down.components().count()].join("/"));
    }
    let down = root.strip_prefix(from).ok().and_then(Path::to_str).and_then(paste);
    Some(down.unwrap_or("<the repository>").to_owned())
}

impl Said {
    /// Adds a file.
    pub fn file(&mut self, name: String, done: Done) {
        self.files.push((name, done));
    }

    /// Puts files before those that are there.
    pub fn first(&mut self, files: Vec<(String, Done)>) {
        self.files.splice(0..0, files);
    }

    /// The page.
    pub fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        // Who was asked has seen it.
        if self.same.is_none() {
            out += found(&self.found).trim_start();
        }
        out += "\n";
        let mut left = Vec::new();
        for (name, done) in &self.files {
            let shown = paint.text(name, 200);
            match done {
                Done::Wrote => out += &format!("{}{shown}\n", pad("wrote", LABEL)),
                Done::Added => {
                    out +=
                        &format!("{}{shown}, a block between cask:begin and cask:end\n", pad("wrote", LABEL))
                }
                Done::Left => left.push(shown),
            }
        }
        for pack in &self.packs {
            let path = paint.text(&pack.path, 200);
            match pack.written {
                true => out += &format!("{}{path}\n", pad("wrote", LABEL)),
                false => left.push(path),
            }
        }
        match &self.hook {
            Some(First::Wrote(name)) => {
                out += &format!("{}{}, asked before each push\n", pad("wrote", LABEL), paint.text(name, 200));
            }
            Some(First::Ours(name)) => left.push(paint.text(name, 200)),
            Some(First::Foreign(_)) | None => {}
        }
        for name in left {
            out += &format!("{}{name}, as it was\n", pad("left", LABEL));
        }
        out += "\n";
        if let Some(way) = &self.way {
            out += &format!("{}{}\n\n", pad("first", LABEL), paint.bold(&format!("cd {way}")));
        }
        if self.packs.is_empty() {
            out += "There is no toolpack here yet; with one, run cask init again.\n";
            let label = |n: usize| pad(if n == 0 { "make one" } else { "" }, LABEL);
            for (n, line) in self.mints.iter().enumerate() {
                out += &format!("{}{}\n", label(n), paint.bold(line));
            }
            out += "\n";
        }
        for pack in &self.packs {
            out += &stands(paint, pack);
        }
        if let Some(First::Foreign(name)) = &self.hook {
            let (mark, name) = (paint.yellow(paint.mark(Mark::Warn)), paint.text(name, 200));
            out +=
                &format!("{mark} {name} is there and not cask's: cask hook install --chain calls both\n\n");
        }
        out += &self.next(paint);
        out += &self.offers(paint);
        if let Some(words) = &self.same {
            let lines = broken(words, 80 - LABEL);
            out += "\nThe same without questions:\n";
            for line in lines {
                out += &format!("{}{}\n", pad("", LABEL), paint.bold(&line));
            }
        }
        out
    }

    /// What else there is, for what was found.
    fn offers(&self, paint: Paint) -> String {
        let has_workflow = self.files.iter().any(|(name, _)| name == WORKFLOW);
        let offers = [
            (self.has_clients, "cask lint", "what is wrong with the agents' configurations"),
            (self.offers_hook, "cask hook install", "to be asked before each push"),
            (
                self.in_git && !self.is_gated && !has_workflow,
                "cask init --ci github",
                "a workflow that asks on each pull request",
            ),
        ];
        let mut out = String::new();
        for (_, command, says) in offers.into_iter().filter(|(is_open, ..)| *is_open) {
            let label = if out.is_empty() { "also" } else { "" };
            out += &format!("{}{}  {says}\n", pad(label, LABEL), paint.bold(&pad(command, 21)));
        }
        if out.is_empty() { out } else { format!("\n{out}") }
    }

    fn next(&self, paint: Paint) -> String {
        let say = |label: &str, text: &str| format!("{}{text}\n", pad(label, LABEL));
        if let Some(why) = &self.unsigned {
            return format!("{} nothing was signed: {why}\n\n", paint.yellow(paint.mark(Mark::Warn)))
                + &match self.has_key {
                    true if self.is_in_ci => {
                        say("next", "on your own machine, or with --in-ci and a key of CI's:")
                            + &say("", &paint.bold("cask init"))
                    }
                    true => say("next", &paint.bold("cask init")),
                    false => say("next", &paint.bold("cask key new")) + &say("", &paint.bold("cask init")),
                };
        }
        let mut out = String::new();
        if self.stranger {
            out += &format!(
                "{} your key is none of an owner's: nothing was signed\n\n",
                paint.yellow(paint.mark(Mark::Warn))
            );
        }
        if self.quorum > 1 {
            let more = self.quorum - 1;
            out += &format!(
                "{} gate.yaml counts once {more} more of the owners ran cask trust sign --gate\n\n",
                paint.yellow(paint.mark(Mark::Warn))
            );
        }
        if let Some(until) = self.packs.iter().filter_map(|pack| pack.until).min() {
            out += &format!(
                "Exempted is not approved: nobody looked. From {} on a tool fails that is\n\
                 not approved by then; one that changes needs an approval at once.\n\n",
                until.date()
            );
        }
        let wrote =
            self.files.iter().any(|(_, done)| *done != Done::Left) || self.packs.iter().any(|p| p.written);
        if !wrote {
            return out + &say("next", &paint.bold("cask gate check"));
        }
        if self.in_git {
            out += &say("next", &paint.bold(&format!("git add {}", self.paths())));
            out += &say("", &paint.bold("git commit -m \"Put the agent's tools under the gate\""));
        }
        // A pin has 71 characters, and a line 80.
        let pin = self.pin.as_deref().filter(|_| self.ask_pin);
        let pin = pin.map_or(String::new(), |pin| format!(" --trust-pin \\\n  {pin}"));
        let command = match &self.base {
            Some(base) => format!("cask ci --base-ref {}{pin}", paste(base).unwrap_or("<branch>")),
            None => "cask gate check".to_owned(),
        };
        out += &say(if self.in_git { "" } else { "next" }, &paint.bold(&command));
        if let Some(pin) = self.pin.as_ref().filter(|_| !self.ask_pin && self.is_new) {
            let says = "for CI: with it, no other first trust file passes";
            out += &format!("\n{}{says}\n  {pin}\n", pad("trust-pin", LABEL));
        }
        out
    }

    /// What to commit, as arguments of git: our files by name, toolpacks by folder.
    fn paths(&self) -> String {
        let mut paths = vec![".caskmcp".to_owned(), IGNORE.to_owned()];
        if self.files.iter().any(|(name, done)| name == WORKFLOW && *done != Done::Left) {
            paths.push(WORKFLOW.to_owned());
        }
        for pack in &self.packs {
            paths.push(if is_shell_word(&pack.name) { pack.name.clone() } else { "<toolpack>".to_owned() });
        }
        paths.join(" ")
    }
}

/// A command in lines of at most `width` columns that a shell takes as one.
fn broken(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if columns(line) + columns(word) + 3 <= width => *line += &format!(" {word}"),
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("  {word}"));
            }
            None => lines.push(word.clone()),
        }
    }
    lines
}

/// How a toolpack stands, in one line, and what was left out.
fn stands(paint: Paint, pack: &Stands) -> String {
    let all = pack.tools + 1;
    let name = paint.text(&pack.name, 200);
    let mark = if pack.pending == 0 { Mark::Good } else { Mark::Warn };
    let mut said = Vec::new();
    if pack.exempt > 0 {
        let until = pack.until.map_or(String::new(), |end| format!(" until {}", end.date()));
        said.push(format!("{} of {all} exempted{until}", pack.exempt));
    }
    if pack.pending > 0 {
        said.push(format!("{} of {all} need an approval", pack.pending));
    }
    if said.is_empty() {
        said.push(format!("{all} of {all} signed"));
    }
    format!("{} {name}: {} (tools and surface)\n{}\n", paint.mark(mark), said.join(", "), pack.left_out)
}

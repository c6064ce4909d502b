//! `cask audit tail`: the last records and those that come, until it is ended or nobody reads on. A file that is rotated
//! away is read to its end, then the new one from its beginning.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::trail::{Wanted, WantedArgs, own};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::enforce::audit::line::MAX_LINE;
use crate::io::{audit_files, fs};
use crate::report::escape::terminal::Paint;

/// Follow audit records
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// File (default: state/audit/runtime.jsonl below the state folder)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Records of before that are shown first
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    lines: usize,
    /// End after so many records that come
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    wanted: WantedArgs,
}

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(200);
/// The most records of before that are kept to be shown.
const MOST: usize = 10_000;

/// Runs the command.
///
/// # Errors
/// There is no such file, it can't be read, or nobody reads what is told.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let wanted = args.wanted.checked(ctx)?;
    let path = match &args.file {
        Some(path) => ctx.cwd.join(path),
        None => own(ctx)?,
    };
    let paint = ctx.paint();
    let mut follow = Follow::open(&path)?;
    let mut before = VecDeque::new();
    // What is there already: only the last of it is shown.
    follow.read(&mut |line| {
        if let Some(text) = shown(&wanted, paint, line) {
            before.push_back(text);
            if before.len() > args.lines.min(MOST) {
                before.pop_front();
            }
        }
        Ok(())
    })?;
    for text in before {
        ctx.print(&text)?;
    }
    ctx.out.flush()?;
    let mut left = args.count.unwrap_or(u64::MAX);
    while left > 0 {
        std::thread::sleep(PAUSE);
        let mut told = false;
        follow.read(&mut |line| {
            if left > 0
                && let Some(text) = shown(&wanted, paint, line)
            {
                ctx.print(&text)?;
                left -= 1;
                told = true;
            }
            Ok(())
        })?;
        if told {
            ctx.out.flush()?;
        }
    }
    Ok(0)
}

fn shown(wanted: &Wanted, paint: Paint, line: &[u8]) -> Option<String> {
    match wanted.shown(paint, line) {
        Ok(text) => text,
        // Said in its place: whoever follows sees that something is there.
        Err(_) => Some("? a line that is no record: cask audit verify\n".to_owned()),
    }
}

/// A file that grows.
struct Follow {
    path: PathBuf,
    file: File,
    /// The beginning of a line whose end is not there yet.
    begun: Vec<u8>,
}

impl Follow {
    fn open(path: &Path) -> Result<Follow, Failed> {
        match fs::open_regular(path)? {
            Some(file) => Ok(Follow { path: path.to_owned(), file, begun: Vec::new() }),
            None => Err(Failed::new("input", path.display().to_string(), "there is no audit trail here")
                .hint("--root DIR, or name the file")),
        }
    }

    /// Gives every line that is whole by now.
    fn read(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
        // Asked before reading: what was written to the old file before it was rotated away is then read.
        let gone = audit_files::is_other(&self.path, &self.file);
        self.drain(each)?;
        if gone && let Some(file) = fs::open_regular(&self.path)? {
            self.file = file;
            self.begun.clear();
            self.drain(each)?;
        }
        Ok(())
    }

    fn drain(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
        let mut piece = vec![0; 64 << 10];
        loop {
            let n = self.file.read(&mut piece).map_err(|e| {
                Failed::new("io", self.path.display().to_string(), format!("it can't be read: {e}"))
            })?;
            if n == 0 {
                return Ok(());
            }
            let mut rest = &piece[..n];
            while let Some(end) = memchr::memchr(b'\n', rest) {
                self.begun.extend_from_slice(&rest[..end]);
                each(&self.begun)?;
                self.begun.clear();
                rest = &rest[end + 1..];
            }
            // A line that is longer than any that is written is no record; its beginning is enough to say so.
            if self.begun.len() <= MAX_LINE {
                self.begun.extend_from_slice(rest);
            }
        }
    }
}

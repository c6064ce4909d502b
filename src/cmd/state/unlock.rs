//! `cask state unlock`: takes locks away that were left behind. A lock of the operating system is none of them: it goes with
//! whoever holds it, and its file has to stay, or two writers would hold locks on two files of one name.

use super::shape::Lock;
use super::status::line;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::locks::{self, Found, Held, Kind, Removed};

/// Take locks away that no process holds
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Only the lock of this file, as `cask state status` names it
    #[arg(long, value_name = "FILE")]
    pub id: Option<String>,
    /// Also one whose process runs, or of which that can't be told: only if you know that it is another's
    #[arg(long)]
    pub force: bool,
}

/// Runs the command.
///
/// # Errors
/// The state folder can't be listed, there is no such lock, or one can't be taken away.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let root = ctx.cwd.join(&ctx.global.root);
    let mut found = locks::list(&root)?;
    if let Some(id) = &args.id {
        found.retain(|lock| lock.id == *id);
        if found.is_empty() {
            return Err(Failed::new("input", id, "there is no such lock").hint("cask state status"));
        }
    }
    let (goes, kept) = split(&found, args.force);
    let is_none = goes.is_empty() && kept.is_empty();
    let paint = ctx.paint();
    let mut out = String::new();
    let mut changed = Vec::new();
    for lock in goes {
        match locks::remove(&root, lock)? {
            Removed::Gone => out += &format!("taken away: {}\n", paint.text(&lock.id, 200)),
            Removed::Changed(now) => changed.push(now),
        }
    }
    for lock in &changed {
        let now = line(&Lock::of(lock), ctx);
        out += &format!("kept, for it is another one since it was looked at:\n{now}\n");
    }
    for lock in &kept {
        out += &format!("kept:\n{}\n", line(&Lock::of(lock), ctx));
    }
    if is_none {
        out += "nothing is locked\n";
    }
    ctx.print(&out)?;
    Ok(u8::from(!kept.is_empty() || !changed.is_empty()))
}

/// What is taken away, and what keeps its holder; a free lock of the operating system is neither.
fn split(found: &[Found], force: bool) -> (Vec<&Found>, Vec<&Found>) {
    let is_lock = |lock: &&Found| lock.kind == Kind::Existence || lock.held != Held::Free;
    let goes = |lock: &&Found| lock.kind == Kind::Existence && (force || lock.held == Held::Free);
    found.iter().filter(is_lock).partition(goes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::locks::Stamp;

    #[test]
    fn only_files_of_the_reference_system_go_and_only_those_that_nobody_holds() {
        let stamp = Stamp::default();
        let lock =
            |kind, held| Found { id: "x".into(), kind, held, command: None, age: None, stamp: stamp.clone() };
        let rows = [
            (lock(Kind::Advisory, Held::Free), [(0, 0), (0, 0)]),
            (lock(Kind::Advisory, Held::By(Some(7))), [(0, 1), (0, 1)]),
            (lock(Kind::Existence, Held::Free), [(1, 0), (1, 0)]),
            (lock(Kind::Existence, Held::By(Some(7))), [(0, 1), (1, 0)]),
            (lock(Kind::Existence, Held::Unknown(String::new())), [(0, 1), (1, 0)]),
        ];
        for (lock, expected) in rows {
            let all = [lock];
            for (force, (taken, kept)) in [false, true].into_iter().zip(expected) {
                let (t, k) = split(&all, force);
                assert_eq!((t.len(), k.len()), (taken, kept), "{all:?} {force}");
            }
        }
    }
}

//! One judgement over eight machines, of 2,000 toolpacks of ten tools in a git repository, one of them changed: the whole
//! on one machine, its largest part, and the putting together.

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use cask::cmd::ci;
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::handed::file::{HandOver, Outcome};
use cask::cmd::handed::run::Asked;
use cask::cmd::handed::unite::{Parts, unite};
use cask::cmd::handed::whole::whole;
use divan::counter::BytesCount;
use tempfile::TempDir;

const NOW: &str = "2026-01-02T12:00:00Z";
const PACKS: usize = 2_000;
const TOOLS: usize = 10;
const MACHINES: u32 = 8;

fn main() {
    divan::main();
}

fn git(dir: &Path, args: &[&str]) {
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@invalid", "-c", "gc.auto=0"];
    let status = Command::new("git").current_dir(dir).args(who).args(args).status().expect("git runs");
    assert!(status.success(), "git {args:?}");
}

/// The repository, with `head` checked out.
fn world() -> &'static TempDir {
    static WORLD: OnceLock<TempDir> = OnceLock::new();
    WORLD.get_or_init(|| {
        let dir = TempDir::new().expect("a folder");
        let write = |path: String, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        let (trust, text) = support::trust();
        write(".caskmcp/trust.yaml".into(), &text);
        for n in 0..PACKS {
            let files = support::toolpack(&format!("p{n:04}"), TOOLS);
            write(
                format!("packs/p{n:04}/lockfile/caskmcp.lock.yaml"),
                &support::lockfile(&files, trust.root(), 1),
            );
            for (path, text) in &files {
                write(format!("packs/p{n:04}/{path}"), text);
            }
        }
        git(dir.path(), &["init", "-q", "-b", "main"]);
        git(dir.path(), &["add", "-A"]);
        git(dir.path(), &["commit", "-q", "-m", "all"]);
        git(dir.path(), &["checkout", "-q", "-b", "head"]);
        let changed = dir.path().join("packs/p0007/artifact/tools.json");
        let text =
            std::fs::read_to_string(&changed).expect("a file").replacen("Get one item", "Get an item", 1);
        std::fs::write(changed, text).expect("a file");
        git(dir.path(), &["commit", "-q", "-a", "-m", "change"]);
        dir
    })
}

fn run<T>(args: &[&str], with: impl FnOnce(ci::Args, &mut Ctx) -> T) -> (T, Vec<u8>) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut ctx = Ctx {
        out: &mut out,
        err: &mut err,
        now: support::time(NOW),
        env: &|_| None,
        names: &Vec::new,
        cwd: world().path().to_owned(),
        random: &|bytes| bytes.fill(0),
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    let mut options =
        ci::Args { base_ref: Some("main".into()), head_ref: Some("HEAD".into()), ..ci::Args::default() };
    options.shard = args.first().map(|shard| shard.parse().expect("a part"));
    let came = with(options, &mut ctx);
    (came, out)
}

fn part(k: u32) -> Vec<u8> {
    let (came, out) = run(&[&format!("{k}/{MACHINES}")], ci::run);
    assert_eq!(came.expect("a part"), 0);
    out
}

fn parts() -> &'static Vec<Vec<u8>> {
    static PARTS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    PARTS.get_or_init(|| (1..=MACHINES).map(part).collect())
}

/// All on one machine.
#[divan::bench(sample_count = 5)]
fn one_machine(bencher: divan::Bencher) {
    world();
    bencher.bench_local(|| run(&[], |args, ctx| ci::judged(&args, ctx).expect("a report").packs.len()).0);
}

/// The part that judges what belongs to no toolpack too.
#[divan::bench(sample_count = 5)]
fn first_of_eight(bencher: divan::Bencher) {
    world();
    bencher.bench_local(|| part(1).len());
}

/// The part with the toolpack that changed: it reads the names of all others' tools.
#[divan::bench(sample_count = 5)]
fn changed_of_eight(bencher: divan::Bencher) {
    let judged = |text: &Vec<u8>| match HandOver::read("part", text).expect("a part").outcome {
        Outcome::Judged(part) => part.packs.iter().any(|pack| pack.judged.changed),
        Outcome::Error(_) => false,
    };
    let at = parts().iter().position(judged).expect("the part that changed");
    bencher.bench_local(|| part(u32::try_from(at).expect("few") + 1).len());
}

/// Reads eight files and makes the report.
#[divan::bench(sample_count = 5)]
fn put_together(bencher: divan::Bencher) {
    let texts = parts();
    let bytes = BytesCount::new(texts.iter().map(Vec::len).sum::<usize>());
    bencher.counter(bytes).bench_local(|| {
        use rayon::prelude::*;
        let read = |text: &Vec<u8>| ("part".to_owned(), HandOver::read("part", text).expect("a part"));
        let (parts, now) = whole(texts.par_iter().map(read).collect(), support::time(NOW)).expect("a whole");
        let all = Parts { parts, told: Vec::new(), now, asked: Asked::default() };
        unite(all).expect("a report").packs.len()
    });
}

//! One change judged in one place, and by several that each judge a part: what differs between the two.

use cask::canon::time::Timestamp;
use cask::cmd::ci;
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::failed::Failed;
use cask::cmd::handed::file::HandOver;
use cask::cmd::handed::run::Asked;
use cask::cmd::handed::unite::{Parts, unite};
use cask::cmd::handed::whole::whole;
use cask::model::report::Report;
use cask::report::formats::FORMATS;
use cask::report::style::Style;

use super::forge::World;

/// Runs something in a world at a time; what it printed.
pub fn within<T>(world: &World, now: Timestamp, run: impl FnOnce(&mut Ctx) -> T) -> (T, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut ctx = Ctx {
        out: &mut out,
        err: &mut err,
        now,
        env: &|_| None,
        names: &Vec::new,
        cwd: world.path(""),
        random: &|bytes| bytes.fill(0),
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    let came = run(&mut ctx);
    (came, String::from_utf8(out).expect("text"))
}

/// What each of `n` machines hands over.
pub fn parts(world: &World, n: u32) -> Vec<(String, String)> {
    let part = |k| {
        let mut args = world.args.clone();
        args.shard = Some(format!("{k}/{n}").parse().expect("a part"));
        args.report.format = None;
        let (came, text) = within(world, world.now, |ctx| ci::run(args, ctx));
        assert_eq!(came.is_ok(), text.contains("\"judged\": {"), "part {k}/{n}");
        (format!("part-{k}.json"), text)
    };
    (1..=n).map(part).collect()
}

/// Puts parts together.
pub fn put_together(parts: &[(String, String)], now: Timestamp, asked: Asked) -> Result<Report, Failed> {
    let mut files = Vec::new();
    for (name, text) in parts {
        let handed = HandOver::read(name, text.as_bytes())?;
        assert!(handed.text() == *text, "{name} is written otherwise than it was read");
        files.push((name.clone(), handed));
    }
    let (parts, now) = whole(files, now)?;
    unite(Parts { parts, told: Vec::new(), now, asked })
}

/// What differs between one run and parts put together, in any order: for each of some numbers of parts.
pub fn differs(world: &World, of: &[u32]) -> Option<String> {
    let one = within(world, world.now, |ctx| ci::judged(&world.args, ctx)).0;
    of.iter().find_map(|n| {
        let mut parts = parts(world, *n);
        parts.reverse();
        let many = put_together(&parts, world.now, Asked::default());
        unlike(&one, &many).map(|what| format!("of {n}: {what}"))
    })
}

fn unlike(one: &Result<Report, Failed>, many: &Result<Report, Failed>) -> Option<String> {
    match (one, many) {
        (Ok(one), Ok(many)) if one != many => {
            let (a, b) = (format!("{one:#?}"), format!("{many:#?}"));
            let at = a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or_default();
            let around =
                |text: &str| text.lines().skip(at.saturating_sub(8)).take(12).collect::<Vec<_>>().join("\n");
            Some(format!("{}\n--- in parts:\n{}", around(&a), around(&b)))
        }
        (Ok(one), Ok(many)) => {
            let style = Style::default();
            let other = FORMATS.iter().find(|f| (f.render)(one, &style) != (f.render)(many, &style));
            other.map(|format| format.id.to_owned())
        }
        (Err(_), Err(_)) => None,
        (Ok(_), Err(failed)) => Some(format!("not judged in parts: {:?}", failed.0)),
        (Err(failed), Ok(_)) => Some(format!("judged in parts, not alone: {}", failed.0.message)),
    }
}

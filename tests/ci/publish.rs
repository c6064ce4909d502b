//! Reports that arrive on GitHub, against a GitHub that keeps its contract and has its bad days: one comment whoever
//! posts how often, remarks on lines, check runs, results, issues. Nothing of it changes a verdict.
#![cfg(unix)]

mod channels;
mod comments;

use crate::{fake_github, scene, shop_repo, stories};

use std::path::PathBuf;

use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::publish::{Delivered, Wanted, publish};
use cask::github::place::{Place, Pull};
use cask::model::report::Report;
use scene::Scene;

/// A run of the workflow on pull request 7.
pub fn place(on: &Scene, run: u64) -> Place {
    Place {
        server: "https://github.com".to_owned(),
        owner: "acme".to_owned(),
        repo: "shop".to_owned(),
        repo_id: on.world.state().repo_id,
        workflow: ".github/workflows/cask.yml".to_owned(),
        job: "gate".to_owned(),
        comment_id: String::new(),
        run_id: run,
        run_attempt: 1,
        pull: Some(Pull {
            number: 7,
            head_sha: "a".repeat(40),
            merge_sha: Some("c".repeat(40)),
            from_fork: false,
        }),
        head_sha: "c".repeat(40),
        git_ref: "refs/pull/7/merge".to_owned(),
        read_only: None,
    }
}

/// Nothing but the comment, as the action has it if nobody says anything.
pub fn comment_only() -> Wanted {
    Wanted { risk_icons: true, sarif_category: "cask/gate".to_owned(), ..Wanted::default() }
}

/// Sends a report as a step does.
pub fn sent(on: &Scene, place: &Place, wanted: &Wanted, report: &Report) -> Delivered {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ctx = Ctx {
        out: &mut out,
        err: &mut err,
        // Shortly after the fake begins.
        now: "2026-01-05T12:00:00Z".parse().expect("a time"),
        env: &|_| None,
        names: &Vec::new,
        cwd: PathBuf::from("."),
        random: &|_| (),
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    publish(&ctx, &on.api, wanted, place, report)
}

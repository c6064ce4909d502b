//! Whole steps of a workflow whose every request, and every answer to it, is held against GitHub's own description: all
//! reports at once, both sides read by the API, the second stage for forks. At github.com and at the oldest enterprise
//! server, whose addresses are others.
#![cfg(unix)]

use crate::{fake_github, forge, hub, prism};

use std::path::Path;
use std::sync::Arc;

use fake_github::state::RepoName;
use fake_github::{Grant, Kind};
use forge::*;
use hub::*;
use prism::Peer;
use serde_json::{Value, json};

const MERGE: &str = "refs/pull/7/merge";

/// A repository with pull request 7, which nobody signed, on a GitHub behind the proxy.
struct Site {
    hub: Hub,
    head: String,
    kind: Kind,
    peer: &'static Peer,
    github: Arc<fake_github::World>,
}

impl Site {
    /// Nothing where the proxy could not be installed, and it says so.
    fn of(kind: Kind) -> Option<Site> {
        let peer = Peer::of(kind)?;
        let hub = Hub::of(World::shop());
        hub.world.action(GET_USER, |action| action["description"] = json!("Get one user."));
        let head = hub.propose();
        let github = peer.world(kind);
        let mut state = github.state();
        state.git = Some(hub.bare());
        let tip = hub.world.git(&["rev-parse", "main"]);
        let pull = state.open_pull(7, "mallory", ("head", &head), ("main", &tip));
        pull.merge_sha = Some(git(&hub.bare(), &["rev-parse", MERGE]));
        drop(state);
        Some(Site { hub, head, kind, peer, github })
    }

    fn step(&self, workspace: &Path, event: &str, payload: &Value, with: &[(&str, &str)]) -> Step {
        let (token, graphql) = (self.github.token(Grant::job()), self.github.graphql());
        let mut with = with.to_vec();
        with.push(("token", &token));
        let env = [("GITHUB_API_URL", self.github.rest()), ("GITHUB_GRAPHQL_URL", graphql.as_str())];
        let step = self.hub.step_in(workspace, event, payload, &with, &env);
        assert_eq!(self.peer.prism.complaints(), Vec::<String>::new(), "{:?} {step:?}", self.kind);
        step
    }

    /// Pull request 7 comes from a fork, for the payload and for GitHub.
    fn fork(&self) {
        let fork = RepoName { id: 99, owner: "mallory".to_owned(), name: "shop".to_owned() };
        self.github.state().pulls.get_mut(&7).expect("it is open").head.repo = Some(fork);
    }
}

fn everywhere(test: fn(&Site)) {
    for kind in [Kind::Com, Kind::Enterprise] {
        if let Some(site) = Site::of(kind) {
            test(&site);
        }
    }
}

#[test]
fn every_report_arrives_within_the_contract_and_none_twice() {
    everywhere(|site| {
        let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
        let with =
            [("comment", "always"), ("review-comments", "true"), ("check-run", "true"), ("sarif", "upload")];
        let payload = site.hub.pull(&site.head);
        for _ in 0..2 {
            let step = site.step(&workspace, "pull_request", &payload, &with);
            assert_eq!((step.code, step.output("degraded")), (2, ""), "{step:?}");
            for output in ["comment-url", "check-run-url", "sarif-id"] {
                assert_ne!(step.output(output), "", "{output} {step:?}");
            }
        }
        let state = site.github.state();
        assert_eq!((state.bodies(7).len(), state.checks.len()), (1, 1));
        assert_eq!(state.checks[0].conclusion.as_deref(), Some("failure"));
        assert_eq!((state.reviews.len(), state.review_comments.is_empty()), (1, false), "not once a run");
        let merge = git(&site.hub.bare(), &["rev-parse", MERGE]);
        assert!(state.uploads.iter().all(|upload| upload.commit_sha == merge && upload.git_ref == MERGE));
    });
}

#[test]
fn both_sides_are_read_by_the_api_within_the_contract() {
    everywhere(|site| {
        let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
        // As for a private repository whose checkout left no credentials.
        let away = site.hub.bare().with_extension("away");
        std::fs::rename(site.hub.bare(), &away).expect("it moves");
        site.github.state().git = Some(away);
        site.github.state().private = true;
        let step = site.step(&workspace, "pull_request", &site.hub.pull(&site.head), &[]);
        assert_eq!((step.code, step.output("degraded")), (2, ""), "{step:?}");
        let tip = site.hub.world.git(&["rev-parse", "main"]);
        assert_eq!(step.output("trust-source"), format!("api:{tip}"));
    });
}

#[test]
fn the_second_stage_finds_and_reports_within_the_contract() {
    everywhere(|site| {
        site.fork();
        let workspace = site.hub.dir.path().join("empty");
        std::fs::create_dir_all(&workspace).expect("a folder");
        let ended = json!({"action": "completed", "repository": site.hub.repository(), "workflow_run": {
            "id": 5, "event": "pull_request", "head_sha": site.head, "head_branch": "head",
            "head_repository": {"id": 99, "owner": {"login": "mallory"}}, "pull_requests": []}});
        let step = site.step(&workspace, "workflow_run", &ended, &[("mode", "comment")]);
        assert_eq!((step.code, step.output("degraded")), (2, ""), "{step:?}");
        assert_eq!(site.github.state().bodies(7).len(), 1);
    });
}

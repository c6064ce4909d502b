//! Our client against a GitHub that keeps its contract and has its bad days: pages, limits, lost answers, missing
//! permissions, redirects. Directly, and through the proxy that holds both sides against GitHub's own description;
//! at github.com, and at an enterprise server with other addresses and no limits.
#![cfg(unix)]

use crate::{fake_github, scene, shop_repo};

use std::time::Duration;

use cask::github::refused::Why;
use fake_github::answer::Answer;
use fake_github::state::{BOT, RepoName};
use fake_github::{Fake, Fault, Grant, Kind};
use scene::{BEGINS, SHOP, Scene, directly, every_way};
use shop_repo::ShopRepo;

/// What may be written on the pull request takes this.
const NEEDS: &str = "pull-requests: write";

#[test]
fn comments_are_read_to_the_last_page() {
    every_way(|on| {
        for n in 0..300 {
            let (who, body) =
                if n == 250 { (BOT, "ours".to_owned()) } else { ("mallory", format!("comment {n}")) };
            on.world.state().comment(7, who, &body);
        }
        let all = on.api.comments(SHOP, 7).unwrap();
        assert_eq!(all.len(), 300);
        let ours: Vec<_> = all.iter().filter(|comment| comment.seen.bot).collect();
        assert_eq!((ours.len(), ours[0].seen.body.as_str(), ours[0].seen.login.as_str()), (1, "ours", BOT));
        assert_eq!(on.world.calls("GET", "/comments").len(), 3);
    });
}

#[test]
fn a_comment_is_posted_changed_and_deleted() {
    every_way(|on| {
        let made = on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
        assert!(made.url.ends_with(&format!("/acme/shop/pull/7#issuecomment-{}", made.id)), "{}", made.url);
        assert_eq!(on.api.update_comment(SHOP, made.id, "two").unwrap().seen.body, "two");
        assert_eq!(on.bodies(), ["two"]);
        on.api.delete_comment(SHOP, made.id).unwrap();
        assert_eq!(on.bodies(), Vec::<String>::new());
        on.api.delete_comment(SHOP, made.id).expect("one that is gone is deleted");
        assert_eq!(on.api.update_comment(SHOP, made.id, "three").unwrap_err().why, Why::Missing);
        assert_eq!(on.world.writes().len(), 5, "what is not there is not asked for again");
    });
}

#[test]
fn every_request_says_who_asks_and_in_which_language() {
    every_way(|on| {
        on.api.comments(SHOP, 7).unwrap();
        on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
        for seen in on.world.seen() {
            let header = |name: &str| seen.request.header(name).unwrap_or_default().to_owned();
            assert_eq!(header("accept"), "application/vnd.github+json");
            assert_eq!(header("x-github-api-version"), "2022-11-28");
            assert!(header("user-agent").starts_with("cask/"));
            assert_eq!(header("authorization"), format!("Bearer {}", on.token));
        }
    });
}

#[test]
fn who_we_are_and_what_is_folded_is_asked_at_the_address_of_graphql() {
    every_way(|on| {
        assert_eq!(on.api.login().unwrap(), BOT);
        let made = on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
        on.api.minimize(&made.seen.node_id).unwrap();
        assert_eq!(on.world.state().comments[0].minimized.as_deref(), Some("OUTDATED"));
        let asked = on.world.calls("POST", "graphql");
        assert_eq!(asked.len(), 2);
        assert!(asked.iter().all(|seen| seen.request.path == on.way.kind().graphql()));
        // Errors come with status 200.
        let poor = Scene::with(&on.world, on.way, Grant::read_only());
        let refused = poor.api.minimize(&made.seen.node_id).unwrap_err();
        assert!(refused.reason.contains("Resource not accessible by integration"), "{refused}");
    });
}

/// Acceptance 9: the load balancer gave up after the server had stored it.
#[test]
fn a_comment_whose_answer_was_lost_is_not_posted_twice() {
    every_way(|on| {
        on.world.fault(Fault::on("POST", "/comments").lost(502));
        let made = on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
        assert_eq!((made.seen.body.as_str(), on.bodies()), ("one", vec!["one".to_owned()]));
        assert_eq!(on.world.calls("POST", "/comments").len(), 1);
    });
}

#[test]
fn a_connection_that_ends_early_adds_nothing_twice() {
    let endings: [fn(Fault) -> Fault; 3] = [Fault::cut_after, Fault::half, Fault::cut];
    directly(|on| {
        for (at, ending) in endings.into_iter().enumerate() {
            on.world.fault(ending(Fault::on("POST", "/comments")));
            let body = format!("comment {at}");
            on.api.create_comment(SHOP, 7, &body, NEEDS).unwrap();
            assert_eq!(on.bodies().len(), at + 1, "{body}");
        }
    });
}

#[test]
fn a_comment_that_did_not_land_is_posted_again() {
    every_way(|on| {
        on.world.fault(Fault::on("POST", "/comments").unreachable(503).times(2));
        on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
        assert_eq!(on.bodies(), ["one"]);
        assert_eq!(on.world.calls("POST", "/comments").len(), 3);
        assert_eq!(on.world.calls("GET", "/comments").len(), 2, "somebody looked before each");
    });
}

#[test]
fn a_server_that_stays_broken_is_left_alone() {
    every_way(|on| {
        on.world.fault(Fault::on("GET", "/comments").unreachable(502).always());
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::Broken);
        assert_eq!(on.world.calls("GET", "/comments").len(), 4);
        assert_eq!(on.clock.waits(), [1, 4, 15]);
    });
}

/// What a rule is called, how it is broken, and what is waited for.
type Row = (&'static str, fn(Fault, i64) -> Fault, u64);

#[test]
fn a_limit_is_waited_for_as_long_as_it_says() {
    let reset = i64::try_from(BEGINS).unwrap() + 20;
    let rows: [Row; 4] = [
        ("403 with retry-after", |fault, _| fault.retry_after(403, 7), 7),
        ("429 with retry-after", |fault, _| fault.retry_after(429, 9), 9),
        ("secondary", |fault, _| fault.secondary(), 60),
        ("nothing left of the hour", Fault::exhausted, 21),
    ];
    for (name, fault, seconds) in rows {
        every_way(|on| {
            on.world.fault(fault(Fault::on("POST", "/comments"), reset));
            on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap();
            assert_eq!(on.bodies(), ["one"], "{name}");
            assert_eq!(on.clock.waits()[0], seconds, "{name}");
        });
    }
}

#[test]
fn a_limit_that_is_too_far_away_is_not_waited_for() {
    every_way(|on| {
        on.world.fault(Fault::on("GET", "/comments").retry_after(403, 3600));
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::Limited);
        assert_eq!((on.world.seen().len(), on.clock.waits().len()), (1, 0));
    });
}

#[test]
fn what_a_token_may_not_do_is_told_with_what_would_do() {
    every_way(|on| {
        let poor = Scene::with(&on.world, on.way, Grant::read_only());
        let refused = poor.api.create_comment(SHOP, 7, "one", NEEDS).unwrap_err();
        assert_eq!((refused.why, refused.status), (Why::Forbidden, Some(403)));
        let line = refused.line();
        assert!(line.contains("give the job permissions: pull-requests: write"), "{line}");
        assert!(line.contains("issues=write; pull_requests=write"), "{line}");
        assert_eq!(on.world.seen().len(), 1, "not tried again");
        assert!(!line.contains(&poor.token));
    });
}

#[test]
fn a_text_that_is_too_long_is_told_apart() {
    every_way(|on| {
        on.world.fault(Fault::on("POST", "/comments").too_long());
        assert_eq!(on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap_err().why, Why::TooLong);
    });
    // Not by way of the proxy: it knows the limit and refuses first.
    directly(|on| {
        let long = "x".repeat(65_537);
        assert_eq!(on.api.create_comment(SHOP, 7, &long, NEEDS).unwrap_err().why, Why::TooLong);
    });
}

#[test]
fn an_answer_that_is_none_is_told_and_never_taken_for_nothing() {
    directly(|on| {
        on.world.fault(Fault::on("GET", "/comments").garbled());
        let refused = on.api.comments(SHOP, 7).unwrap_err();
        assert_eq!(refused.why, Why::Unreadable);
        assert!(!refused.line().contains('\u{1b}'), "{:?}", refused.line());
        on.world.fault(Fault::on("GET", "/comments").huge(11 << 20));
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::TooLarge);
        // Packed, it is small on the wire.
        on.world.state().packs = true;
        on.world.fault(Fault::on("GET", "/comments").huge(11 << 20));
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::TooLarge);
        assert_eq!(on.api.comments(SHOP, 7).unwrap().len(), 0);
    });
}

#[test]
fn who_does_not_answer_in_time_is_given_up() {
    directly(|on| {
        let api = on.patient(Duration::from_millis(300));
        on.world.fault(Fault::on("GET", "/comments").slow(Duration::from_millis(900)));
        assert_eq!(api.comments(SHOP, 7).unwrap().len(), 0, "the second try is answered");
        assert_eq!(on.clock.waits(), [1]);
    });
}

/// What a token is for is one server. Elsewhere it is not shown, and what writes is not sent there at all.
#[test]
fn a_redirect_does_not_take_the_token_elsewhere() {
    let elsewhere = Fake::start();
    directly(|on| {
        let there = format!("{}/repos/acme/shop/issues/7/comments", elsewhere.origin);
        on.world.fault(Fault::on("GET", "/comments").redirected(302, &there));
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::Unauthorized);
        on.world.fault(Fault::on("POST", "/comments").redirected(307, &there));
        assert_eq!(on.api.create_comment(SHOP, 7, "one", NEEDS).unwrap_err().why, Why::Astray);
        let here = format!("{}/repos/acme/shop/issues/7/comments", on.world.rest());
        on.world.fault(Fault::on("GET", "/comments").redirected(301, &here));
        assert_eq!(on.api.comments(SHOP, 7).unwrap().len(), 0, "within the server it is followed");
        on.world.fault(Fault::on("GET", "/comments").redirected(301, &here).always());
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::Astray, "not for ever");
    });
    let arrived = elsewhere.strangers();
    assert_eq!(arrived.len(), 2);
    for seen in arrived {
        assert_eq!((seen.request.method.as_str(), seen.request.header("authorization")), ("GET", None));
    }
}

#[test]
fn a_list_does_not_go_on_at_another_server() {
    directly(|on| {
        let next = "<http://127.0.0.1:9/comments?page=2>; rel=\"next\"";
        let page = Answer::ok(&serde_json::json!([])).with("link", next);
        on.world.fault(Fault::on("GET", "/comments").instead(page));
        assert_eq!(on.api.comments(SHOP, 7).unwrap_err().why, Why::Astray);
    });
}

/// What git can't fetch is read by the API: refs, commits, where lines part, trees, files.
#[test]
fn commits_and_files_are_read_without_git() {
    let repo = ShopRepo::new();
    every_way(|on| {
        on.world.state().git = Some(repo.bare.clone());
        let api = &on.api;
        assert_eq!(api.repository(SHOP).unwrap().default_branch, "main");
        for (branch, tip) in [("main", Some(&repo.base)), ("feat/x", Some(&repo.head)), ("feat", None)] {
            assert_eq!(api.branch_tip(SHOP, branch).unwrap().as_ref(), tip, "{branch}");
        }
        let merge = api.commit(SHOP, &repo.merge).unwrap();
        assert_eq!(merge.parents, [repo.base.clone(), repo.head.clone()]);
        assert_eq!(api.commit(SHOP, "feat/x").unwrap().sha, repo.head);
        assert!(api.commit(SHOP, &"0".repeat(40)).is_err());
        let root = api.commit(SHOP, "v1").unwrap();
        assert_eq!(api.merge_base(SHOP, &repo.base, &repo.head).unwrap(), root.sha);
        assert_eq!(api.merge_base(SHOP, "main", "feat/x").unwrap(), root.sha);
        let tree = api.tree(SHOP, &repo.head).unwrap();
        let at = |path: &str| tree.iter().find(|item| item.path == path).unwrap_or_else(|| panic!("{path}"));
        let modes = [
            (".caskmcp/trust.yaml", "100644"),
            ("links/inside", "120000"),
            ("logo.png", "100755"),
            ("module", "160000"),
            ("shop", "040000"),
            ("shop/new name.txt", "100644"),
        ];
        for (path, mode) in modes {
            assert_eq!(at(path).mode, mode, "{path}");
        }
        assert_eq!(api.blob(SHOP, &at(".caskmcp/trust.yaml").sha).unwrap(), b"version: 2\n");
        assert_eq!(api.blob(SHOP, &at("big.txt").sha).unwrap().len(), 1_200_000);
        assert_eq!(api.blob(SHOP, &at("module").sha).unwrap_err().why, Why::Missing);
    });
}

#[test]
fn a_listing_that_was_cut_is_none() {
    let repo = ShopRepo::new();
    every_way(|on| {
        on.world.state().git = Some(repo.bare.clone());
        on.world.state().tree_limit = 3;
        assert_eq!(on.api.tree(SHOP, &repo.head).unwrap_err().why, Why::TooLarge);
    });
}

/// Acceptance 15 and 18: a run of a fork names neither a pull request nor, once the fork is gone, a repository.
#[test]
fn the_pull_request_of_a_fork_is_found_by_its_branch() {
    let repo = ShopRepo::new();
    every_way(|on| {
        let mut state = on.world.state();
        state.git = Some(repo.bare.clone());
        let fork = RepoName { id: 99, owner: "mallory".to_owned(), name: "shop".to_owned() };
        for number in 8..12 {
            let pull = state.open_pull(number, "mallory", ("feat/x", &repo.head), ("main", &repo.base));
            pull.head.repo = Some(fork.clone());
        }
        state.issues.get_mut(&9).unwrap().open = false;
        state.pulls.get_mut(&10).unwrap().head.name = "other".to_owned();
        state.pulls.get_mut(&11).unwrap().head.repo = None;
        drop(state);
        let found = on.api.pulls_of(SHOP, "mallory", "feat/x").unwrap();
        let found: Vec<_> =
            found.iter().map(|pull| (pull.number, pull.head.repo.as_ref().unwrap().id)).collect();
        assert_eq!(found, [(8, 99)]);
        let gone = on.api.pull(SHOP, 11).unwrap();
        assert!(gone.is_open() && gone.head.repo.is_none() && gone.head.sha == repo.head);
        assert_eq!(
            on.api.pulls_with(SHOP, &repo.head).unwrap().len(),
            5 - 1,
            "that of another commit is left out"
        );
        assert!(!on.api.pull(SHOP, 9).unwrap().is_open());
        let files = on.api.changed_files(SHOP, 8).unwrap();
        let patched: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.patch.is_some())).collect();
        assert_eq!(
            patched,
            [("logo.png", false), ("shop/artifact/tools.json", true), ("shop/new name.txt", false)]
        );
    });
}

/// Where the token may not read, the repository is said not to be there. That is not the same as a file that is not.
#[test]
fn a_private_repository_that_may_not_be_read_is_not_an_empty_one() {
    let repo = ShopRepo::new();
    every_way(|on| {
        on.world.state().git = Some(repo.bare.clone());
        on.world.state().private = true;
        let poor = Scene::with(&on.world, on.way, Grant::job().without("contents").without("metadata"));
        assert!(poor.api.branch_tip(SHOP, "main").is_err());
        assert!(poor.api.tree(SHOP, &repo.head).is_err());
        assert_eq!(on.api.branch_tip(SHOP, "none").unwrap(), None);
    });
}

/// The payloads that tests hand to a step are read, each as what it is.
#[test]
fn the_recorded_events_are_read() {
    use cask::github::event::{Event, read};
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/github/events");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let event =
            read(file.split('.').next().unwrap(), &file, &std::fs::read(&path).unwrap()).unwrap().event;
        let told = match &event {
            Event::PullRequest(pull) if pull.is_from_fork() => "fork",
            Event::PullRequest(_) => "own",
            Event::PullRequestTarget(_) => "target",
            Event::MergeGroup(group) => {
                assert_eq!(group.pull_number(), Some(7));
                "group"
            }
            Event::Push(push) if push.deleted => "deleted",
            Event::Push(push) if push.before.trim_matches('0').is_empty() => "created",
            Event::Push(_) => "push",
            Event::WorkflowRun(run)
                if run.head_repository.as_ref().is_some_and(|repo| repo.owner.login == "acme") =>
            {
                "run"
            }
            Event::WorkflowRun(_) => "run of a fork",
            Event::Schedule => "clock",
            Event::Dispatch => "asked",
            Event::Other => "other",
        };
        let expected = match file.trim_end_matches(".json") {
            "pull_request.fork" | "pull_request.deleted-fork" => "fork",
            "pull_request_target.fork" => "target",
            "merge_group.checks-requested" => "group",
            "push.deleted" => "deleted",
            "push.created" | "push.tag" => "created",
            "push.branch" | "push.forced" | "push.default-branch" => "push",
            "workflow_run.fork" => "run of a fork",
            "workflow_run.same-repository" => "run",
            "schedule.nightly" => "clock",
            "workflow_dispatch.main" | "repository_dispatch.asked" => "asked",
            "issue_comment.created" => "other",
            _ => "own",
        };
        assert_eq!(told, expected, "{file}");
        seen += 1;
    }
    assert_eq!(seen, 20);
}

/// An enterprise server tells nothing about limits, and its lists are followed all the same.
#[test]
fn a_server_without_limits_is_read_too() {
    every_way(|on| {
        on.api.comments(SHOP, 7).unwrap();
        let limits = on.world.state().requests_left;
        assert_eq!(limits.is_some(), on.way.kind() == Kind::Com);
    });
}

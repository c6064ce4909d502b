//! Remarks on lines, check runs, results for code scanning, the issue about drift.

use cask::cmd::publish::Wanted;
use cask::github::place::{Place, Pull};
use cask::model::finding::Side;
use cask::model::report::{Report, Verdict};
use serde_json::{Value, json};

use super::fake_github::state::BOT;
use super::fake_github::{Fault, Grant};
use super::scene::{Scene, directly, every_way};
use super::shop_repo::ShopRepo;
use super::{comment_only, place, sent, stories};
use cask::github::inputs::CommentWhen;

fn only(wanted: Wanted) -> Wanted {
    Wanted { comment: CommentWhen::Never, ..wanted }
}

fn check_run() -> Wanted {
    only(Wanted { check_run: true, ..comment_only() })
}

/// A report of which so many findings count, a line each.
fn counting(total: usize) -> Report {
    let mut report = stories::weighed(stories::many(total));
    for (finding, line) in report.findings.iter_mut().zip(1..) {
        finding.place.side = Side::Head;
        finding.place.line = line;
        finding.weighs = Verdict::Breaking;
    }
    report
}

#[test]
fn a_check_run_has_its_annotations_in_parts_and_ends_once() {
    every_way(|on| {
        let report = counting(120);
        let delivered = sent(on, &place(on, 5), &check_run(), &report);
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        assert!(delivered.check_run_url.is_some());
        let [check] = on.world.state().checks.clone().try_into().expect("one run");
        assert_eq!((check.name.as_str(), check.head_sha.as_str()), ("cask / gate", "a".repeat(40).as_str()));
        assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("failure")));
        assert_eq!(check.annotations.len(), 120);
        let parts: Vec<usize> = on
            .world
            .calls("PATCH", "/check-runs/")
            .iter()
            .map(|seen| seen.json()["output"]["annotations"].as_array().map_or(0, Vec::len))
            .collect();
        assert_eq!(parts, [50, 50, 20]);
        assert!(check.title.is_some_and(|title| title.starts_with("Blocked: ")));

        // The same run again: it is the same check run, and nothing is shown twice.
        sent(on, &place(on, 5), &check_run(), &report);
        let checks = on.world.state().checks.clone();
        assert_eq!((checks.len(), checks[0].annotations.len()), (1, 120));
    });
}

#[test]
fn of_many_annotations_five_hundred_are_sent_and_none_twice() {
    directly(|on| {
        on.world.fault(Fault::on("PATCH", "/check-runs/").nth(3).lost(502));
        let delivered = sent(on, &place(on, 5), &check_run(), &counting(700));
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let check = on.world.state().checks[0].clone();
        assert_eq!((check.annotations.len(), check.conclusion.as_deref()), (500, Some("failure")));
    });
}

/// A report, and what GitHub calls it.
type Row = (fn() -> Report, &'static str);

#[test]
fn a_check_run_ends_as_the_report_does() {
    let rows: [Row; 5] = [
        (stories::clean, "success"),
        (stories::review, "neutral"),
        (stories::breaking, "failure"),
        (stories::first_adoption, "action_required"),
        (stories::unjudged, "failure"),
    ];
    for (report, conclusion) in rows {
        directly(|on| {
            sent(on, &place(on, 5), &check_run(), &report());
            assert_eq!(on.world.state().checks[0].conclusion.as_deref(), Some(conclusion));
        });
    }
}

#[test]
fn a_check_run_that_was_begun_before_the_answer_was_lost_is_not_begun_twice() {
    directly(|on| {
        on.world.fault(Fault::on("POST", "/check-runs").lost(502));
        let delivered = sent(on, &place(on, 5), &check_run(), &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        assert_eq!(on.world.state().checks.len(), 1);
    });
}

/// A pull request whose diff shows line 30 and around it of shop/artifact/tools.json.
fn with_files(on: &Scene, repo: &ShopRepo) -> Place {
    let mut state = on.world.state();
    state.git = Some(repo.bare.clone());
    let pull = state.pulls.get_mut(&7).expect("it is open");
    pull.head.sha.clone_from(&repo.head);
    pull.base.sha.clone_from(&repo.base);
    drop(state);
    let pull = Pull {
        number: 7,
        head_sha: repo.head.clone(),
        merge_sha: Some(repo.merge.clone()),
        from_fork: false,
    };
    Place { pull: Some(pull), head_sha: repo.merge.clone(), ..place(on, 5) }
}

fn at_lines(lines: &[u32]) -> Report {
    let mut report = counting(lines.len());
    for (finding, line) in report.findings.iter_mut().zip(lines) {
        finding.place.file = "shop/artifact/tools.json".to_owned();
        finding.place.line = *line;
    }
    report
}

#[test]
fn remarks_stand_on_lines_of_the_change_once_and_go_with_their_finding() {
    every_way(|on| {
        let repo = ShopRepo::new();
        let place = with_files(on, &repo);
        let wanted = only(Wanted { review_comments: true, ..comment_only() });
        // Line 59 is not part of the change.
        let report = at_lines(&[30, 31, 59]);
        let delivered = sent(on, &place, &wanted, &report);
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let lines = |on: &Scene| -> Vec<Option<u64>> {
            on.world.state().review_comments.iter().map(|comment| comment.line).collect()
        };
        assert_eq!(lines(on), [Some(30), Some(31)]);
        assert_eq!(on.world.state().reviews.len(), 1);

        sent(on, &place, &wanted, &report);
        assert_eq!((lines(on).len(), on.world.state().reviews.len()), (2, 1), "nothing is said twice");

        let mut fewer = report.clone();
        fewer.findings.remove(1);
        sent(on, &place, &wanted, &fewer);
        assert_eq!(lines(on), [Some(30)]);
    });
}

#[test]
fn a_file_whose_changes_are_too_many_to_show_is_remarked_as_a_whole() {
    every_way(|on| {
        let repo = ShopRepo::new();
        let place = with_files(on, &repo);
        on.world.state().patch_limit = 10;
        let wanted = only(Wanted { review_comments: true, ..comment_only() });
        let delivered = sent(on, &place, &wanted, &at_lines(&[30]));
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let comments = on.world.state().review_comments.clone();
        assert_eq!((comments.len(), comments[0].line), (1, None));
    });
}

#[test]
fn results_are_uploaded_of_the_merge_and_looked_after() {
    every_way(|on| {
        let wanted =
            only(Wanted { sarif_upload: true, sarif_category: "cask/mine".to_owned(), ..comment_only() });
        let delivered = sent(on, &place(on, 5), &wanted, &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let [upload] = on.world.state().uploads.clone().try_into().expect("one upload");
        assert_eq!(delivered.sarif_id.as_deref(), Some(upload.id.as_str()));
        assert_eq!(
            (upload.commit_sha.as_str(), upload.git_ref.as_str()),
            ("c".repeat(40).as_str(), "refs/pull/7/merge")
        );
        let run = &upload.sarif["runs"][0];
        assert_eq!(run["automationDetails"]["id"], json!("cask/mine/"));
        assert_eq!(run["results"].as_array().map(Vec::len), Some(stories::breaking().findings.len()));
        assert_eq!(on.clock.waits(), [1], "it was pending once");
    });
}

#[test]
fn results_of_a_branch_and_of_a_pull_request_without_a_merge_name_what_they_are_of() {
    directly(|on| {
        let wanted = only(Wanted { sarif_upload: true, ..comment_only() });
        let mut unmerged = place(on, 5);
        unmerged.pull.as_mut().expect("there is one").merge_sha = None;
        let push = Place { pull: None, git_ref: "refs/heads/main".to_owned(), ..place(on, 6) };
        for place in [&unmerged, &push] {
            assert!(sent(on, place, &wanted, &stories::breaking()).sarif_id.is_some());
        }
        let refs: Vec<String> =
            on.world.state().uploads.iter().map(|upload| upload.git_ref.clone()).collect();
        assert_eq!(refs, ["refs/pull/7/head", "refs/heads/main"]);
    });
}

#[test]
fn results_that_are_not_taken_are_told() {
    directly(|on| {
        on.world.state().upload_errors = vec!["locationFromSarifResult: nonsense".to_owned()];
        let wanted = only(Wanted { sarif_upload: true, ..comment_only() });
        let delivered = sent(on, &place(on, 5), &wanted, &stories::breaking());
        assert_eq!(delivered.degraded, ["sarif"]);
        assert!(delivered.notices[0].contains("nonsense"), "{:?}", delivered.notices);

        on.world.state().scanning_enabled = false;
        let delivered = sent(on, &place(on, 6), &wanted, &stories::breaking());
        assert!(delivered.notices[0].contains("Advanced Security"), "{:?}", delivered.notices);
    });
}

#[test]
fn a_server_that_takes_fewer_results_gets_half_of_them() {
    directly(|on| {
        on.world.fault(Fault::on("POST", "/code-scanning/sarifs").refused(422, "too many results"));
        let wanted = only(Wanted { sarif_upload: true, ..comment_only() });
        let delivered = sent(on, &place(on, 5), &wanted, &counting(4_000));
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let results = on.world.state().uploads[0].sarif["runs"][0]["results"].as_array().map(Vec::len);
        assert_eq!(results, Some(2_500));
    });
}

fn scheduled(on: &Scene, run: u64) -> Place {
    Place { pull: None, git_ref: "refs/heads/main".to_owned(), ..place(on, run) }
}

fn issue() -> Wanted {
    only(Wanted { issue: true, issue_labels: vec!["cask-drift".to_owned()], ..comment_only() })
}

fn drift(report: Report) -> Report {
    Report { command: "drift", ..report }
}

#[test]
fn drift_is_one_issue_that_rolls() {
    every_way(|on| {
        let there = |on: &Scene| -> Vec<(u64, bool, usize)> {
            let state = on.world.state();
            let issues = state.issues.values().filter(|issue| issue.number != 7);
            issues
                .map(|i| (i.number, i.open, state.comments.iter().filter(|c| c.issue == i.number).count()))
                .collect()
        };
        let run = |number, report| sent(on, &scheduled(on, number), &issue(), &drift(report));

        assert_eq!((run(1, stories::clean()).issue_url, there(on)), (None, vec![]));
        let opened = run(2, stories::breaking());
        assert!(opened.degraded.is_empty() && opened.issue_url.is_some(), "{opened:?}");
        assert_eq!(there(on), [(8, true, 0)]);
        {
            let state = on.world.state();
            let issue = &state.issues[&8];
            assert!(
                issue.title.starts_with("cask: Drifted: ")
                    && issue.body.starts_with("<!-- cask:drift v=1 id=")
            );
            assert_eq!(
                (issue.labels.as_slice(), issue.login.as_str()),
                (["cask-drift".to_owned()].as_slice(), BOT)
            );
        }
        run(3, stories::breaking());
        assert_eq!(there(on), [(8, true, 0)], "the same drift is no news");
        run(4, stories::review());
        assert_eq!(there(on), [(8, true, 1)], "other drift is");
        run(5, stories::unjudged());
        assert_eq!(there(on), [(8, true, 1)], "what could not be looked at is not over");
        run(6, stories::clean());
        assert_eq!(there(on), [(8, false, 2)]);
        run(7, stories::clean());
        assert_eq!(there(on), [(8, false, 2)]);
        let back = run(8, stories::breaking());
        assert_eq!((there(on), back.issue_url), (vec![(8, true, 3)], opened.issue_url));
    });
}

#[test]
fn an_issue_that_lost_its_label_is_found_and_one_of_others_is_theirs() {
    directly(|on| {
        sent(on, &scheduled(on, 1), &issue(), &drift(stories::breaking()));
        let body = on.world.state().issues[&8].body.clone();
        on.world.state().issues.get_mut(&8).expect("ours").labels.clear();
        on.world
            .state()
            .open_issue(9, "mallory", "cask: Drifted", &body)
            .labels
            .push("cask-drift".to_owned());
        sent(on, &scheduled(on, 2), &issue(), &drift(stories::review()));
        let state = on.world.state();
        assert_eq!(state.issues.keys().copied().collect::<Vec<_>>(), [7, 8, 9]);
        assert_eq!(state.issues[&9].body, body);
        assert_ne!(state.issues[&8].body, body);
    });
}

#[test]
fn where_issues_are_off_that_is_all_there_is_to_say() {
    every_way(|on| {
        on.world.state().issues_enabled = false;
        let delivered = sent(on, &scheduled(on, 1), &issue(), &drift(stories::breaking()));
        assert_eq!(delivered.degraded, ["issue"]);
        assert!(delivered.notices[0].contains("disabled"), "{:?}", delivered.notices);
        assert!(on.world.writes().is_empty());
    });
}

#[test]
fn one_channel_that_fails_leaves_the_others_alone() {
    every_way(|on| {
        let poor = Scene::with(&on.world, on.way, Grant::job().without("checks"));
        let wanted = Wanted { check_run: true, sarif_upload: true, ..comment_only() };
        let delivered = sent(&poor, &place(on, 5), &wanted, &stories::breaking());
        assert_eq!(delivered.degraded, ["check-run"]);
        assert!(delivered.comment_url.is_some() && delivered.sarif_id.is_some(), "{delivered:?}");
        assert!(delivered.notices[0].contains("checks: write"), "{:?}", delivered.notices);
        let writes: Vec<Value> = on.world.writes().iter().map(|seen| json!(seen.status)).collect();
        assert_eq!(writes, [201, 403, 202], "what is refused is asked once");
    });
}

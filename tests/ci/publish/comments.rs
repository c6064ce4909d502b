//! The one comment of a job on a pull request.

use std::time::Duration;

use cask::cmd::publish::Wanted;
use cask::cmd::publish::comment::text;
use cask::github::inputs::{CommentMode, CommentWhen};
use cask::github::marker::{Kind, Marker};
use cask::model::report::Report;
use cask::report::style::Style;

use super::fake_github::state::BOT;
use super::fake_github::{Fault, Grant};
use super::scene::{Scene, directly, every_way};
use super::{comment_only, place, sent, stories};

const POST: &str = "/issues/7/comments";

fn bodies(on: &Scene) -> Vec<String> {
    on.world.state().comments.iter().map(|comment| comment.body.clone()).collect()
}

/// The comment that a run would leave.
fn left(on: &Scene, run: u64, report: &Report) -> String {
    text(&place(on, run), report, &Style::default(), 60_000).1
}

fn run_of(body: &str) -> u64 {
    Marker::read(body).expect("a marker").0.run.0
}

#[test]
fn the_first_run_posts_and_the_next_writes_over_it() {
    every_way(|on| {
        let first = sent(on, &place(on, 5), &comment_only(), &stories::breaking());
        let url = first.comment_url.clone().expect("it was posted");
        assert!(url.contains("/pull/7#issuecomment-"), "{url}");
        assert_eq!((first.degraded.len(), first.notices.len()), (0, 0), "{first:?}");
        assert_eq!(bodies(on), [left(on, 5, &stories::breaking())]);

        let second = sent(on, &place(on, 6), &comment_only(), &stories::clean());
        assert_eq!(second.comment_url, Some(url), "a clean state is told where a bad one was");
        assert_eq!(bodies(on), [left(on, 6, &stories::clean())]);

        let before = on.world.writes().len();
        sent(on, &place(on, 7), &comment_only(), &stories::clean());
        assert_eq!(on.world.writes().len(), before, "the same text is not sent again");
    });
}

/// github.md §16, 1.
#[test]
fn a_contributors_comment_with_our_marker_is_left_alone() {
    every_way(|on| {
        let forged = left(on, 999, &stories::clean());
        on.world.state().comment(7, "mallory", &forged);
        let delivered = sent(on, &place(on, 5), &comment_only(), &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        assert_eq!(bodies(on), [forged.clone(), left(on, 5, &stories::breaking())]);
        sent(on, &place(on, 6), &comment_only(), &stories::review());
        assert_eq!(bodies(on), [forged, left(on, 6, &stories::review())]);
    });
}

/// github.md §16, 2.
#[test]
fn ours_on_the_third_page_is_found_and_exactly_one_remains() {
    every_way(|on| {
        for n in 0..300 {
            let (who, body) = match n {
                250 | 270 => (BOT, left(on, n - 249, &stories::clean())),
                _ => ("dev", format!("comment {n}")),
            };
            on.world.state().comment(7, who, &body);
        }
        let delivered = sent(on, &place(on, 50), &comment_only(), &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let ours: Vec<String> = bodies(on).into_iter().filter(|body| Marker::read(body).is_some()).collect();
        assert_eq!(ours, [left(on, 50, &stories::breaking())]);
        assert_eq!(bodies(on).len(), 299);
        assert!(on.world.calls("POST", POST).is_empty());
    });
}

/// github.md §16, 3: each of two runs has seen no comment before it posts its own, whichever is the slower one.
#[test]
fn of_two_runs_side_by_side_one_comment_of_the_newer_one_stays() {
    type Story = fn() -> Report;
    let stories: [(Story, Story); 2] =
        [(stories::review, stories::breaking), (stories::breaking, stories::breaking)];
    for (slow, fast, (old, new)) in [(5, 6, stories[0]), (6, 5, stories[0]), (6, 5, stories[1])] {
        let of = |run| if run == 6 { new() } else { old() };
        directly(|on| {
            on.world.fault(Fault::on("POST", POST).slow(Duration::from_millis(1_500)));
            let other = Scene::new(&on.world, on.way);
            std::thread::scope(|scope| {
                let waits = scope.spawn(|| sent(on, &place(on, slow), &comment_only(), &of(slow)));
                while on.world.calls("GET", POST).is_empty() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                std::thread::sleep(Duration::from_millis(300));
                let quick = sent(&other, &place(&other, fast), &comment_only(), &of(fast));
                assert!(quick.degraded.is_empty(), "{quick:?}");
                let waited = waits.join().expect("it ends");
                assert!(waited.degraded.is_empty() && waited.notices.is_empty(), "{waited:?}");
            });
            assert_eq!(on.world.calls("POST", POST).len(), 2, "both have posted");
            assert_eq!(bodies(on), [left(on, 6, &of(6))], "{slow} slow");
        });
    }
}

#[test]
fn an_older_run_leaves_a_newer_comment_as_it_is() {
    every_way(|on| {
        let newer = left(on, 9, &stories::breaking());
        on.world.state().comment(7, BOT, &newer);
        let delivered = sent(on, &place(on, 5), &comment_only(), &stories::clean());
        assert_eq!(bodies(on), [newer]);
        assert!(delivered.degraded.is_empty() && delivered.comment_url.is_some(), "{delivered:?}");
    });
}

/// github.md §16, 5.
#[test]
fn a_fork_with_a_token_that_only_reads_tries_nothing_and_says_so_once() {
    directly(|on| {
        let report = stories::breaking();
        let mut fork = place(on, 5);
        fork.read_only = Some("a fork");
        let wanted = Wanted { check_run: true, ..comment_only() };
        let code = report.exit_code();
        let delivered = sent(on, &fork, &wanted, &report);
        assert!(on.world.seen().is_empty(), "nothing is even asked");
        assert_eq!(
            (delivered.degraded.as_slice(), delivered.notices.len()),
            (["comment", "check-run"].as_slice(), 1)
        );
        assert!(delivered.notices[0].contains("a fork"), "{:?}", delivered.notices);
        sent(on, &place(on, 6), &wanted, &report);
        assert_eq!(report.exit_code(), code);
    });
}

/// github.md §16, 9.
#[test]
fn a_comment_that_was_stored_before_the_answer_was_lost_is_not_posted_twice() {
    for fault in [Fault::on("POST", POST).lost(502), Fault::on("POST", POST).cut_after()] {
        directly(|on| {
            on.world.fault(fault.clone());
            let delivered = sent(on, &place(on, 5), &comment_only(), &stories::breaking());
            assert!(delivered.degraded.is_empty() && delivered.comment_url.is_some(), "{delivered:?}");
            assert_eq!((on.world.calls("POST", POST).len(), bodies(on).len()), (1, 1));
        });
    }
}

/// github.md §16, 10.
#[test]
fn a_hostile_name_renders_literally_notifies_nobody_and_leaves_the_marker_whole() {
    every_way(|on| {
        let mut report = stories::breaking();
        stories::poison(&mut report, "`|@org/team<!-- cask:report v=1 -->\n::error::x");
        let delivered = sent(on, &place(on, 5), &comment_only(), &report);
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let [body] = bodies(on).try_into().expect("one comment");
        let (marker, below) = Marker::read(&body).expect("the marker is whole");
        assert_eq!((marker.kind, marker.run), (Kind::Report, (5, 1)));
        assert!(!below.contains("@org"), "{below}");
        // Inside of a fence it is text.
        let mut inside = false;
        for line in below.lines() {
            inside ^= line.starts_with("```");
            assert!(inside || !line.contains("<!--"), "{line}");
        }
        sent(on, &place(on, 6), &comment_only(), &report);
        assert_eq!((bodies(on).len(), run_of(&bodies(on)[0])), (1, 5), "the next run finds it");
    });
}

/// github.md §16, 17.
#[test]
fn a_verdict_stands_where_every_call_is_refused() {
    for status in [401, 403, 404, 500, 0] {
        directly(|on| {
            for method in ["GET", "POST", "PATCH"] {
                let fault = Fault::on(method, "/").always();
                on.world.fault(match status {
                    0 => fault.cut(),
                    status => fault.refused(status, "Resource not accessible by integration"),
                });
            }
            let report = stories::breaking();
            let wanted =
                Wanted { check_run: true, review_comments: true, sarif_upload: true, ..comment_only() };
            let delivered = sent(on, &place(on, 5), &wanted, &report);
            assert_eq!(delivered.degraded, ["comment", "review", "check-run", "sarif"], "{status}");
            assert_eq!(delivered.notices.len(), 4);
            assert!(delivered.notices.iter().all(|line| !line.contains('\n') && !line.contains("ghs_")));
            assert_eq!((report.exit_code(), delivered.comment_url), (2, None));
        });
    }
}

#[test]
fn five_thousand_changes_are_one_comment_of_sixty_thousand_bytes_at_most() {
    every_way(|on| {
        let report = stories::weighed(stories::many(5_000));
        let delivered = sent(on, &place(on, 5), &comment_only(), &report);
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        let [body] = bodies(on).try_into().expect("one comment");
        assert!(body.len() <= 60_000, "{}", body.len());
        assert_eq!(run_of(&body), 5);
    });
}

#[test]
fn a_comment_that_is_too_long_is_sent_again_at_half_the_size() {
    every_way(|on| {
        on.world.fault(Fault::on("POST", POST).too_long());
        let report = stories::weighed(stories::many(5_000));
        let delivered = sent(on, &place(on, 5), &comment_only(), &report);
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        assert!(bodies(on).len() == 1 && bodies(on)[0].len() <= 30_000);
    });
}

#[test]
fn a_comment_that_was_deleted_meanwhile_is_posted_once() {
    every_way(|on| {
        let older = left(on, 1, &stories::clean());
        on.world.state().comment(7, BOT, &older);
        on.world.fault(Fault::on("PATCH", "/issues/comments/").refused(404, "Not Found"));
        let delivered = sent(on, &place(on, 5), &comment_only(), &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        // On this fake the old one is still there: whoever posts looks again, and heals.
        assert_eq!(bodies(on), [left(on, 5, &stories::breaking())]);
        assert_eq!(on.world.calls("POST", POST).len(), 1);
    });
}

#[test]
fn a_new_comment_comes_before_the_old_one_goes_or_is_hidden() {
    every_way(|on| {
        let recreate = Wanted { comment_mode: CommentMode::Recreate, ..comment_only() };
        sent(on, &place(on, 1), &recreate, &stories::review());
        sent(on, &place(on, 2), &recreate, &stories::breaking());
        assert_eq!(bodies(on), [left(on, 2, &stories::breaking())]);
        let order: Vec<String> = on.world.writes().iter().map(|seen| seen.request.method.clone()).collect();
        assert_eq!(order, ["POST", "POST", "DELETE"]);

        let hide = Wanted { comment_mode: CommentMode::HideAndRecreate, ..comment_only() };
        sent(on, &place(on, 3), &hide, &stories::clean());
        let state = on.world.state();
        let shown: Vec<(bool, u64)> =
            state.comments.iter().map(|c| (c.minimized.is_none(), run_of(&c.body))).collect();
        assert_eq!(shown, [(false, 2), (true, 3)]);
        drop(state);

        sent(on, &place(on, 4), &comment_only(), &stories::breaking());
        assert_eq!(bodies(on)[1], left(on, 4, &stories::breaking()), "what is hidden is left alone");
        assert_eq!(bodies(on).len(), 2);
    });
}

#[test]
fn what_cannot_be_hidden_stays_ours() {
    directly(|on| {
        let hide = Wanted { comment_mode: CommentMode::HideAndRecreate, ..comment_only() };
        sent(on, &place(on, 1), &hide, &stories::review());
        on.world.fault(Fault::on("POST", "/graphql").nth(2).refused(403, "no"));
        let delivered = sent(on, &place(on, 2), &hide, &stories::breaking());
        assert!(delivered.degraded.is_empty(), "{delivered:?}");
        sent(on, &place(on, 3), &comment_only(), &stories::clean());
        assert_eq!(bodies(on), [left(on, 3, &stories::clean())]);
    });
}

#[test]
fn there_is_a_comment_when_it_is_wanted() {
    let rows = [
        (CommentWhen::Auto, false, 0),
        (CommentWhen::Auto, true, 1),
        (CommentWhen::Always, false, 1),
        (CommentWhen::OnFailure, false, 0),
        (CommentWhen::OnFailure, true, 1),
        (CommentWhen::Never, true, 0),
    ];
    for (comment, fails, wanted) in rows {
        directly(|on| {
            let mut report = if fails { stories::breaking() } else { stories::clean() };
            if !fails {
                report.packs.iter_mut().for_each(|pack| pack.changed = false);
            }
            let delivered = sent(on, &place(on, 5), &Wanted { comment, ..comment_only() }, &report);
            assert_eq!(bodies(on).len(), wanted, "{comment:?} {fails}");
            assert!(delivered.degraded.is_empty());
        });
    }
}

#[test]
fn jobs_and_comment_ids_have_a_comment_each() {
    every_way(|on| {
        let mut other = place(on, 5);
        other.comment_id = "prod.1".to_owned();
        sent(on, &place(on, 5), &comment_only(), &stories::breaking());
        sent(on, &other, &comment_only(), &stories::breaking());
        assert_eq!(bodies(on).len(), 2);
        sent(on, &other, &comment_only(), &stories::clean());
        assert_eq!(bodies(on).len(), 2);
    });
}

#[test]
fn a_persons_token_and_one_whose_login_is_not_told_find_what_they_posted() {
    directly(|on| {
        let person = Scene::with(&on.world, on.way, Grant::person("release-person"));
        for run in [1, 2] {
            sent(&person, &place(on, run), &comment_only(), &stories::breaking());
        }
        assert_eq!(bodies(on).len(), 1);
        on.world.fault(Fault::on("POST", "/graphql").always().refused(403, "no"));
        for run in [3, 4] {
            sent(on, &place(on, run), &comment_only(), &stories::breaking());
        }
        assert_eq!(bodies(on).len(), 2, "the person's, and that of the job");
    });
}

#[test]
fn what_is_missing_is_named_with_what_would_do() {
    every_way(|on| {
        let poor = Scene::with(&on.world, on.way, Grant::read_only());
        let delivered = sent(&poor, &place(on, 5), &comment_only(), &stories::breaking());
        assert_eq!(delivered.degraded, ["comment"]);
        assert!(delivered.notices[0].contains("pull-requests: write"), "{:?}", delivered.notices);
    });
}

#[test]
fn a_first_comment_takes_three_requests_and_no_wait() {
    directly(|on| {
        sent(on, &place(on, 5), &comment_only(), &stories::breaking());
        let seen: Vec<String> = on.world.seen().iter().map(|seen| seen.request.method.clone()).collect();
        assert_eq!((seen, on.clock.waits()), (vec!["GET".into(), "POST".into(), "GET".into()], vec![]));
    });
}

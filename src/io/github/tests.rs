//! The client against a server on this machine: what is sent, what is followed, what is tried again.

use std::sync::Arc;
use std::time::Duration;

use super::testing::{Server, Still, answer};
use super::{Api, Settings, Slug};
use crate::github::refused::Why;

const SLUG: Slug = Slug { owner: "acme", repo: "shop agent" };
const STORED: &str = r#"{"id":7,"node_id":"IC_7","html_url":"https://g/7","user":{"login":"a[bot]","type":"Bot"},"body":"hello"}"#;

fn started(answers: Vec<String>) -> (Server, Arc<Still>, Api) {
    let (server, pace) = (Server::start(answers), Arc::new(Still::default()));
    let api = Api::new(server.settings(&pace));
    (server, pace, api)
}

fn list(items: &[&str]) -> String {
    answer(200, &["content-type: application/json"], &format!("[{}]", items.join(",")))
}

fn seconds(waits: &[Duration]) -> Vec<u64> {
    waits.iter().map(Duration::as_secs).collect()
}

#[test]
fn a_request_says_who_we_are_and_what_we_read() {
    let (server, _, api) = started(vec![list(&[STORED])]);
    let comments = api.comments(SLUG, 3).unwrap();
    assert_eq!((comments[0].id, comments[0].seen.bot, comments[0].seen.body.as_str()), (7, true, "hello"));
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "GET /repos/acme/shop%20agent/issues/3/comments?per_page=100");
    assert_eq!(asked.header("accept"), Some("application/vnd.github+json"));
    assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"));
    assert_eq!(asked.header("user-agent"), Some(concat!("cask/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(asked.header("authorization"), Some("Bearer ghs_secretsecretsecret"));
    assert_eq!(asked.headers.iter().filter(|line| line.starts_with("x-github-api-version")).count(), 1);
}

#[test]
fn lists_are_read_to_their_end_on_one_server() {
    let next = r#"link: <{base}/repositories/1/issues/3/comments?page=2>; rel="next""#;
    let (server, _, api) = started(vec![answer(200, &[next], &format!("[{STORED}]")), list(&[STORED])]);
    assert_eq!(api.comments(SLUG, 3).unwrap().len(), 2);
    assert_eq!(server.asked()[1].line, "GET /repositories/1/issues/3/comments?page=2");

    let away = r#"link: <https://evil.example/x>; rel="next""#;
    let (server, _, api) = started(vec![answer(200, &[away], "[]")]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Astray);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_list_without_end_is_not_read_for_ever() {
    let next = r#"link: <{base}/more>; rel="next""#;
    let (server, _, api) = started(vec![answer(200, &[next], "[]")]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::TooLarge);
    assert_eq!(server.asked().len(), 50);
}

#[test]
fn reads_and_replacements_are_tried_again_and_then_given_up() {
    let (server, pace, api) = started(vec![answer(502, &[], "<html>"), String::new(), list(&[])]);
    assert_eq!(api.comments(SLUG, 3), Ok(vec![]));
    assert_eq!((server.asked().len(), seconds(&pace.waits())), (3, vec![1, 4]));

    let (server, pace, api) = started(vec![answer(503, &[], "")]);
    let refused = api.update_comment(SLUG, 7, "x").unwrap_err();
    assert_eq!((refused.why, refused.status), (Why::Broken, Some(503)));
    assert_eq!((server.asked().len(), seconds(&pace.waits())), (4, vec![1, 4, 15]));
}

#[test]
fn a_limit_is_waited_for() {
    let (server, pace, api) = started(vec![answer(403, &["retry-after: 7"], "{}"), list(&[])]);
    assert_eq!(api.comments(SLUG, 3), Ok(vec![]));
    assert_eq!((server.asked().len(), seconds(&pace.waits())), (2, vec![7]));

    let (_, pace, api) =
        started(vec![answer(403, &["x-ratelimit-remaining: 0", "x-ratelimit-reset: 1800003600"], "{}")]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Limited);
    assert!(pace.waits().is_empty());
}

#[test]
fn a_comment_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() {
    // It was stored all the same.
    let (server, pace, api) = started(vec![answer(502, &[], ""), list(&[STORED])]);
    let comment = api.create_comment(SLUG, 3, "hello", "pull-requests: write").unwrap();
    assert_eq!((comment.id, server.asked().len(), seconds(&pace.waits())), (7, 2, vec![1]));

    // It was not.
    let (server, _, api) = started(vec![answer(502, &[], ""), list(&[]), answer(201, &[], STORED)]);
    assert_eq!(api.create_comment(SLUG, 3, "hello", "pull-requests: write").unwrap().id, 7);
    let lines: Vec<String> = server.asked().iter().map(|asked| asked.line[..4].to_owned()).collect();
    assert_eq!(lines, ["POST", "GET ", "POST"]);

    // Nobody knows.
    let (server, _, api) = started(vec![answer(502, &[], "")]);
    assert!(api.create_comment(SLUG, 3, "hello", "pull-requests: write").is_err());
    assert_eq!(server.asked().iter().filter(|asked| asked.line.starts_with("POST")).count(), 1);
}

#[test]
fn writes_are_a_second_apart() {
    let (_, pace, api) = started(vec![answer(200, &[], STORED)]);
    for _ in 0..3 {
        api.update_comment(SLUG, 7, "hello").unwrap();
    }
    assert_eq!(seconds(&pace.waits()), [1, 1]);
}

#[test]
fn a_refusal_names_the_permission_and_is_not_tried_again() {
    let (server, _, api) = started(vec![answer(
        403,
        &["x-accepted-github-permissions: issues=write; pull_requests=write"],
        r#"{"message":"Resource not accessible by integration"}"#,
    )]);
    let refused = api.update_comment(SLUG, 7, "x").unwrap_err();
    assert_eq!((refused.why, server.asked().len()), (Why::Forbidden, 1));
    let line = refused.line();
    assert!(line.contains("pull-requests: write") && line.contains("issues=write"), "{line}");
}

#[test]
fn too_long_is_told_apart() {
    let body = r#"{"message":"Validation Failed","errors":[{"code":"unprocessable","message":"Body is too long (maximum is 65536 characters)"}]}"#;
    let (_, _, api) = started(vec![answer(422, &[], body)]);
    assert_eq!(api.update_comment(SLUG, 7, "x").unwrap_err().why, Why::TooLong);
}

#[test]
fn a_read_follows_a_repository_that_moved_and_shows_the_token_to_nobody_else() {
    let other = Server::start(vec![list(&[])]);
    let to = format!("location: {}/elsewhere", other.base);
    let (server, _, api) =
        started(vec![answer(301, &["location: /repositories/1"], ""), answer(302, &[&to], "")]);
    assert_eq!(api.comments(SLUG, 3), Ok(vec![]));
    assert!(server.asked()[1].header("authorization").is_some());
    assert_eq!(other.asked()[0].header("authorization"), None);

    let (server, _, api) = started(vec![answer(301, &["location: /x"], "")]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Astray);
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_write_is_not_sent_elsewhere() {
    let other = Server::start(vec![answer(200, &[], STORED)]);
    let to = format!("location: {}/elsewhere", other.base);
    let (_, _, api) = started(vec![answer(307, &[&to], "")]);
    assert_eq!(api.update_comment(SLUG, 7, "x").unwrap_err().why, Why::Astray);
    assert!(other.asked().is_empty());

    let (server, _, api) = started(vec![answer(308, &["location: /moved"], ""), answer(200, &[], STORED)]);
    assert_eq!(api.update_comment(SLUG, 7, "x").unwrap().id, 7);
    assert_eq!(
        (server.asked()[1].line.as_str(), server.asked()[1].body.as_str()),
        ("PATCH /moved", r#"{"body":"x"}"#)
    );
}

#[test]
fn an_answer_that_is_none_is_told_and_the_token_never() {
    let (_, _, api) = started(vec![answer(200, &[], "<html>\n::error::ghs_secretsecretsecret")]);
    let refused = api.comments(SLUG, 3).unwrap_err();
    assert_eq!(refused.why, Why::Unreadable);
    assert!(!refused.line().contains('\n') && !refused.line().contains("ghs_"), "{refused}");

    let (_, _, api) = started(vec![answer(400, &[], "ghs_secretsecretsecret is bad")]);
    assert!(!format!("{:?}", api.comments(SLUG, 3).unwrap_err()).contains("ghs_"));

    let (_, _, api) = started(vec![list(&[r#"{"id":"seven"}"#])]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Unreadable);
}

#[test]
fn a_large_answer_is_not_read() {
    let (_, _, api) = started(vec!["HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n[".to_owned()]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::TooLarge);
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[{}", " ".repeat(11 << 20));
    let (_, _, api) = started(vec![endless]);
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::TooLarge);
}

#[test]
fn graphql_has_an_address_of_its_own() {
    let (rest, graph) = (
        Server::start(vec![]),
        Server::start(vec![answer(200, &[], r#"{"data":{"viewer":{"login":"a[bot]"}}}"#)]),
    );
    let pace = Arc::new(Still::default());
    let api = Api::new(Settings { graphql: format!("{}/api/graphql", graph.base), ..rest.settings(&pace) });
    assert_eq!(api.login().unwrap(), "a[bot]");
    assert_eq!(graph.asked()[0].line, "POST /api/graphql");
    assert!(graph.asked()[0].header("authorization").is_some() && rest.asked().is_empty());

    let (_, _, api) = started(vec![answer(200, &[], r#"{"data":null,"errors":[{"message":"no"}]}"#)]);
    assert_eq!(api.login().unwrap_err().why, Why::Invalid);
}

#[test]
fn when_the_time_is_over_nothing_is_sent() {
    let (server, pace, api) = started(vec![answer(503, &[], "")]);
    api.within(Duration::from_secs(4)).unwrap();
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Broken);
    assert_eq!((server.asked().len(), seconds(&pace.waits())), (2, vec![1]));
    api.within(Duration::ZERO).unwrap();
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::OutOfTime);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn an_address_that_is_not_safe_is_not_asked() {
    let pace = Arc::new(Still::default());
    let server = Server::start(vec![list(&[])]);
    for rest in ["http://api.example", "ftp://127.0.0.1", "nothing"] {
        let api = Api::new(Settings { rest: rest.to_owned(), ..server.settings(&pace) });
        assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Astray, "{rest}");
    }
    let api = Api::new(server.settings(&pace));
    assert_eq!(api.comments(Slug { owner: "..", repo: "x" }, 3).unwrap_err().why, Why::Astray);
    assert!(server.asked().is_empty());
}

#[test]
fn nobody_there_is_no_answer() {
    let pace = Arc::new(Still::default());
    let base = Server::start(vec![]).settings(&pace);
    // A port that nobody listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let api = Api::new(Settings { rest: format!("http://{closed}"), ..base });
    assert_eq!(api.comments(SLUG, 3).unwrap_err().why, Why::Unreachable);
}

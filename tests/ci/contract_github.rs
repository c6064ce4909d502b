//! The fake of GitHub keeps GitHub's contract: every endpoint of it is called through a proxy that validates both
//! sides against GitHub's own description, for github.com and for the oldest Enterprise Server. And the proxy is
//! shown what it must refuse, so that one that has gone blind fails too.
#![cfg(unix)]

use crate::{fake_github, http_client, prism, shop_repo};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use base64::Engine as _;
use fake_github::answer::Answer;
use fake_github::{Fault, Grant, Kind, World};
use http_client::Response;
use prism::Peer;
use serde_json::{Value, json};
use shop_repo::ShopRepo;

/// The proxy of this file alone: tests of others ask theirs whether it has found anything wrong.
fn peer(kind: Kind) -> Option<&'static Peer> {
    static COM: LazyLock<Option<Peer>> = LazyLock::new(|| Peer::start(Kind::Com));
    static ENTERPRISE: LazyLock<Option<Peer>> = LazyLock::new(|| Peer::start(Kind::Enterprise));
    match kind {
        Kind::Com => COM.as_ref(),
        Kind::Enterprise => ENTERPRISE.as_ref(),
    }
}

/// Somebody who calls a world by hand.
struct Caller {
    world: Arc<World>,
    token: String,
    /// Method and path of all that was called, below the prefix.
    called: Mutex<BTreeSet<(String, String)>>,
}

impl Caller {
    fn new(world: Arc<World>) -> Caller {
        let token = world.token(Grant::job());
        Caller { world, token, called: Mutex::default() }
    }

    fn with(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        let origin = self.world.site.origin();
        let target = url.strip_prefix(origin).expect("an address of this world");
        let path = target.split('?').next().unwrap_or_default().to_owned();
        self.called.lock().expect("one thread").insert((method.to_owned(), path));
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("user-agent", "test"), ("accept", "application/vnd.github+json")];
        all.extend([("authorization", bearer.as_str()), ("x-github-api-version", "2022-11-28")]);
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        for header in headers {
            all.retain(|(name, _)| *name != header.0);
            all.push(*header);
        }
        all.retain(|(_, value)| !value.is_empty());
        let body = body.map(Value::to_string);
        http_client::send(origin, method, target, &all, body.as_deref().map(str::as_bytes))
            .expect("an answer")
    }

    /// Calls something of the repository: the status must be this one, and neither side may break the contract.
    fn call(&self, status: u16, method: &str, below: &str, body: Value) -> Value {
        let url = format!("{}/repos/acme/shop{below}", self.world.rest());
        self.call_at(status, method, &url, body).json()
    }

    fn call_at(&self, status: u16, method: &str, url: &str, body: Value) -> Response {
        let response = self.with(method, url, &[], Some(&body).filter(|body| !body.is_null()));
        let wrong = response.header("sl-violations").unwrap_or_default();
        assert_eq!(wrong, "", "{method} {url}: {}", response.text());
        assert_eq!(response.status, status, "{method} {url}: {}", response.text());
        response
    }

    fn get(&self, below: &str) -> Value {
        self.call(200, "GET", below, Value::Null)
    }
}

/// A world before whom the proxy stands, with the repository of [`ShopRepo`] and its pull request.
fn shop(kind: Kind, repo: &ShopRepo) -> Option<Caller> {
    let world = peer(kind)?.world(kind);
    let mut state = world.state();
    state.git = Some(repo.bare.clone());
    let pull = state.open_pull(7, "mallory", ("feat/x", &repo.head), ("main", &repo.base));
    pull.merge_sha = Some(repo.merge.clone());
    drop(state);
    Some(Caller::new(world))
}

fn comments(on: &Caller) {
    let made = on.call(201, "POST", "/issues/7/comments", json!({"body": "one"}));
    let id = &made["id"];
    assert_eq!(made["user"]["login"], "github-actions[bot]");
    assert_eq!(on.get(&format!("/issues/comments/{id}"))["body"], "one");
    let changed = on.call(200, "PATCH", &format!("/issues/comments/{id}"), json!({"body": "two"}));
    assert_eq!(changed["body"], "two");
    let query = json!({
        "query": "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }",
        "variables": {"id": made["node_id"]},
    });
    on.call_at(200, "POST", &on.world.graphql(), query);
    assert_eq!(on.world.state().comments[0].minimized.as_deref(), Some("OUTDATED"));
    let who = on.call_at(200, "POST", &on.world.graphql(), json!({"query": "query { viewer { login } }"}));
    assert_eq!(who.json()["data"]["viewer"]["login"], "github-actions[bot]");
    on.call(204, "DELETE", &format!("/issues/comments/{id}"), Value::Null);
    for path in [format!("/issues/comments/{id}"), "/issues/99/comments".to_owned()] {
        on.call(404, "GET", &path, Value::Null);
    }
    on.call(404, "PATCH", &format!("/issues/comments/{id}"), json!({"body": "three"}));
    on.call(422, "POST", "/issues/7/comments", json!({"body": " "}));
}

/// All of 250 comments are found by following the links, each once.
fn pages(on: &Caller) {
    for n in 0..250 {
        on.world.state().comment(7, "mallory", &format!("comment {n}"));
    }
    let mut next = Some(format!("{}/repos/acme/shop/issues/7/comments?per_page=100", on.world.rest()));
    let (mut found, mut pages) = (Vec::new(), 0);
    while let Some(url) = next {
        let response = on.call_at(200, "GET", &url, Value::Null);
        found.extend(response.json().as_array().expect("a list").iter().map(|c| c["body"].to_string()));
        let link = response.header("link").unwrap_or_default().to_owned();
        let part = link.split(", ").find(|part| part.ends_with("rel=\"next\""));
        next = part.map(|part| part[1..part.find('>').expect("an address")].to_owned());
        pages += 1;
    }
    assert_eq!((pages, found.len(), found.iter().collect::<BTreeSet<_>>().len()), (3, 250, 250));
}

fn issues(on: &Caller) {
    let labels = json!(["cask-drift"]);
    let made = on.call(201, "POST", "/issues", json!({"title": "Drift", "body": "b", "labels": labels}));
    let number = &made["number"];
    assert_eq!(made["labels"][0]["name"], "cask-drift");
    on.call(
        200,
        "PATCH",
        &format!("/issues/{number}"),
        json!({"state": "closed", "state_reason": "completed"}),
    );
    let found = on
        .get("/issues?state=all&labels=cask-drift&creator=github-actions%5Bbot%5D&per_page=100&sort=updated");
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert!(on.get("/issues?state=open")[0]["pull_request"]["url"].is_string(), "pull requests are issues");
    on.call(200, "PATCH", &format!("/issues/{number}"), json!({"state": "open", "body": "c", "title": "D"}));
    assert_eq!(on.get(&format!("/issues/{number}"))["state"], "open");
    on.call(200, "POST", &format!("/issues/{number}/labels"), json!({"labels": ["bug"]}));
    assert_eq!(on.get("/labels?per_page=100").as_array().map(Vec::len), Some(2));
    assert_eq!(on.get("/labels/bug")["name"], "bug");
    on.call(404, "GET", "/labels/none", Value::Null);
    on.world.state().issues_enabled = false;
    on.call(410, "POST", "/issues", json!({"title": "Drift"}));
    on.call(410, "GET", "/issues", Value::Null);
}

fn checks(on: &Caller, repo: &ShopRepo) {
    let name = "cask / gate";
    let begun = json!({"name": name, "head_sha": repo.head, "status": "in_progress", "external_id": "x"});
    let id = on.call(201, "POST", "/check-runs", begun)["id"].clone();
    let note = |n| json!({"path": "shop/toolpack.yaml", "start_line": n, "end_line": n, "annotation_level": "failure", "message": "m", "title": "t"});
    let notes: Vec<_> = (1..=50).map(note).collect();
    let output = json!({"title": "2 changes", "summary": "s", "annotations": notes});
    for _ in 0..2 {
        on.call(200, "PATCH", &format!("/check-runs/{id}"), json!({"output": output}));
    }
    let ended =
        json!({"status": "completed", "conclusion": "failure", "output": {"title": "t", "summary": "s"}});
    on.call(200, "PATCH", &format!("/check-runs/{id}"), ended);
    let shown = on.get(&format!("/check-runs/{id}"));
    assert_eq!(shown["output"]["annotations_count"], 100, "annotations add up");
    assert_eq!(shown["conclusion"], "failure");
    let found =
        on.get(&format!("/commits/{}/check-runs?check_name=cask%20%2F%20gate&per_page=100", repo.head));
    assert_eq!((&found["total_count"], &found["check_runs"][0]["external_id"]), (&json!(1), &json!("x")));
    assert_eq!(on.get(&format!("/check-runs/{id}/annotations"))[0]["title"], "t");
    on.call(422, "POST", "/check-runs", json!({"name": name, "head_sha": "0".repeat(40)}));
}

fn pulls(on: &Caller, repo: &ShopRepo) {
    let shown = on.get("/pulls/7");
    assert_eq!((&shown["merge_commit_sha"], &shown["changed_files"]), (&json!(repo.merge), &json!(3)));
    let found = on.get("/pulls?state=open&head=acme:feat/x&per_page=100");
    assert_eq!(found[0]["head"]["repo"]["id"], shown["base"]["repo"]["id"]);
    assert_eq!(on.get("/pulls?head=acme:other").as_array().map(Vec::len), Some(0));
    assert_eq!(on.get(&format!("/commits/{}/pulls", repo.head))[0]["number"], 7);
    let files = on.get("/pulls/7/files?per_page=100");
    let status = |name: &str| {
        let file = files.as_array().into_iter().flatten().find(|file| file["filename"] == name);
        file.unwrap_or_else(|| panic!("{name} in {files}")).clone()
    };
    assert!(status("logo.png").get("patch").is_none(), "a binary has no patch");
    assert_eq!(status("shop/new name.txt")["previous_filename"], "shop/old name.txt");
    assert!(
        status("shop/artifact/tools.json")["patch"].as_str().is_some_and(|patch| patch.starts_with("@@ "))
    );
    // The fork is gone: the API says null, which the description had to be taught.
    on.world.state().pulls.get_mut(&7).expect("there").head.repo = None;
    assert!(on.get("/pulls/7")["head"]["repo"].is_null());
    assert!(on.get("/pulls")[0]["head"]["repo"].is_null());
}

fn reviews(on: &Caller) {
    let path = "shop/artifact/tools.json";
    let at = |line: u64| json!({"path": path, "line": line, "side": "RIGHT", "body": format!("at {line}")});
    let review = |comments: Vec<Value>| json!({"event": "COMMENT", "body": "cask", "comments": comments});
    on.call(422, "POST", "/pulls/7/reviews", review(vec![at(30), at(3)]));
    assert_eq!(on.get("/pulls/7/comments"), json!([]), "one that may not stand there refuses them all");
    let made = on.call(200, "POST", "/pulls/7/reviews", review(vec![at(30), at(31)]));
    assert_eq!(made["state"], "COMMENTED");
    assert_eq!(on.get("/pulls/7/reviews").as_array().map(Vec::len), Some(1));
    let head = on.get("/pulls/7")["head"]["sha"].clone();
    let whole = json!({"path": "logo.png", "subject_type": "file", "body": "whole", "commit_id": head});
    let whole = on.call(201, "POST", "/pulls/7/comments", whole);
    assert_eq!(on.get("/pulls/7/comments?per_page=100").as_array().map(Vec::len), Some(3));
    on.call(204, "DELETE", &format!("/pulls/comments/{}", whole["id"]), Value::Null);
    on.call(404, "DELETE", &format!("/pulls/comments/{}", whole["id"]), Value::Null);
}

fn git_data(on: &Caller, repo: &ShopRepo) {
    let (base, head, merge) = (&repo.base, &repo.head, &repo.merge);
    let root = on.call_at(200, "GET", &format!("{}/", on.world.rest()), Value::Null).json();
    assert!(root["rate_limit_url"].is_string());
    assert_eq!(on.get("")["default_branch"], "main");
    assert_eq!(on.get("/git/ref/heads/main")["object"]["sha"], **base);
    assert_eq!(on.get("/git/ref/heads/feat/x")["object"]["sha"], **head);
    assert_eq!(on.get("/git/ref/tags/v1")["object"]["type"], "tag");
    on.call(404, "GET", "/git/ref/heads/none", Value::Null);
    assert_eq!(on.get("/commits/feat%2Fx")["sha"], **head);
    let parents = on.get(&format!("/commits/{merge}"))["parents"].clone();
    assert_eq!([&parents[0]["sha"], &parents[1]["sha"]], [base, head]);
    let object = on.get(&format!("/git/commits/{head}"));
    assert_eq!(object["message"], "Change the shop\n\nWith a body.");
    on.call(422, "GET", &format!("/commits/{}", "0".repeat(40)), Value::Null);
    on.call(404, "GET", &format!("/git/commits/{}", "0".repeat(40)), Value::Null);
    let compared = on.get(&format!("/compare/{base}...{head}"));
    assert_eq!((&compared["status"], &compared["ahead_by"]), (&json!("diverged"), &json!(1)));
    assert_ne!(compared["merge_base_commit"]["sha"], **base);
    let tree = on.get(&format!("/git/trees/{}?recursive=1", object["tree"]["sha"].as_str().expect("a hash")));
    let entry = |path: &str| {
        tree["tree"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| entry["path"] == path)
            .expect("listed")
            .clone()
    };
    assert_eq!(entry("links/inside")["mode"], "120000");
    assert_eq!(entry("module")["type"], "commit");
    let blob = on.get(&format!("/git/blobs/{}", entry("big.txt")["sha"].as_str().expect("a hash")));
    assert_eq!((&blob["size"], &blob["encoding"]), (&json!(1_200_000), &json!("base64")));
    on.world.state().tree_limit = 2;
    assert_eq!(on.get(&format!("/git/trees/{head}"))["truncated"], true);
}

/// Each kind of entry as GitHub shows it by path.
fn contents(on: &Caller, repo: &ShopRepo) {
    let at = |path: &str| on.get(&format!("/contents/{path}?ref={}", repo.base));
    let text = |file: &Value| {
        let content = file["content"].as_str().expect("a content").replace('\n', "");
        base64::engine::general_purpose::STANDARD.decode(content).expect("Base64")
    };
    let trust = at(".caskmcp/trust.yaml");
    assert_eq!((&trust["type"], text(&trust)), (&json!("file"), b"version: 3\n".to_vec()));
    let link = at("links/inside");
    assert_eq!(
        (&link["type"], text(&link)),
        (&json!("file"), b"version: 3\n".to_vec()),
        "a link is not told as one"
    );
    assert_eq!(
        (&at("links/outside")["type"], &at("links/outside")["target"]),
        (&json!("symlink"), &json!("/etc/passwd"))
    );
    assert_eq!(at("module")["type"], "submodule");
    assert_eq!((&at("big.txt")["encoding"], &at("big.txt")["content"]), (&json!("none"), &json!("")));
    assert_eq!(at("shop/old%20name.txt")["name"], "old name.txt");
    let listed = at("shop");
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    for wrong in [format!("/contents/none?ref={}", repo.base), "/contents/big.txt?ref=none".to_owned()] {
        on.call(404, "GET", &wrong, Value::Null);
    }
}

fn scanning(on: &Caller, repo: &ShopRepo) {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, b"{\"version\": \"2.1.0\", \"runs\": []}")
        .expect("memory takes it");
    let packed = base64::engine::general_purpose::STANDARD.encode(packer.finish().expect("memory takes it"));
    let sent = |sarif: &str| json!({"commit_sha": repo.merge, "ref": "refs/pull/7/merge", "sarif": sarif});
    let made = on.call(202, "POST", "/code-scanning/sarifs", sent(&packed));
    let status = format!("/code-scanning/sarifs/{}", made["id"].as_str().expect("an id"));
    assert_eq!(on.get(&status)["processing_status"], "pending");
    assert_eq!(on.get(&status)["processing_status"], "complete");
    on.call(400, "POST", "/code-scanning/sarifs", sent("bm90IGd6aXA="));
    on.world.state().scanning_enabled = false;
    on.call(403, "POST", "/code-scanning/sarifs", sent(&packed));
}

/// All endpoints, in the order of what they need.
fn everything(kind: Kind) {
    let repo = ShopRepo::new();
    let Some(on) = shop(kind, &repo) else { return };
    if kind == Kind::Com {
        let rates = on.call_at(200, "GET", &format!("{}/rate_limit", on.world.rest()), Value::Null);
        assert_eq!(rates.header("x-ratelimit-remaining"), Some("4999"));
    } else {
        let rates = on.call_at(404, "GET", &format!("{}/rate_limit", on.world.rest()), Value::Null);
        assert_eq!(rates.header("x-ratelimit-remaining"), None, "an own server has no limit");
    }
    comments(&on);
    pages(&on);
    checks(&on, &repo);
    reviews(&on);
    pulls(&on, &repo);
    contents(&on, &repo);
    git_data(&on, &repo);
    scanning(&on, &repo);
    issues(&on);
    let called = on.called.lock().expect("one thread");
    let description: Value = serde_json::from_slice(&prism::description(kind)).expect("the slice is JSON");
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            // Paths of several depths are one operation.
            let id = operation["operationId"]
                .as_str()
                .expect("a name")
                .trim_end_matches(|c: char| "-123456".contains(c));
            *done.entry(id).or_default() |=
                called.iter().any(|(m, p)| m.eq_ignore_ascii_case(method) && fits(path, p));
        }
    }
    done.retain(|_, done| !*done);
    assert_eq!(done.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "described, and never called");
    for (method, pattern) in fake_github::route::all() {
        let below = |path: &str| path.strip_prefix(kind.prefix()).unwrap_or(path).to_owned();
        let known = called
            .iter()
            .any(|(m, p)| m == method && fake_github::route::matched(pattern, &below(p)).is_some());
        assert!(known, "the fake has an endpoint that nobody called: {method} {pattern}");
    }
}

fn fits(template: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (template, path): (Vec<_>, Vec<_>) =
        (template.trim_end_matches('/').split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(&path).all(|(t, p)| t.starts_with('{') || t == p)
}

#[test]
fn every_endpoint_keeps_the_contract_of_github_com() {
    everything(Kind::Com);
}

#[test]
fn every_endpoint_keeps_the_contract_of_the_oldest_enterprise_server() {
    everything(Kind::Enterprise);
}

/// What a client may not send does not arrive, and what GitHub would never answer is told.
#[test]
fn the_proxy_refuses_what_breaks_the_contract() {
    let repo = ShopRepo::new();
    let Some(on) = shop(Kind::Com, &repo) else { return };
    let url = |below: &str| format!("{}/repos/acme/shop{below}", on.world.rest());
    let post = |body: Value| on.with("POST", &url("/issues/7/comments"), &[], Some(&body));
    assert_eq!(post(json!({"body": "x".repeat(65_537)})).status, 422, "too long");
    assert_eq!(post(json!({"body": "x", "event": "COMMENT"})).status, 422, "a member that is not known");
    assert_eq!(post(json!({"body": 1})).status, 422, "a number for a text");
    let tokenless = on.with("GET", &url("/issues/7/comments"), &[("authorization", "")], None);
    assert_eq!(tokenless.status, 401);
    assert_eq!(on.with("GET", &url("/stargazers"), &[], None).status, 404, "outside of what cask calls");
    assert_eq!(on.with("PUT", &url("/issues/7"), &[], Some(&json!({}))).status, 405);
    assert_eq!(on.world.seen().len(), 0, "none of these arrived");
    let short = Answer::ok(&json!([{"id": 1, "body": "no author and no time"}]));
    on.world.fault(Fault::on("GET", "/comments").instead(short));
    let response = on.with("GET", &url("/issues/7/comments"), &[], None);
    assert_eq!(response.status, 500);
    assert!(response.header("sl-violations").is_some_and(|wrong| wrong.contains("created_at")));
    on.world.fault(Fault::on("GET", "/comments").refused(418, "I am no GitHub"));
    let response = on.with("GET", &url("/issues/7/comments"), &[], None);
    assert!(response.header("sl-violations").is_some(), "a status that is not described");
    // Scenarios that don't see the proxy's answers ask what it found wrong.
    let complaints = || peer(Kind::Com).expect("it was there").prism.complaints();
    let begun = std::time::Instant::now();
    while complaints().len() < 8 && begun.elapsed() < std::time::Duration::from_secs(10) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(complaints().len(), 8, "{:#?}", complaints());
}

/// Refusals that every client must live with are within the contract too.
#[test]
fn faults_are_such_as_github_has() {
    let repo = ShopRepo::new();
    let Some(on) = shop(Kind::Com, &repo) else { return };
    let url = format!("{}/repos/acme/shop/issues/7/comments", on.world.rest());
    let faults = [
        (403, Fault::on("POST", "").retry_after(403, 3)),
        (429, Fault::on("POST", "").retry_after(429, 3)),
        (403, Fault::on("POST", "").secondary()),
        (403, Fault::on("POST", "").exhausted(1_767_225_700)),
        (422, Fault::on("POST", "").too_long()),
        (500, Fault::on("POST", "").refused(500, "Server Error")),
        (502, Fault::on("POST", "").lost(502)),
        (503, Fault::on("POST", "").unreachable(503)),
    ];
    for (status, fault) in faults {
        on.world.fault(fault);
        on.call_at(status, "POST", &url, json!({"body": format!("after {status}")}));
    }
    assert_eq!(on.world.state().bodies(7), ["after 502"], "stored, though the answer says otherwise");
    let poor = Caller { token: on.world.token(Grant::read_only()), ..Caller::new(on.world.clone()) };
    let refused = poor.call_at(403, "POST", &url, json!({"body": "mine"}));
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("issues=write; pull_requests=write"));
    on.world.state().requests_left = Some(0);
    on.call_at(403, "POST", &url, json!({"body": "too many"}));
}

/// GraphQL of an own server is not below the address of REST.
#[test]
fn graphql_has_an_address_of_its_own() {
    let Some(peer) = peer(Kind::Enterprise) else { return };
    let on = Caller::new(peer.world(Kind::Enterprise));
    let query = json!({"query": "query { viewer { login } }"});
    assert_eq!(on.with("POST", &format!("{}/graphql", on.world.rest()), &[], Some(&query)).status, 404);
    assert_eq!(on.call_at(200, "POST", &on.world.graphql(), query).status, 200);
}

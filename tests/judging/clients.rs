//! Client configurations, workflows and hooks beyond what a case can show: what is refused, what can't be read, what
//! is signed elsewhere, and how long it takes. What is told of a change: fixtures/cases, `command: ci`.

use std::collections::BTreeMap;

use cask::canon::limits::Limits;
use cask::canon::read_yaml::{Dialect, read_yaml};
use cask::clients::locked::Locked;
use cask::clients::state;
use cask::clients::{Around, guards};
use cask::cmd::beside::{Beside, changes};
use cask::io::tree::Tree;
use cask::judge::{Input, judge};
use cask::model::client::ClientFile;
use cask::model::finding::{Approval, ApprovalState, Finding};
use cask::model::gate_config::{FailOn, GateFile, Suppression};
use cask::model::report::{Publication, Report, Source, Verdict};
use cask::model::risk::RiskTier;
use cask::rules::trust;

fn found(base: &BTreeMap<String, Vec<u8>>, head: &BTreeMap<String, Vec<u8>>) -> Vec<Finding> {
    let (base, head) = (Tree::memory(base.clone()), Tree::memory(head.clone()));
    let beside = Beside::look(&GateFile::default(), Some(&base), &head).unwrap_or_else(|f| panic!("{f:?}"));
    changes(beside.handed(), &[]).expect("configurations")
}

#[test]
fn what_can_not_be_read_is_told_with_its_place() {
    let deep = "[".repeat(100_000);
    let long = format!("{{\"mcpServers\": \"{}\"}}", "x".repeat(2 << 20));
    for (path, text) in [
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": 1}}}"),
        (".mcp.json", "{\"mcpServers\": {\"a\": {}}}"),
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"x\", \"url\": \"https://a.test\"}}}"),
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"x\"}, \"a\": {\"command\": \"y\"}}}"),
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"type\": \"pigeon\", \"command\": \"x\"}}}"),
        (".mcp.json", "{\"mcpServers\": []}"),
        (".mcp.json", "[]"),
        (".mcp.json", ""),
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"x\", \"args\": \"y\"}}}"),
        (".mcp.json", deep.as_str()),
        (".mcp.json", long.as_str()),
        (".claude/settings.json", "{\"permissions\": {\"allow\": {}}}"),
        (".codex/config.toml", "[mcp_servers.a]\ncommand = 1\n"),
        (".codex/config.toml", "a = 1\na = 2\n"),
    ] {
        for bytes in [text.as_bytes().to_vec(), [text.as_bytes(), b"\xff"].concat()] {
            let fault = ClientFile::read(path, &bytes).expect_err(text);
            assert_eq!(fault.file, path);
            assert!(fault.line > 0 || matches!(fault.kind, cask::canon::FaultKind::Limit), "{fault}");
            let head = Tree::memory(BTreeMap::from([(path.to_owned(), bytes)]));
            assert!(Beside::look(&GateFile::default(), None, &head).is_err());
        }
    }
}

#[test]
fn a_base_that_can_not_be_read_knows_nothing() {
    let files = |text: &str| BTreeMap::from([(".mcp.json".to_owned(), text.as_bytes().to_vec())]);
    let told = found(&files("{"), &files("{\"mcpServers\": {\"a\": {\"command\": \"./a\"}}}"));
    assert_eq!(told.iter().map(|f| f.rule.id).collect::<Vec<_>>(), ["mcp.server-added"]);
}

#[test]
fn a_configuration_as_broken_as_it_was_keeps_nothing_else_from_being_judged() {
    let files = |text: &str| {
        BTreeMap::from([
            (".mcp.json".to_owned(), text.as_bytes().to_vec()),
            (".cursor/mcp.json".to_owned(), b"{\"mcpServers\": {\"a\": {\"command\": \"./a\"}}}".to_vec()),
        ])
    };
    let look = |base: &str, head: &str| {
        let (base, head) = (Tree::memory(files(base)), Tree::memory(files(head)));
        Beside::look(&GateFile::default(), Some(&base), &head)
    };
    let said = |beside: Beside| beside.not_looked_at().map(|p| p.plain()).collect::<Vec<_>>().join("\n");
    assert!(said(look("{", "{").expect("judged")).contains(".mcp.json on both sides, which can't be read"));
    assert!(said(look("{", "{}").expect("judged")).contains(".mcp.json in the base, which can't be read"));
    assert_eq!(said(look("{}", "{}").expect("judged")), "");
    assert!(look("{}", "{").is_err(), "the head brings it");
}

#[test]
fn a_hook_that_could_not_be_read_may_have_run_the_gate() {
    for (head, told) in [(None, 1), (Some("true"), 1), (Some("cask hook run"), 0)] {
        let guard = guards::Guard {
            path: ".husky/pre-push".into(),
            base: Err("it is a link".into()),
            head: head.map(|text| text.as_bytes().to_vec()),
        };
        let found = guards::run(&[guard]);
        assert_eq!(found.len(), told, "{head:?}");
        assert!(found.iter().all(|f| f.rule == trust::GATE_REMOVED));
    }
}

#[test]
fn a_credential_is_told_where_the_head_brings_it() {
    let token = |n: char| ["ghp_16C7e42F292c6912E7710c838347Ae178B4", &n.to_string()].concat();
    let files = |tokens: &[char]| {
        let servers: Vec<String> = tokens
            .iter()
            .map(|n| format!("\"s{n}\": {{\"command\": \"./s\", \"env\": {{\"T\": \"{}\"}}}}", token(*n)))
            .collect();
        BTreeMap::from([(
            ".mcp.json".to_owned(),
            format!("{{\"mcpServers\": {{{}}}}}", servers.join(",")).into_bytes(),
        )])
    };
    let of = |base: &[char], head: &[char]| {
        let told = found(&files(base), &files(head));
        told.iter()
            .filter(|f| f.rule.id == "pack.secret-found")
            .map(|f| f.subject.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&[], &['a']), ["sa"]);
    assert_eq!(of(&['a'], &['a', 'b']), ["sb"]);
    assert_eq!(of(&['a'], &['a']), [""; 0]);
}

#[test]
fn many_servers_and_rules_take_no_time() {
    let rules: Vec<String> = (0..10_000).map(|n| format!("\"Bash(a{n}:*)\"")).collect();
    let text = |from: usize| format!("{{\"permissions\": {{\"allow\": [{}]}}}}", rules[from..].join(","));
    let file = |text: String| ClientFile::read(".claude/settings.json", text.as_bytes()).expect("read");
    let servers: Vec<String> = (0..1_000).map(|n| format!("\"s{n}\": {{\"command\": \"x\"}}")).collect();
    let mcp = |from: usize| format!("{{\"mcpServers\": {{{}}}}}", servers[from..].join(","));
    let many = |from: usize| ClientFile::read(".mcp.json", mcp(from).as_bytes()).expect("read");
    let started = std::time::Instant::now();
    let told = cask::clients::run(&[file(text(1)), many(500)], &[file(text(0)), many(0)], &Around::default());
    assert!(told.len() > 500, "{}", told.len());
    guards::run(&[guards::Guard {
        path: ".github/workflows/a.yml".into(),
        base: Ok(Some(b"cask\n".repeat(100_000))),
        head: Some(b"cask: [\n".repeat(100_000)),
    }]);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn one_state_is_looked_at_by_itself() {
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let text = format!(
        "{{\"mcpServers\": {{\"a\": {{\"command\": \"npx\", \"args\": [\"a\"], \"env\": {{\"T\": \"{token}\"}}}}, \
         \"b\": {{\"command\": \"sh\", \"args\": [\"-c\", \"x\"]}}, \"c\": {{\"command\": \"node\", \"args\": [\"./c.js\", \"-c\"]}}, \
         \"d\": {{\"command\": \"npx\", \"args\": [\"-y\", \"d@1.0.0\", \"-c\", \"x\"], \"env\": {{\"T\": \"${{T}}\"}}}}}}}}"
    );
    let file = ClientFile::read(".mcp.json", text.as_bytes()).expect("read");
    let told: Vec<_> =
        state::run(&file, &Around::default()).iter().map(|f| (f.subject.name.clone(), f.rule.id)).collect();
    let said = [("a", "mcp.launch-unpinned"), ("a", "pack.secret-found"), ("b", "mcp.launch-shell")];
    assert_eq!(told, said.map(|(name, rule)| (name.to_owned(), rule)));
}

fn added() -> Vec<ClientFile> {
    let text = "{\"mcpServers\": {\"files\": {\"command\": \"npx\", \"args\": [\"-y\", \"files@1.0.0\"], \"env\": {\"A\": \"${A}\"}}}}";
    vec![ClientFile::read(".mcp.json", text.as_bytes()).expect("read")]
}

#[test]
fn a_server_that_a_signed_toolpack_locks_is_acknowledged() {
    let keeps = |env: &str, state: ApprovalState| {
        Locked {
        launch: cask::model::client::launch::kept(
            "baseline",
            &read_yaml(
                "baseline",
                format!("mcp: {{files: {{launch: {{transport: stdio, command: npx, args: [\"-y\", files@1.0.0], env: [{env}], cwd: null}}}}}}\n").as_bytes(),
                Dialect::Strict,
                &Limits::new(4096),
            )
            .expect("YAML"),
        )
        .expect("read")
        .pop()
        .expect("a server")
        .1,
        path: "packs/files".into(),
        approval: Approval { state, ..Approval::not_needed() },
    }
    };
    for (env, state, verdict) in [
        ("A", ApprovalState::Acknowledged, Verdict::Review),
        ("A", ApprovalState::Missing, Verdict::Breaking),
        ("B", ApprovalState::Acknowledged, Verdict::Breaking),
    ] {
        let locked = [keeps(env, state)];
        let told = cask::clients::run(&[], &added(), &Around { locked: &locked, hosts: &[] });
        assert_eq!(judged(told, GateFile::default()).verdict, verdict, "{env} {state:?}");
    }
}

#[test]
fn owners_can_accept_a_server_for_a_while() {
    for (tool, rule, verdict) in [
        ("files", "mcp.server-added", Verdict::Pass),
        ("other", "mcp.server-added", Verdict::Breaking),
        ("files", "mcp.launch-shell", Verdict::Breaking),
    ] {
        let suppression = Suppression {
            rule: rule.into(),
            toolpack: None,
            tool: Some(tool.into()),
            pointer: None,
            reason: "looked at".into(),
            owner: "alice".into(),
            expires: "2026-12-31".into(),
            line: 1,
        };
        let gate = GateFile { suppressions: vec![suppression], ..GateFile::default() };
        let report = judged(cask::clients::run(&[], &added(), &Around::default()), gate);
        assert_eq!(report.verdict, verdict, "{tool} {rule}");
        assert_eq!(report.next.is_empty(), verdict == Verdict::Pass, "who does what next");
    }
}

fn judged(repository: Vec<Finding>, gate: GateFile) -> Report {
    judge(Input {
        command: "ci",
        gate: &gate,
        fail_on: FailOn::Breaking,
        min_risk: RiskTier::Safe,
        packs: Vec::new(),
        repository,
        trust: None,
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: Source::none(),
        publication: Publication::default(),
        now: "2026-11-24T00:00:00Z".parse().expect("a time"),
        base_name: None,
    })
}

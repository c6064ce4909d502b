//! Can `cask run` be fooled? Each test is named after a flaw of the reference system, or an attack that its specification
//! tells of, and would fail on its behaviour. The real program before servers on this machine.

#[path = "support/served_shop.rs"]
mod served_shop;
#[path = "support/session.rs"]
mod session;
#[path = "support/cask.rs"]
mod support;
#[path = "support/upstream.rs"]
mod upstream;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use upstream::{Answered, Upstream};

/// The reason of a refusal.
fn code(told: &Value) -> &str {
    told["reason_code"].as_str().unwrap_or("none")
}

/// The reference system put `../../echo/outside` on the wire as it came: another endpoint answered, approved as this one.
#[test]
fn path_traversal_in_arguments_reaches_nothing_else() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    for hostile in [
        "../../echo/outside",
        "x?admin=1",
        "x#cut",
        "x/../../y",
        "%2e%2e",
        "%2F",
        "{other}",
        "a b",
        "ü",
        "x;y=1",
        "\\..\\",
    ] {
        let got = session.call("get_item", json!({"id": hostile}));
        assert_eq!(got["isError"], false, "{hostile}: {got}");
    }
    for refused in ["", ".", "..", "a\r\nb", "a\0b", "a\nHost: evil.example"] {
        let told = session.told("get_item", json!({"id": refused}));
        assert_eq!(code(&told), "denied_param_validation", "{refused:?}: {told}");
    }
    for asked in shop.upstream.asked() {
        let inner = asked.target.strip_prefix("/api/items/").expect("the approved path");
        assert!(!inner.contains(['/', '?', '#', '\\', '{']), "{inner}");
        assert!(inner != ".." && inner != ".", "{inner}");
    }
}

/// It forwarded any argument that it had never heard of, as query or body.
#[test]
fn an_undeclared_argument_is_refused() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator"]);
    for (tool, arguments) in [
        ("get_item", json!({"id": "1", "admin": true})),
        ("create_item", json!({"color": "red", "role": "admin"})),
    ] {
        assert_eq!(code(&session.told(tool, arguments)), "denied_param_validation", "{tool}");
    }
    assert!(shop.upstream.asked().is_empty());
}

/// Approval did not bind what ran: path, host, method and policy were taken from files that nobody had signed.
#[test]
fn what_is_changed_while_the_server_runs_is_not_served_and_clients_are_told() {
    let shop = Shop::new(Upstream::echo());
    let changes: &[(&str, &str, &str)] = &[
        ("artifact/tools.json", "\"/items/{id}\"", "\"/admin/{id}\""),
        ("artifact/tools.json", "\"method\": \"POST\"", "\"method\": \"PUT\""),
        ("artifact/policy.yaml", "default_action: deny", "default_action: allow"),
        ("toolpack.yaml", "allowed_hosts:", "allowed_hosts:\n- evil.example"),
        ("artifact/toolsets.yaml", "agents\n    actions:", "agents\n    actions:\n    - create_item"),
    ];
    for (file, from, to) in changes {
        let mut session = shop.session(&[]);
        assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
        let path = format!("{PACK}/{file}");
        let before = shop.place.read(&path);
        shop.edit(file, from, to);
        let sent = shop.upstream.asked().len();
        let told = session.told("get_item", json!({"id": "1"}));
        let is_set = *file == "artifact/toolsets.yaml";
        // A tool that was put into a set is not served in it; the others are untouched by that.
        if is_set {
            assert_eq!(
                session.told("create_item", json!({"color": "x"}))["error"],
                "Unknown tool: create_item"
            );
        } else if *file == "artifact/tools.json" && from.contains("POST") {
            assert_ne!(code(&told), "denied_integrity_mismatch", "another tool changed");
        } else {
            // A tool that is not what was approved is not there any more; what covers all tools is said of each.
            let codes = ["denied_unknown_action", "denied_integrity_mismatch"];
            assert!(codes.contains(&code(&told)), "{file}: {told}");
            assert_eq!(shop.upstream.asked().len(), sent, "{file}: nothing was sent");
        }
        session.until(|session| {
            let is_it = |n: &Value| n["method"] == "notifications/tools/list_changed";
            session.notifications.iter().any(is_it).then_some(())
        });
        shop.place.write(&path, before);
        assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false, "{file}: as it was");
    }
}

#[test]
fn a_lockfile_that_is_swapped_while_it_runs_counts_at_once() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--tell-unapproved"]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let lock = format!("{PACK}/lockfile/caskmcp.lock.yaml");
    let good = shop.place.read(&lock);
    // The signature of one tool under another, by text alone: all signatures turned around.
    let signature = |line: &'_ str| line.trim_start().starts_with("signature:");
    let mut signatures: Vec<&str> = good.lines().filter(|line| signature(line)).map(str::trim).collect();
    signatures.reverse();
    let mut turned = signatures.iter();
    let swapped: String = good
        .lines()
        .map(|line| match signature(line) {
            true => {
                let blanks = &line[..line.len() - line.trim_start().len()];
                format!("{blanks}{}\n", turned.next().expect("as many"))
            }
            false => format!("{line}\n"),
        })
        .collect();
    shop.place.write(&lock, swapped);
    assert_eq!(code(&session.told("get_item", json!({"id": "1"}))), "denied_approval_signature_invalid");
    // Somebody else is named as the signer.
    shop.place.write(&lock, good.replace("signer: alice", "signer: mallory"));
    assert_eq!(code(&session.told("get_item", json!({"id": "1"}))), "denied_approval_signature_invalid");
    // The statements are taken out, the word stays.
    let mut bare = String::new();
    let mut skipping = false;
    for line in good.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start() == "approvals:" {
            skipping = true;
            bare += &format!("{line} []\n");
            continue;
        }
        skipping &= indent >= 4 || line.trim_start().starts_with('-');
        if !skipping {
            bare += line;
            bare.push('\n');
        }
    }
    shop.place.write(&lock, &bare);
    let told = session.told("get_item", json!({"id": "1"}));
    assert_eq!(code(&told), "denied_approval_signature_required", "{bare}");
    std::fs::remove_file(shop.place.path(&lock)).expect("a file");
    assert_eq!(code(&session.told("get_item", json!({"id": "1"}))), "denied_integrity_mismatch");
    shop.place.write(&lock, good);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
}

/// A key that is revoked on the default branch ends what it signed, without a restart.
#[test]
fn a_key_that_is_revoked_while_it_runs_counts_no_more() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--tell-unapproved"]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let text = shop.place.read(".caskmcp/trust.yaml");
    let key = text.lines().find_map(|line| line.trim().strip_prefix("- key_id: ")).expect("a key");
    let key = key.trim_matches('"').to_owned();
    // A second owner first: the only key of the only owner can't be taken away.
    let ran = shop.place.cask(&["trust", "revoke", &key, "--reason", "lost", "--yes"]);
    if ran.code == 0 {
        shop.place.merge("revoke");
        let told = session.told("get_item", json!({"id": "1"}));
        assert_ne!(told["id"], "7", "{told}");
    } else {
        assert!(!ran.err.is_empty());
        shop.place.write(".caskmcp/trust.yaml", text.replace("max_risk: critical", "max_risk: low"));
        shop.place.merge("damage");
        let told = session.told("get_item", json!({"id": "1"}));
        assert_eq!(code(&told), "denied_integrity_mismatch", "{told}");
    }
}

#[test]
fn an_approval_that_ended_after_the_start_ends_what_it_let_in() {
    let shop = Shop::unsigned(Upstream::echo());
    let end =
        std::process::Command::new("date").args(["-u", "-d", "+30 seconds", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    let end = String::from_utf8(end.expect("date runs").stdout).expect("text");
    let allow = ["gate", "allow", "--all", "--yes", "--reason", "for now", "--expires", end.trim()];
    shop.place.cask(&allow).ok();
    shop.place.merge("approve for a while");
    let mut session = shop.session(&["--tell-unapproved"]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let start = Instant::now();
    loop {
        let told = session.told("get_item", json!({"id": "1"}));
        if code(&told) == "denied_not_approved" {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{told}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// A lockfile, trust file or policy that can't be read any more is no lockfile, trust file or policy that says yes.
#[test]
fn files_that_cannot_be_read_any_more_end_all_calls() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    for file in ["artifact/policy.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml", "toolpack.yaml"]
    {
        let path = format!("{PACK}/{file}");
        let before = shop.place.read(&path);
        shop.place.write(&path, "{");
        let sent = shop.upstream.asked().len();
        let told = session.told("get_item", json!({"id": "1"}));
        assert_eq!(code(&told), "denied_integrity_mismatch", "{file}: {told}");
        assert_eq!(shop.upstream.asked().len(), sent);
        shop.place.write(&path, before);
        assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false, "{file}");
    }
}

/// Files that are named only while it runs, and files behind links, are looked at like those of the start.
#[cfg(unix)]
#[test]
fn what_it_hangs_on_is_looked_at_wherever_it_is() {
    let shop = Shop::new(Upstream::echo());
    let (lock, linked) = (shop.place.path("real.yaml"), shop.place.path("linked.yaml"));
    std::fs::copy(shop.place.path(&format!("{PACK}/lockfile/caskmcp.lock.yaml")), &lock).expect("a copy");
    std::os::unix::fs::symlink(&lock, &linked).expect("a link");
    shop.place.git(&["branch", "trusted"]);
    let one = json!({"id": "1"});
    let is_refused = |session: &mut Session| {
        let sent = shop.upstream.asked().len();
        let told = session.told("get_item", one.clone());
        shop.upstream.asked().len() == sent && code(&told).starts_with("denied_")
    };

    let mut session = shop.session(&["--lockfile", "linked.yaml", "--tell-unapproved"]);
    assert_eq!(session.call("get_item", one.clone())["isError"], false);
    shop.place.write("real.yaml", shop.place.read("real.yaml").replace("signer: alice", "signer: mallory"));
    assert!(is_refused(&mut session), "the file behind a link changed");

    let mut session = shop.session(&["--trust-ref", "trusted", "--tell-unapproved"]);
    assert_eq!(session.call("get_item", one.clone())["isError"], false);
    let tree = shop.place.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let bare = shop.place.git(&["commit-tree", &tree, "-m", "nobody is trusted"]);
    shop.place.git(&["update-ref", "refs/heads/trusted", &bare]);
    assert!(is_refused(&mut session), "the branch that trust is read from moved");

    let mut session = shop.session(&["--tell-unapproved"]);
    let tools = shop.place.read(&format!("{PACK}/artifact/tools.json"));
    shop.place.write(&format!("{PACK}/artifact/other.json"), &tools);
    shop.edit("toolpack.yaml", "artifact/tools.json", "artifact/other.json");
    assert!(is_refused(&mut session), "nobody approved that");
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "moved"]).ok();
    let told = session.call("get_item", one.clone());
    assert_eq!(told["isError"], false, "the same tools in another file: {told}");
    shop.edit("artifact/other.json", "\"/items/{id}\"", "\"/admin/{id}\"");
    assert!(is_refused(&mut session), "a file changed that was not named at the start");
}

/// A toolpack that names a file which is not there yet: once it is, and it is what was approved, it is served. Nothing else
/// is written to meanwhile.
#[test]
fn what_cannot_be_read_is_looked_at_until_it_can() {
    let shop = Shop::new(Upstream::echo());
    let [header, lock, other] = ["toolpack.yaml", "lockfile/caskmcp.lock.yaml", "artifact/other.json"]
        .map(|file| format!("{PACK}/{file}"));
    let before = [&header, &lock].map(|file| shop.place.read(file));
    let tools = shop.place.read(&format!("{PACK}/artifact/tools.json"));
    shop.place.write(&other, &tools);
    shop.edit("toolpack.yaml", "artifact/tools.json", "artifact/other.json");
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "moved"]).ok();
    let after = [&header, &lock].map(|file| shop.place.read(file));
    std::fs::remove_file(shop.place.path(&other)).expect("a file");
    let put = |[head, approvals]: &[String; 2]| {
        shop.place.write(&header, head);
        shop.place.write(&lock, approvals);
    };
    put(&before);

    let mut session = shop.session(&[]);
    let one = json!({"id": "1"});
    assert_eq!(session.call("get_item", one.clone())["isError"], false);
    put(&after);
    assert_eq!(code(&session.told("get_item", one.clone())), "denied_integrity_mismatch");
    shop.place.write(&other, "{");
    assert_eq!(code(&session.told("get_item", one.clone())), "denied_integrity_mismatch");
    shop.place.write(&other, &tools);
    assert_eq!(session.call("get_item", one.clone())["isError"], false, "the file is there now");
    shop.place.write(&other, tools.replace("\"/items/{id}\"", "\"/admin/{id}\""));
    assert_eq!(code(&session.told("get_item", one)), "denied_unknown_action", "and is looked at still");
}

/// Two servers that shared a store took each other's tokens, whatever base address they were started with.
#[test]
fn a_token_is_good_for_one_origin() {
    let shop = Shop::new(Upstream::echo());
    let other = Upstream::echo();
    let mut one = shop.session(&["--toolset", "operator"]);
    let asked = one.told("create_item", json!({"color": "red"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let base = format!("http://127.0.0.1:{}", other.port);
    let mut two = shop.session(&["--toolset", "operator", "--base-url", &base, "--unsafe-base-url"]);
    let told = two.told("create_item", json!({"color": "red", "confirmation_token_id": token}));
    assert_eq!(code(&told), "denied_confirmation_invalid");
    assert!(other.asked().is_empty());
    let made = one.call("create_item", json!({"color": "red", "confirmation_token_id": token}));
    assert_eq!(made["isError"], false, "the token was not spent by it");
}

/// A grant that was given for the server to try things out on counted for the one that customers use.
#[test]
fn a_token_is_good_for_one_part_of_a_server() {
    let shop = Shop::new(Upstream::echo());
    let base = |part: &str| format!("http://127.0.0.1:{}/{part}", shop.upstream.port);
    let (staging, prod) = (base("staging"), base("prod"));
    let mut one = shop.session(&["--toolset", "operator", "--base-url", &staging]);
    let asked = one.told("create_item", json!({"color": "red"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    let waiting = shop.place.cask(&["confirm", "list", "--format", "json"]).ok();
    assert!(waiting.contains("/staging/api/items"), "what is shown is what would be sent: {waiting}");
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let mut two = shop.session(&["--toolset", "operator", "--base-url", &prod]);
    let again = json!({"color": "red", "confirmation_token_id": token});
    assert_eq!(code(&two.told("create_item", again.clone())), "denied_confirmation_invalid");
    assert!(shop.upstream.asked().is_empty());
    assert_eq!(one.call("create_item", again)["isError"], false);
    assert_eq!(shop.upstream.asked()[0].target, "/staging/api/items");
}

/// Rules about headers were asked before the headers were there.
#[test]
fn rules_see_the_headers_that_are_sent() {
    let shop = Shop::unsigned(Upstream::echo());
    let policy = format!("{PACK}/artifact/policy.yaml");
    let mut text = shop.place.read(&policy);
    text += r#"- id: no-json
  name: no JSON
  type: deny
  priority: 900
  match:
    headers:
      content-type: application/json
"#;
    shop.place.write(&policy, text);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
    shop.place.merge("approve");
    let mut session = shop.session(&["--toolset", "operator"]);
    assert_eq!(code(&session.told("create_item", json!({"color": "red"}))), "denied_policy");
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
}

#[test]
fn a_base_address_that_nobody_approved_is_refused() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--base-url", "http://127.0.0.1:1"]);
    assert!(ran.failed().contains("--base-url"));
}

/// Loopback was reached through a flag alone in the reference system's container; here it is closed until opened, and what
/// is never opened stays closed.
#[test]
fn this_machine_is_not_reached_unless_it_is_opened() {
    let shop = Shop::new(Upstream::echo());
    let mut session = Session::open(shop.place.command(&["run", "--toolpack", PACK]));
    assert_eq!(code(&session.told("get_item", json!({"id": "1"}))), "denied_host_resolution_failed");
    assert!(shop.upstream.asked().is_empty());
    for cidr in ["0.0.0.0/0", "169.254.0.0/16", "127.0.0.1/8", "fd00::/4", "nonsense"] {
        let ran = shop.place.cask(&["run", "--toolpack", PACK, "--allow-private-cidr", cidr]);
        assert_eq!(ran.code, 3, "{cidr}: {}", ran.err);
    }
}

/// Redirects took `Authorization` to any host, and a POST that was answered 303 was posted again.
#[test]
fn redirects_lead_nowhere_that_was_not_approved() {
    let elsewhere = Upstream::echo();
    let port = elsewhere.port;
    let shop = Shop::new(Upstream::new(move |asked| {
        let to = match asked.target.rsplit('/').next().unwrap_or_default() {
            "metadata" => "http://169.254.169.254/latest/meta-data/".to_owned(),
            "file" => "file:///etc/passwd".to_owned(),
            "port" => format!("http://127.0.0.1:{port}/x"),
            "here" => "/api/items/end".to_owned(),
            "loop" => "/api/items/loop".to_owned(),
            _ => return Answered::json(200, &json!({"id": "end"})),
        };
        Answered::of(302, "text/plain", "").with("location", &to)
    }));
    let with = |more: &[&str]| {
        let mut command = shop.command(more);
        command.env("CASK_AUTH_HEADER", "Bearer the-secret-of-the-shop");
        Session::open(command)
    };
    let mut closed = with(&[]);
    assert_eq!(code(&closed.told("get_item", json!({"id": "here"}))), "denied_redirect_not_allowlisted");
    let mut open = with(&["--allow-redirects"]);
    assert_eq!(open.call("get_item", json!({"id": "here"}))["structuredContent"]["id"], "end");
    for hostile in ["metadata", "port", "loop"] {
        let told = open.told("get_item", json!({"id": hostile}));
        assert_eq!(code(&told), "denied_redirect_not_allowlisted", "{hostile}");
    }
    let told = open.told("get_item", json!({"id": "file"}));
    assert!(code(&told).starts_with("denied_"), "{told}");
    assert!(elsewhere.asked().is_empty());
}

/// 20 MB were read into memory and into the reply; a drip never ended.
#[test]
fn answers_are_bounded_in_size_and_time() {
    let shop = Shop::new(Upstream::new(|asked| match asked.target.rsplit('/').next().unwrap_or_default() {
        "big" => Answered::of(200, "text/plain", vec![b'x'; 20 << 20]),
        _ => Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(20)),
    }));
    let mut session = shop.session(&["--timeout", "1"]);
    let big = session.told("get_item", json!({"id": "big"}));
    // Whoever is told that nothing was done does it again.
    assert_eq!((code(&big), &big["executed"]), ("denied_response_too_large", &json!(true)));
    let start = Instant::now();
    let slow = session.told("get_item", json!({"id": "slow"}));
    assert_eq!(code(&slow), "denied_timeout");
    assert!(slow.get("executed").is_some_and(Value::is_null), "{slow}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// Cookies of one call were sent with the next, and credentials stood in the list of processes and in answers.
#[test]
fn credentials_are_shown_to_their_server_and_to_nobody_else() {
    let shop = Shop::new(Upstream::new(|asked| {
        let said = json!({"id": "1", "authorization": asked.header("authorization"), "cookie": asked.header("cookie")});
        // As some languages write it.
        let said = said.to_string().replace('/', "\\/");
        Answered::of(200, "application/json", said).with("set-cookie", "session=of-another-call")
    }));
    let mut command = shop.command(&[]);
    command.env("CASK_AUTH_HEADER", "Bearer the-secret/of-the-shop");
    let mut session = Session::open(command);
    session.call("get_item", json!({"id": "1"}));
    let got = session.call("get_item", json!({"id": "1"}));
    let asked = shop.upstream.asked();
    assert_eq!(asked[1].header("authorization"), Some("Bearer the-secret/of-the-shop"));
    assert_eq!(asked[1].header("cookie"), None);
    for part in ["the-secret", "of-the-shop"] {
        assert!(!got.to_string().contains(part), "{got}");
    }
    let (_, _, told) = session.close();
    assert!(!told.join("\n").contains("the-secret"));
    assert!(!shop.place.read(".caskmcp/state/audit/runtime.jsonl").contains("the-secret"));
    let mut broken = shop.command(&[]);
    broken.env("CASK_AUTH_HEADER", "Bearer a\r\nX-Admin: 1");
    let output = broken.output().expect("it ends");
    assert_eq!(output.status.code(), Some(3));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("X-Admin"));
}

/// The proxy of the environment was asked, and got the credentials.
#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let proxy = Upstream::echo();
    let shop = Shop::new(Upstream::echo());
    let mut command = shop.command(&[]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        command.env(name, format!("http://127.0.0.1:{}", proxy.port));
    }
    let mut session = Session::open(command);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    assert!(proxy.asked().is_empty());
}

/// Calls were made though they could not be written down.
#[test]
fn what_cannot_be_written_down_is_not_done() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--audit-log", "/dev/full"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let mut session = shop.session(&[]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let log = shop.place.path(".caskmcp/state/audit/runtime.jsonl");
    std::fs::rename(&log, log.with_extension("moved")).expect("a file");
    std::fs::create_dir(&log).expect("a folder stands in its place");
    let sent = shop.upstream.asked().len();
    let told = session.told("get_item", json!({"id": "2"}));
    assert_eq!(code(&told), "error_internal", "{told}");
    assert!(!told.to_string().contains(".caskmcp"), "no path of this machine: {told}");
    assert_eq!(shop.upstream.asked().len(), sent, "nothing was sent");
    let list = session.ask("tools/list", json!({}));
    assert_eq!(list["error"]["code"], -32603, "nor are tools named: {list}");
}

/// A checkout can bring links: the log went into nothing, or all of it into another folder, whose mode was changed.
#[cfg(unix)]
#[test]
fn links_below_the_state_folder_lead_nowhere() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let shop = Shop::new(Upstream::echo());
    let elsewhere = shop.place.dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let state = shop.place.path(".caskmcp/state");
    for (link, target) in [
        ("audit/runtime.jsonl", std::path::Path::new("/dev/null")),
        ("audit", &elsewhere),
        ("confirmations.db", &elsewhere.join("other.db")),
        ("", &elsewhere),
    ] {
        let _ = std::fs::remove_dir_all(&state);
        let link = if link.is_empty() { state.clone() } else { state.join(link) };
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("folders");
        symlink(target, &link).expect("a link");
        let ran = shop.place.cask(&["run", "--toolpack", PACK]);
        assert_eq!(ran.code, 3, "{}: {}", link.display(), ran.err);
        assert!(ran.err.contains("link"), "{}: {}", link.display(), ran.err);
    }
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    let mode = std::fs::metadata(&elsewhere).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

/// A process that is killed between intent and outcome leaves a trace that the next one tells of.
#[cfg(unix)]
#[test]
fn a_kill_between_intent_and_outcome_is_told_at_the_next_start() {
    let shop =
        Shop::new(Upstream::new(|_| Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(30))));
    let mut session = shop.session(&[]);
    session.begin("tools/call", json!({"name": "get_item", "arguments": {"id": "1"}}));
    while shop.upstream.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").args(["-KILL", &session.pid().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    drop(session);
    let next = shop.session(&[]);
    let (_, _, told) = next.close();
    assert!(told.iter().any(|line| line.contains("its outcome never written down")), "{told:?}");
    let start = shop.audit().into_iter().rfind(|record| record["kind"] == "runtime_start").expect("a start");
    assert_eq!(start["unmatched"].as_array().map(Vec::len), Some(1), "{start}");
    shop.place.cask(&["audit", "verify"]).ok();
}

/// Limits were of one process and forgotten at its end, and charged for calls that were denied.
#[test]
fn limits_hold_across_processes_and_only_what_is_sent_is_charged() {
    let shop = Shop::unsigned(Upstream::echo());
    shop.edit("artifact/policy.yaml", "global_rate_limit: 100", "global_rate_limit: 3");
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    let mut one = shop.session(&[]);
    for _ in 0..5 {
        assert_eq!(code(&one.told("get_item", json!({"id": 5}))), "denied_param_validation");
    }
    assert_eq!(one.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(one.call("get_item", json!({"id": "1"}))["isError"], false);
    drop(one.close());
    let mut two = shop.session(&[]);
    assert_eq!(two.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(code(&two.told("get_item", json!({"id": "1"}))), "denied_rate_limited");
    assert_eq!(shop.upstream.asked().len(), 3);
}

/// Sixty-four at once: every answer under its own id, every call in the log, no more than eight at the server.
#[test]
fn many_callers_at_once_get_their_own_answers() {
    let shop = Shop::unsigned(Upstream::new(|asked| {
        Answered::json(200, &json!({"id": asked.target})).after(Duration::from_millis(5))
    }));
    shop.edit("artifact/policy.yaml", "global_rate_limit: 100", "global_rate_limit: 100000");
    let tools = shop.place.read(&format!("{PACK}/artifact/tools.json"));
    let tools = tools.replace("\"rate_limit_per_minute\": 120", "\"rate_limit_per_minute\": 100000");
    shop.place.write(&format!("{PACK}/artifact/tools.json"), tools);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    let mut session = shop.session(&[]);
    let calls: Vec<(i64, String)> = (0..64 * 4)
        .map(|n| {
            let name = format!("n{n}");
            let params = json!({"name": "get_item", "arguments": {"id": name}});
            (session.begin("tools/call", params), name)
        })
        .collect();
    for (id, name) in &calls {
        let said = session.answer(*id);
        assert_eq!(said["result"]["structuredContent"]["id"], format!("/api/items/{name}"), "{said}");
    }
    drop(session.close());
    let records = shop.audit();
    let of = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((of("decision"), of("intent"), of("outcome")), (calls.len(), calls.len(), calls.len()));
    shop.place.cask(&["audit", "verify"]).ok();
}

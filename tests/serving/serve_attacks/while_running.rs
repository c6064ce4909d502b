//! Files, lockfiles, keys and approvals that change while the server runs.

use super::*;

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

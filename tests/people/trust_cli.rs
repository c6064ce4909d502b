//! Keys and trust from outside: the real binary, real repositories, and files made to mislead it.
#![cfg(unix)]

use crate::support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Place, git};

const TRUST: &str = ".caskmcp/trust.yaml";

/// The value behind a label of `key show`.
fn value<'t>(text: &'t str, label: &str) -> &'t str {
    let line = text.lines().find(|line| line.starts_with(label)).expect(label);
    line[label.len()..].trim()
}

/// A key of its own for each person; their ids.
fn keys(place: &mut Place, people: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in people {
        place.person(name);
        let shown = place.cask(&["key", "new", "--no-passphrase"]).ok();
        ids.push(value(&shown, "key id").to_owned());
        let line = place.cask(&["key", "export", "--public"]).ok();
        std::fs::write(place.dir.path().join(format!("{name}.pub")), line).expect("a file");
    }
    place.person(people[0]);
    ids
}

fn public(place: &Place, name: &str) -> String {
    place.dir.path().join(format!("{name}.pub")).to_str().expect("a plain path").to_owned()
}

fn sign(place: &mut Place, people: &[&str]) {
    for name in people {
        place.person(name);
        let said = place.cask(&["trust", "sign", "--yes"]).ok();
        assert!(said.contains(&format!("as {name} with key")), "{said}");
    }
}

/// alice, bob and carol are owners, two of whom must sign; merged as version 2.
fn three_owners() -> (Place, Vec<String>) {
    let mut place = Place::with_git();
    let ids = keys(&mut place, &["alice", "bob", "carol"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.merge("trust");
    for name in ["bob", "carol"] {
        let key = public(&place, name);
        place.cask(&["trust", "add", name, "--key", &key, "--role", "owner,approver"]).ok();
    }
    place.cask(&["trust", "set", "thresholds.trust=2", "thresholds.approvals.critical=2"]).ok();
    sign(&mut place, &["alice", "bob"]);
    place.cask(&["trust", "check"]).ok();
    place.merge("three owners");
    (place, ids)
}

/// A message without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(place: &Place, code: i32) -> String {
    let ran = place.cask(&["trust", "check"]);
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
    ran.out
}

#[test]
fn a_key_is_made_once_and_kept_private() {
    let place = Place::new();
    let shown = place.cask(&["key", "new", "--no-passphrase"]).ok();
    let fingerprint: String = shown
        .lines()
        .filter(|line| line.starts_with("fingerprint") || line.starts_with("   "))
        .flat_map(|line| line.trim_start_matches("fingerprint").split_whitespace())
        .inspect(|group| assert_eq!(group.len(), 4))
        .collect();
    assert_eq!(fingerprint.len(), 64);
    assert!(fingerprint.starts_with(value(&shown, "key id")));
    let dir = place.dir.path().join("alice/config/cask/keys");
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("default.key"))), (0o700, 0o600));
    let before = std::fs::read(dir.join("default.key")).expect("a key");
    let told = place.cask(&["key", "new", "--no-passphrase"]).failed();
    assert!(told.contains("never overwritten"), "{told}");
    assert_eq!(std::fs::read(dir.join("default.key")).expect("a key"), before);
    // The real ssh-keygen reads what was written, and names the same key.
    let out =
        Command::new("ssh-keygen").arg("-y").arg("-f").arg(dir.join("default.key")).output().expect("runs");
    let line = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(place.cask(&["key", "export", "--public"]).ok().starts_with(line.trim_end()), "{line}");
}

#[test]
fn without_a_terminal_it_says_what_it_would_have_asked() {
    let place = Place::with_git();
    let told = place.cask(&["key", "new"]).failed();
    assert!(told.contains("a passphrase for the key would have been asked"), "{told}");
    assert!(told.contains("--no-passphrase"), "{told}");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    // Its own first file: nothing to confirm.
    let said = place.cask(&["trust", "init", "--id", "alice"]).ok();
    assert!(said.starts_with("wrote .caskmcp/trust.yaml\n"), "{said}");
    let told = place.cask(&["trust", "sign"]).failed();
    assert!(told.contains("\"Sign .caskmcp/trust.yaml as alice"), "{told}");
}

#[test]
fn keys_of_every_form_are_imported_and_sign() {
    let mut place = Place::with_git();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys");
    let ssh = place.dir.path().join("ssh");
    std::fs::copy(fixtures.join("ssh/signer"), &ssh).expect("a copy");
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    std::fs::copy(fixtures.join("ssh/signer.pub"), ssh.with_extension("pub")).expect("a copy");
    let pem = place.dir.path().join("pkcs8.pem");
    let text = "-----BEGIN PRIVATE KEY-----\n\
                MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";
    std::fs::write(&pem, text).expect("a file");
    for (person, file, name) in [("alice", &ssh, "mine"), ("bob", &pem, "pem")] {
        place.person(person);
        let file = file.to_str().expect("plain");
        place.cask(&["key", "import", file, "--name", name, "--no-passphrase"]).ok();
        assert!(place.cask(&["key", "list"]).ok().contains("here, without passphrase"));
        place.cask(&["trust", "init", "--id", person, "--yes", "--new-root"]).ok();
        assert!(place.read(TRUST).contains("type: ed25519\n"));
        check(&place, 0);
    }
    // The public half alone: ssh-keygen is asked, and makes an SSHSIG with the private key beside it.
    place.person("carol");
    let agent = ssh.with_extension("pub");
    let key = agent.to_str().expect("plain");
    place.cask(&["trust", "init", "--id", "carol", "--yes", "--new-root", "--key", key]).ok();
    assert!(place.read(TRUST).contains("type: ssh-ed25519\n"));
    check(&place, 0);
    // And the private half signs for the same entry without ssh-keygen.
    place.cask(&["trust", "set", "rules.fresh_days=7"]).ok();
    place.cask(&["trust", "sign", "--yes", "--key", ssh.to_str().expect("plain")]).ok();
    check(&place, 0);
    for (file, says) in
        [("ssh/rsa.pub", "Ed25519"), ("ssh/certificate.pub", "certificate"), ("README.md", "key")]
    {
        let file = fixtures.join(file);
        let told = place.cask(&["key", "import", file.to_str().expect("plain"), "--no-passphrase"]).failed();
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn before_the_first_merge_version_1_is_written_anew() {
    let mut place = Place::with_git();
    keys(&mut place, &["alice", "bob"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    let first = place.read(TRUST);
    check(&place, 0);
    let ran = place.cask(&["trust", "add", "bob", "--key", &public(&place, "bob"), "--role", "owner"]);
    assert!(ran.err.contains("a new root; all sign it again"), "{}", ran.err);
    ran.ok();
    let second = place.read(TRUST);
    assert!(second.contains("\nversion: 1\n") && second.ends_with("signatures: []\n"), "{second}");
    assert_ne!(first, second);
    let told = check(&place, 2);
    assert!(told.contains("needs the signatures of 1 of its own owners, it has 0"), "{told}");
    sign(&mut place, &["bob"]);
    check(&place, 0);
}

#[test]
fn after_the_merge_each_change_goes_onto_the_version_that_is_pending() {
    let mut place = Place::with_git();
    keys(&mut place, &["alice", "bob", "carol"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.merge("trust");
    place.cask(&["trust", "add", "bob", "--key", &public(&place, "bob"), "--role", "owner,approver"]).ok();
    sign(&mut place, &["alice"]);
    let told = check(&place, 0);
    assert!(told.contains("it follows version 1, which is in force (origin/main)"), "{told}");
    place.cask(&["trust", "add", "carol", "--key", &public(&place, "carol"), "--max-risk", "low"]).ok();
    let pending = place.read(TRUST);
    assert!(pending.contains("\nversion: 2\n") && pending.ends_with("signatures: []\n"), "{pending}");
    assert!(pending.contains("id: bob") && pending.contains("id: carol"), "{pending}");
    // Bob is an owner of the new version only: his word does not put it into force.
    sign(&mut place, &["bob"]);
    let told = check(&place, 2);
    assert!(told.contains("1 of the owners of version 1 (alice) must sign version 2"), "{told}");
    // Carol is an approver, and so signs nothing here.
    place.person("carol");
    assert!(place.cask(&["trust", "sign", "--yes"]).failed().contains("carol is no owner"));
    sign(&mut place, &["alice"]);
    check(&place, 0);
    place.merge("more");
    assert!(
        place
            .cask(&["trust", "check", "--against", "origin/main"])
            .ok()
            .contains("2 versions in the history")
    );
}

#[test]
fn a_quorum_rotates_and_revokes() {
    let (mut place, ids) = three_owners();
    place.person("alice");
    let shown = place.cask(&["key", "new", "--name", "second", "--no-passphrase"]).ok();
    let new = value(&shown, "key id").to_owned();
    let line = place.cask(&["key", "export", "--public", "second"]).ok();
    let file = place.dir.path().join("second.pub");
    std::fs::write(&file, line).expect("a file");
    place.cask(&["trust", "rotate", &ids[0], file.to_str().expect("plain")]).ok();
    // The old key still speaks for version 2, the new one for version 3.
    place.cask(&["trust", "sign", "--yes", "--key", "second"]).ok();
    sign(&mut place, &["bob"]);
    let told = check(&place, 2);
    assert!(told.contains("2 of the owners of version 2"), "{told}");
    place.person("alice");
    place.cask(&["trust", "sign", "--yes", "--key", "default"]).ok();
    check(&place, 0);
    place.merge("rotated");

    place.cask(&["trust", "revoke", &ids[1], "--reason", "laptop lost"]).ok();
    place.cask(&["trust", "sign", "--yes"]).ok();
    sign(&mut place, &["bob"]);
    let told = check(&place, 2);
    assert!(told.contains("version 4 needs the signatures of 2 of its own owners, it has 1"), "{told}");
    sign(&mut place, &["carol"]);
    let told = check(&place, 0);
    assert!(told.contains("REVOKED") && told.contains("laptop lost"), "{told}");
    assert!(told.contains(&new[..4]), "{told}");
    place.merge("revoked");
    assert!(
        place
            .cask(&["trust", "check", "--against", "origin/main"])
            .ok()
            .contains("4 versions in the history")
    );
}

#[test]
fn a_stranger_and_an_older_file_are_told_by_name() {
    let (mut place, ids) = three_owners();
    keys(&mut place, &["mallory"]);
    place.cask(&["trust", "add", "mallory", "--key", &public(&place, "mallory"), "--role", "owner"]).ok();
    place.cask(&["trust", "set", "thresholds.trust=1"]).ok();
    sign(&mut place, &["mallory"]);
    let told = check(&place, 2);
    assert!(told.contains("trust.rotation-unsigned") && told.contains("(alice, bob, carol)"), "{told}");

    let v1 = place.git(&["show", &format!("HEAD~1:{TRUST}")]);
    place.write(TRUST, format!("{v1}\n"));
    assert!(check(&place, 2).contains("trust.rollback"));

    // A key that is dropped instead of retired, signed by two owners.
    place.git(&["checkout", "-q", "--", TRUST]);
    place.person("alice");
    place.cask(&["trust", "set", "rules.fresh_days=7"]).ok();
    let text = place.read(TRUST);
    let (start, end) = (text.find("- id: carol").expect("there"), text.find("thresholds:").expect("there"));
    place.write(TRUST, format!("{}{}", &text[..start], &text[end..]));
    sign(&mut place, &["alice", "bob"]);
    let told = check(&place, 2);
    assert!(told.contains(&format!("key {} of carol is dropped", ids[2])), "{told}");
    let told = place.cask(&["trust", "add", "carol", "--key", &public(&place, "carol")]);
    assert_eq!(told.code, 0, "the pending version can still be mended: {}", told.err);
}

#[test]
fn a_version_begun_on_an_older_one_is_not_edited_on() {
    let (mut place, _) = three_owners();
    place.git(&["checkout", "-q", "-b", "late"]);
    place.person("alice");
    place.cask(&["trust", "set", "rules.fresh_days=9"]).ok();
    let late = place.read(TRUST);
    place.cask(&["trust", "set", "rules.fresh_days=8"]).ok();
    sign(&mut place, &["alice", "bob"]);
    place.merge("first");
    place.write(TRUST, late);
    let told = words(&place.cask(&["trust", "set", "rules.fresh_days=7"]).failed());
    assert!(told.contains("does not follow the one in force"), "{told}");
    assert!(told.contains(&format!("git checkout origin/main -- {TRUST}")), "{told}");
    assert!(check(&place, 2).contains("trust.rollback"));
    // A command to paste holds no name that a shell would read otherwise.
    place.git(&["push", "-q", "origin", "origin/main:refs/heads/a;touch${IFS}x"]);
    place.git(&["remote", "set-head", "origin", "a;touch${IFS}x"]);
    let told = words(&place.cask(&["trust", "set", "rules.fresh_days=7"]).failed());
    assert!(told.contains(&format!("git checkout <branch> -- {TRUST}")), "{told}");
}

#[test]
fn gate_yaml_is_signed_as_it_is_written() {
    let mut place = Place::with_git();
    keys(&mut place, &["alice"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    let shown = place.cask(&["trust", "show"]).ok();
    let root = value(&shown, "root").to_owned();
    let text = format!(
        "# why these\nschema: cask.gate/1\nversion: 1\nroot: {root}\nfail_on: any # strict\nsignatures: []\n"
    );
    place.write(".caskmcp/gate.yaml", &text);
    assert!(check(&place, 2).contains("trust.policy-weakened"));
    place.cask(&["trust", "sign", "--gate", "--yes"]).ok();
    let signed = place.read(".caskmcp/gate.yaml");
    assert!(signed.starts_with(text.trim_end_matches("signatures: []\n")), "{signed}");
    assert!(check(&place, 0).contains("gate.yaml version 1 is signed"));
    place.write(".caskmcp/gate.yaml", signed.replace("fail_on: any", "fail_on: never"));
    assert!(check(&place, 2).contains("trust.policy-weakened"));
    place.write(".caskmcp/gate.yaml", text.replace(&root, &format!("sha256:{}", "0".repeat(64))));
    assert!(place.cask(&["trust", "sign", "--gate", "--yes"]).failed().contains("another root"));
}

#[test]
fn nothing_is_signed_in_ci_or_by_a_key_that_is_not_listed() {
    let mut place = Place::with_git();
    keys(&mut place, &["alice", "mallory"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    let told = place.cask_with(&["trust", "sign", "--yes"], &[("CI", "true")]).failed();
    assert!(told.contains("--in-ci"), "{told}");
    place.cask_with(&["trust", "sign", "--yes", "--in-ci"], &[("CI", "true")]).ok();
    place.person("mallory");
    assert!(place.cask(&["trust", "sign", "--yes"]).failed().contains("none of your keys is listed"));
    place.person("alice");
    place.cask(&["key", "new", "--name", "other", "--no-passphrase"]).ok();
    let told = place.cask(&["trust", "sign", "--yes", "--key", "other"]).failed();
    assert!(told.contains("is not listed in version 1"), "{told}");
    let told = place.cask(&["trust", "init", "--id", "alice", "--yes"]).failed();
    assert!(told.contains("there is a trust file already"), "{told}");
}

#[test]
fn a_root_is_accepted_once_and_does_not_go_back() {
    let (place, _) = three_owners();
    let known = place.dir.path().join("dave/state/cask/known_roots.yaml");
    let mut place = place;
    place.person("dave");
    assert!(place.cask(&["trust", "accept"]).failed().contains("would have been asked"));
    assert!(!known.exists());
    let shown = place.cask(&["trust", "accept", "--yes"]).ok();
    assert!(shown.contains("carol  owner and approver"), "{shown}");
    assert!(std::fs::read_to_string(&known).expect("written").contains("version: 2"));
    place.cask(&["trust", "accept", "--yes"]).ok();
    let older = place.git(&["rev-parse", "HEAD~1"]);
    let told = place.cask(&["trust", "accept", "--yes", "--trust-ref", &older]).failed();
    assert!(told.contains("goes back"), "{told}");
}

#[test]
fn without_git_the_file_beside_it_is_in_force_and_told_as_not_anchored() {
    let mut place = Place::new();
    keys(&mut place, &["alice", "bob"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    let shown = place.cask(&["trust", "show"]).ok();
    assert!(shown.contains("trust: not anchored"), "{shown}");
    place.cask(&["trust", "add", "bob", "--key", &public(&place, "bob")]).ok();
    assert!(place.read(TRUST).contains("\nversion: 2\n"));
    place.cask(&["trust", "add", "bob2", "--key", &public(&place, "bob")]).failed();
    sign(&mut place, &["alice"]);
    check(&place, 0);
}

#[test]
fn values_are_set_and_impossible_ones_are_refused() {
    let mut place = Place::with_git();
    let ids = keys(&mut place, &["alice"]);
    assert!(place.cask(&["trust", "set", "thresholds.trust=2"]).failed().contains("cask trust init"));
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.cask(&["trust", "set", "rules.max_age_days.low=30", "signers.alice.github=alice-gh"]).ok();
    let text = place.read(TRUST);
    assert!(text.contains("    low: 30\n") && text.contains("  github: alice-gh\n"), "{text}");
    for (args, says) in [
        (&["trust", "set", "thresholds.trust=0"][..], "a number from 1 to 9"),
        (&["trust", "set", "version=7"], "can't be set"),
        (&["trust", "set", "rules.fresh_days"], "not PATH=VALUE"),
        (&["trust", "set", "signers.alice.toolpacks=a["], "is not a glob"),
        (&["trust", "retire", "0000000000000000"], "no key \"0000000000000000\""),
        (&["trust", "revoke", &ids[0], "--reason", "two\nlines"], "one line"),
        (&["trust", "add", "al ice", "--key", "x.pub"], "no such file"),
        (&["trust", "retire", &ids[0], "--at", "tomorrow"], "tomorrow"),
    ] {
        let told = place.cask(args).failed();
        assert!(told.contains(says), "{args:?}: {told}");
    }
    assert_eq!(place.read(TRUST), text, "what is refused writes nothing");
}

#[test]
fn hostile_trust_files_are_not_judged_and_cost_no_time() {
    let place = Place::with_git();
    let bomb = format!("a: &a [x,x,x,x,x,x,x,x,x]\n{}", "b: &b [*a,*a,*a,*a,*a,*a]\n".repeat(9));
    let deep = format!("schema: {}\n", "[".repeat(200_000));
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("yaml bomb", bomb.into_bytes(), ":1"),
        ("depth", deep.into_bytes(), "trust.yaml"),
        ("100 MB", vec![b'#'; 100 << 20], "104857600 bytes"),
        ("duplicate key", b"schema: cask.trust/1\nversion: 1\nversion: 2\n".to_vec(), ":3"),
        ("merge", b"schema: cask.trust/1\n<<<<<<< HEAD\nversion: 1\n".to_vec(), ":2"),
        ("binary", b"schema: \xff\xfe\0".to_vec(), "UTF-8"),
        ("unknown key", b"schema: cask.trust/1\nversion: 1\nadmin: true\n".to_vec(), "trust.yaml"),
        ("empty", Vec::new(), "trust.yaml"),
        ("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n".to_vec(), "LFS"),
    ];
    for (name, bytes, says) in cases {
        place.write(TRUST, bytes);
        for command in [&["trust", "check"][..], &["trust", "show"], &["trust", "set", "rules.fresh_days=7"]]
        {
            let start = Instant::now();
            let told = place.cask(command).failed();
            assert!(start.elapsed() < Duration::from_secs(2), "{name}: {:?}", start.elapsed());
            assert!(told.contains(".caskmcp/trust.yaml") && told.contains(says), "{name}: {told}");
        }
    }
    std::fs::remove_file(place.path(TRUST)).expect("removed");
    symlink("/etc/passwd", place.path(TRUST)).expect("a link");
    let told = place.cask(&["trust", "check"]).failed();
    assert!(told.contains("symbolic link"), "{told}");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    assert!(place.cask(&["trust", "init", "--id", "a", "--yes"]).failed().contains("symbolic link"));
}

#[test]
fn a_hostile_file_on_the_default_branch_is_not_judged_either() {
    let place = Place::with_git();
    place.write(TRUST, "schema: cask.trust/1\nversion: 1\nversion: 1\n");
    place.merge("bad");
    std::fs::remove_file(place.path(TRUST)).expect("removed");
    let told = place.cask(&["trust", "show"]).failed();
    assert!(told.contains(".caskmcp/trust.yaml:3") && told.contains("trust.unreadable"), "{told}");
}

#[test]
fn foreign_text_reaches_the_terminal_only_made_visible() {
    let mut place = Place::with_git();
    let ids = keys(&mut place, &["alice", "bob"]);
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place
        .cask(&["trust", "add", "bob", "--key", &public(&place, "bob"), "--github", "\u{1b}[2J\u{202e}x"])
        .ok();
    place.cask(&["trust", "revoke", &ids[1], "--reason", "\u{200b}gone"]).ok();
    for command in [&["trust", "show"][..], &["trust", "check"]] {
        let shown = place.cask(command).out;
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{shown:?}");
        assert!(shown.contains("⟨U+001B⟩") && shown.contains("⟨U+200B⟩gone"), "{shown}");
    }
}

/// Drives a command through a terminal of its own: each answer is typed after its question was seen.
fn at_a_terminal(place: &Place, args: &[&str], talk: &[(&str, &str)]) -> (i32, String) {
    const DRIVE: &str = r#"
import json, os, pty, select, sys, time
args, talk = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    os.execv(args[0], args)
seen, at, end = b"", 0, time.time() + 30
def read():
    global seen
    ready, _, _ = select.select([fd], [], [], max(0, end - time.time()))
    if not ready:
        sys.exit("no answer in time: " + seen.decode(errors="replace"))
    try:
        more = os.read(fd, 4096)
    except OSError:
        return False
    seen += more
    return bool(more)
for question, answer in talk:
    while seen.find(question.encode(), at) < 0:
        if not read():
            sys.exit("not asked: " + question + " in " + seen.decode(errors="replace"))
    at = seen.find(question.encode(), at) + len(question)
    time.sleep(0.2)
    os.write(fd, (answer + "\n").encode())
while read():
    pass
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(seen)
sys.exit(code if code >= 0 else 99)
"#;
    let all: Vec<&str> = [env!("CARGO_BIN_EXE_cask")].iter().chain(args).copied().collect();
    let template = place.command(&[]);
    let mut command = Command::new("python3");
    command.args(["-c", DRIVE, &serde_json::to_string(&all).expect("JSON")]);
    command.arg(serde_json::to_string(&talk).expect("JSON")).current_dir(place.root()).env_clear();
    for (key, value) in template.get_envs() {
        if let (Some(value), false) = (value, key == "CASK_NON_INTERACTIVE") {
            command.env(key, value);
        }
    }
    let out = command.stdin(Stdio::null()).output().expect("python3 runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.stderr.is_empty(), "{}{text}", String::from_utf8_lossy(&out.stderr));
    (out.status.code().expect("not killed"), text)
}

#[test]
fn at_a_terminal_a_person_is_asked() {
    let place = Place::with_git();
    let twice = [("passphrase for the key: ", "open sesame"), ("the same again: ", "open sesame")];
    let (code, shown) = at_a_terminal(&place, &["key", "new"], &twice);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("sesame"), "a passphrase is not echoed: {shown}");
    assert!(place.cask(&["key", "list"]).ok().contains("here, with passphrase"));

    let init = ["trust", "init", "--id", "alice"];
    // The person's own first file is asked nothing about but its key.
    let tries = [("passphrase of key", "wrong"), ("passphrase of key", "open sesame")];
    let (code, shown) = at_a_terminal(&place, &init, &tries);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
    let before = place.read(TRUST);
    let (code, shown) = at_a_terminal(&place, &["trust", "sign"], &[("[y/N] ", "n")]);
    assert_eq!(code, 3, "{shown}");
    assert!(shown.contains("the answer was no") && place.read(TRUST) == before, "{shown}");
    check(&place, 0);
    // Without a terminal, --yes alone does not open the key.
    assert!(place.cask(&["trust", "sign", "--yes"]).failed().contains("the passphrase of key"));

    let differ = [("passphrase for the key: ", "one"), ("the same again: ", "two")];
    let (code, shown) = at_a_terminal(&place, &["key", "new", "--name", "b"], &differ);
    assert_eq!(code, 3, "{shown}");
    assert!(place.cask(&["key", "list"]).ok().lines().count() == 1, "{shown}");
}

#[test]
fn init_asks_once_and_for_a_new_keys_passphrase_no_third_time() {
    let place = Place::with_git();
    let asked = [
        ("path of another key [1]: ", ""),
        ("Name: ", "alice"),
        ("Login [none]: ", "alice-gh"),
        ("Number [1]: ", "2"),
        ("before each push? [y/N] ", "n"),
        ("- for none [all]: ", ""),
        ("Write and sign them? [y/N] ", "n"),
    ];
    let (code, shown) = at_a_terminal(&place, &["init"], &asked);
    assert_eq!(code, 3, "{shown}");
    assert!(!place.path(".caskmcp").exists() && !place.path(".gitignore").exists(), "{shown}");
    let agreed = [
        ("Write and sign them? [y/N] ", "y"),
        ("passphrase for the key: ", "sesame"),
        ("the same again: ", "sesame"),
    ];
    let yes = [&asked[..6], &agreed[..]].concat();
    let (code, shown) = at_a_terminal(&place, &["init"], &yes);
    assert_eq!(code, 0, "{shown}");
    check(&place, 0);
    assert!(place.read(TRUST).contains("github: alice-gh") && place.path(".caskmcp/gate.yaml").exists());
    // All is signed: nothing is asked, and no key is opened.
    let (code, shown) = at_a_terminal(&place, &["init"], &[]);
    assert_eq!(code, 0, "{shown}");
}

#[test]
fn the_index_and_objects_of_the_repository_are_left_alone() {
    let (place, _) = three_owners();
    let state = |place: &Place| {
        (git(&place.root(), &["status", "--porcelain"]), git(&place.root(), &["rev-parse", "HEAD"]))
    };
    let before = state(&place);
    place.cask(&["trust", "check"]).ok();
    place.cask(&["trust", "show"]).ok();
    assert_eq!(state(&place), before);
}

//! The audit trail as processes write it, break it and read it back.
#![cfg(unix)]

use crate::confirming;

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cask::enforce::audit::chain::{Broken, Chain, Whole};
use cask::enforce::audit::record::{Counted, Decision, Intent, Outcome, Record, Start, What};
use cask::enforce::reason::ReasonCode;
use cask::io::audit_log::{AuditLog, Durability, MAX_BYTES};
use cask::io::{Failure, audit_files};
use confirming::{child, ready, role, together, until};
use tempfile::TempDir;

/// The test that other processes of this program run.
const CHILD: &str = "audit::child_process";

fn place() -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a scratch folder");
    let path = dir.path().join("state/audit/runtime.jsonl");
    (dir, path)
}

fn open(path: &Path) -> AuditLog {
    AuditLog::open(path, MAX_BYTES).expect("a trail").0
}

fn record(what: What) -> Record {
    Record { run_id: "run_0123456789ab".to_owned(), what }
}

fn listed(n: u64) -> Record {
    record(What::List(Counted { surface: "mcp".to_owned(), tools: Some(n), question: None }))
}

fn intent(call: &str) -> Record {
    let tool_id = Some("0b6b49c107c2370b".to_owned());
    let method = "POST".to_owned();
    record(What::Intent(Intent { call_id: call.to_owned(), tool_id, method, ..Intent::default() }))
}

fn outcome(call: &str) -> Record {
    record(What::Outcome(Outcome { call_id: call.to_owned(), status: Some(200), ..Outcome::default() }))
}

/// What stops a walk; a file that can't be read is none of what is tested here.
#[derive(Debug)]
struct Stop(Broken);

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        panic!("{failure}")
    }
}

fn verify(path: &Path) -> Result<Whole, Broken> {
    let mut chain = Chain::new();
    for (n, file) in audit_files::all(path).expect("a list").iter().enumerate() {
        if n > 0 {
            chain.next_file()?;
        }
        audit_files::lines(file, |line, ended| chain.line(line, ended).map_err(Stop))
            .map_err(|stop| stop.0)?;
    }
    chain.finish()
}

fn lines(path: &Path) -> u64 {
    let whole = verify(path).expect("a whole chain");
    assert!(!whole.continues);
    whole.lines
}

#[test]
fn child_process() {
    let Some((role, dir, n)) = role() else { return };
    let path = dir.join("state/audit/runtime.jsonl");
    match role.as_str() {
        "write" | "write-and-rotate" => {
            let most = if role == "write" { MAX_BYTES } else { 20_000 };
            let (log, _) = AuditLog::open(&path, most).expect("a trail");
            ready(&dir, n);
            for m in 0..200 {
                // As servers do: at once where nobody else writes, else after a wait.
                let at_once = if m % 4 == 0 { None } else { log.append_at_once(&listed(m)) };
                at_once.unwrap_or_else(|| log.append(&listed(m), Durability::Written)).expect("a line");
            }
        }
        "crash" => {
            let log = open(&path);
            let pid = u64::from(std::process::id());
            let start = Start { pid, ..Start::default() };
            log.append(&record(What::Start(Box::new(start))), Durability::Written).expect("a line");
            for call in ["call_1", "call_2"] {
                log.append(&intent(call), Durability::Synced).expect("a line");
            }
            log.append(&outcome("call_1"), Durability::Written).expect("a line");
            // Killed here, between an intent and its outcome.
            ready(&dir, n);
        }
        "fill" => {
            let log = open(&path);
            let mut failed = 0;
            for m in 0..200 {
                match log.append(&listed(m), Durability::Synced) {
                    Ok(_) => assert_eq!(failed, 0, "what is full stays full"),
                    Err(failure) => {
                        assert!(failure.message.contains("nothing can be written"), "{failure}");
                        failed += 1;
                    }
                }
            }
            assert!(failed > 0, "the limit was not reached");
        }
        other => panic!("no role {other}"),
    }
}

#[test]
fn records_of_several_processes_interleave() {
    let (dir, path) = place();
    together(CHILD, "write", dir.path(), 8);
    assert_eq!(lines(&path), 1600);
}

#[test]
fn who_does_not_wait_writes_nothing_while_another_process_writes() {
    let (_dir, path) = place();
    let log = open(&path);
    assert_eq!(log.append_at_once(&listed(1)).expect("nobody else writes"), Ok(1));
    let lock = std::fs::File::open(path.with_extension("jsonl.lock")).expect("the lock");
    lock.lock().expect("nobody else writes");
    assert!(log.append_at_once(&listed(2)).is_none());
    lock.unlock().expect("it was locked");
    assert_eq!(log.append_at_once(&listed(2)).expect("nobody else writes"), Ok(2));
    assert_eq!(log.append(&listed(3), Durability::Written), Ok(3));
    assert_eq!(lines(&path), 3);
}

#[test]
fn a_chain_goes_on_over_files_that_eight_processes_rotate() {
    let (dir, path) = place();
    together(CHILD, "write-and-rotate", dir.path(), 8);
    assert_eq!(lines(&path), 1600);
    let files = audit_files::all(&path).expect("a list");
    assert!(files.len() > 10, "{}", files.len());
    assert!(files.iter().all(|file| file.metadata().expect("a file").len() <= 20_000));
    // One that is missing is missed.
    std::fs::remove_file(&files[4]).expect("a file");
    assert!(matches!(verify(&path), Err(broken) if broken.file == 4 && broken.line == 1));
}

#[test]
fn an_audit_that_cannot_be_written_lets_the_call_through() {
    let (log, _) = AuditLog::open(Path::new("/dev/full"), MAX_BYTES).expect("a device is opened");
    let failure = log.append(&intent("call_1"), Durability::Synced).expect_err("the disk is full");
    assert!(failure.message.contains("nothing can be written"), "{failure}");
    let (dir, _) = place();
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("a file");
    assert!(AuditLog::open(&file.join("audit.jsonl"), MAX_BYTES).is_err());
    assert!(AuditLog::open(dir.path(), MAX_BYTES).is_err(), "a folder is no trail");
}

#[test]
fn a_full_disk_leaves_no_half_line() {
    let (dir, path) = place();
    // A limit in the middle of a line; the signal that comes with it is ignored, so that the write fails.
    let program = std::env::current_exe().expect("this program");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 9; exec \"$0\" --exact \"$1\" --nocapture"]);
    shell
        .args([program.as_os_str(), CHILD.as_ref()])
        .env(confirming::ROLE, "fill")
        .env("CASK_TEST_DIR", dir.path())
        .env("CASK_TEST_N", "0");
    shell.stdout(std::process::Stdio::null()).process_group(0);
    assert!(shell.status().expect("a child ends").success());
    let written = lines(&path);
    assert!(written > 0 && written < 200, "{written}");
    let (log, recovered) = AuditLog::open(&path, MAX_BYTES).expect("a trail");
    assert_eq!(recovered.cut_off_bytes, None);
    log.append(&listed(1), Durability::Written).expect("there is room again");
    assert_eq!(lines(&path), written + 1);
}

#[test]
fn a_crash_between_intent_and_outcome_is_told_once_at_the_next_start() {
    let (dir, path) = place();
    let mut server = child(CHILD, "crash", dir.path(), 0);
    until("the intent is written", || dir.path().join("ready-0").exists());
    let (_, recovered) = AuditLog::open(&path, MAX_BYTES).expect("a trail");
    assert!(recovered.unmatched[0].running, "it may just not have ended yet");
    // SIGKILL, to this child alone.
    server.kill().expect("a child is killed");
    server.wait().expect("a child ends");
    let (log, recovered) = AuditLog::open(&path, MAX_BYTES).expect("a trail");
    let [open] = recovered.unmatched.as_slice() else { panic!("{recovered:?}") };
    assert_eq!((open.intent.call_id.as_str(), open.running), ("call_2", false));
    assert_eq!(open.intent.tool_id.as_deref(), Some("0b6b49c107c2370b"));
    let start = Start { unmatched: vec![open.intent.call_id.clone()], ..Start::default() };
    log.append(&record(What::Start(Box::new(start))), Durability::Written).expect("a line");
    assert_eq!(lines(&path), 5);
    assert_eq!(AuditLog::open(&path, MAX_BYTES).expect("a trail").1.unmatched, []);
}

#[test]
fn half_a_line_of_a_crash_is_taken_away_and_told() {
    let (_dir, path) = place();
    let log = open(&path);
    log.append(&listed(1), Durability::Written).expect("a line");
    let add = |text: &str| {
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("a file");
        file.write_all(text.as_bytes()).expect("bytes");
    };
    add("{\"half\":");
    // One that still runs goes on too.
    log.append(&listed(2), Durability::Written).expect("a line");
    assert_eq!(lines(&path), 2);
    add("{\"kind\":\"int");
    let (log, recovered) = AuditLog::open(&path, MAX_BYTES).expect("a trail");
    assert_eq!(recovered.cut_off_bytes, Some(12));
    log.append(&listed(3), Durability::Written).expect("a line");
    assert_eq!(lines(&path), 3);
}

#[test]
fn a_trail_that_was_tampered_with_is_not_written_on() {
    let (_dir, path) = place();
    let log = open(&path);
    for n in 0..3 {
        log.append(&listed(n), Durability::Written).expect("a line");
    }
    let text = std::fs::read_to_string(&path).expect("text");
    let two: String = text.split_inclusive('\n').take(2).collect();
    std::fs::write(&path, &two).expect("a file");
    let failure = log.append(&listed(4), Durability::Written).expect_err("it was cut");
    assert!(failure.message.contains("somebody cut lines off"), "{failure}");
    std::fs::write(&path, text.replace("\"tools\":2", "\"tools\":9")).expect("a file");
    let failure = AuditLog::open(&path, MAX_BYTES).expect_err("its last line was edited");
    assert!(failure.message.contains("not a record as cask writes it"), "{failure}");
    // A log of the reference system is no chain: it is not mixed with one.
    std::fs::write(&path, "{\"decision\": \"allow\", \"tool_id\": \"x\"}\n").expect("a file");
    assert!(AuditLog::open(&path, MAX_BYTES).is_err());
}

#[test]
fn a_file_that_was_moved_away_goes_on_in_a_new_one() {
    let (_dir, path) = place();
    let log = open(&path);
    log.append(&listed(1), Durability::Written).expect("a line");
    std::fs::rename(&path, audit_files::rotated(&path, 1)).expect("a rename");
    assert_eq!(log.append(&listed(2), Durability::Written).expect("a line"), 1);
    // Emptied in place, as some rotate.
    std::fs::copy(&path, audit_files::rotated(&path, 2)).expect("a copy");
    std::fs::OpenOptions::new().write(true).truncate(true).open(&path).expect("a file");
    log.append(&listed(3), Durability::Written).expect("a line");
    assert_eq!(lines(&path), 3);
    // A new process where only rotated files are left.
    std::fs::rename(&path, audit_files::rotated(&path, 3)).expect("a rename");
    open(&path).append(&listed(4), Durability::Written).expect("a line");
    assert_eq!(lines(&path), 4);
}

/// Cutting a part of the log off was refused, and taking all of it was not.
#[test]
fn a_log_that_was_emptied_once_it_had_been_rotated_is_not_written_on() {
    for is_deleted in [false, true] {
        let (_dir, path) = place();
        let (log, _) = AuditLog::open(&path, 10_000).expect("a trail");
        let mut n = 0;
        while audit_files::numbers(&path).expect("a list").is_empty() {
            n += 1;
            log.append(&listed(n), Durability::Written).expect("a line");
        }
        log.append(&listed(n), Durability::Written).expect("a line");
        match is_deleted {
            true => std::fs::remove_file(&path).expect("it was there"),
            false => std::fs::write(&path, "").expect("it was there"),
        }
        for _ in 0..2 {
            let failure = log.append(&listed(n), Durability::Written).expect_err("lines are gone");
            assert!(failure.message.contains("somebody cut lines off"), "{failure}");
        }
    }
}

#[test]
fn who_wrote_nothing_while_others_rotated_twice_goes_on() {
    for first in 0..2 {
        let (_dir, path) = place();
        let open = || AuditLog::open(&path, 5_000).expect("a trail").0;
        let (idle, busy) = (open(), open());
        for n in 0..first {
            idle.append(&listed(n), Durability::Written).expect("a line");
        }
        let mut n = first;
        while audit_files::numbers(&path).expect("a list").len() < 2 {
            n += 1;
            busy.append(&listed(n), Durability::Written).expect("a line");
        }
        idle.append(&listed(n), Durability::Written).expect("a line");
        assert_eq!(lines(&path), n + 1);
    }
}

#[test]
fn a_trail_is_for_its_owner_and_no_link_leads_it_elsewhere() {
    let (dir, path) = place();
    open(&path).append(&listed(1), Durability::Synced).expect("a line");
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    let elsewhere = dir.path().join("profile");
    std::fs::write(&elsewhere, "").expect("a file");
    let linked = dir.path().join("linked.jsonl");
    symlink(&elsewhere, &linked).expect("a link");
    assert!(AuditLog::open(&linked, MAX_BYTES).is_err());
    let root = dir.path().join("root");
    std::fs::create_dir(&root).expect("a folder");
    symlink(dir.path(), root.join("state")).expect("a link");
    assert!(audit_files::below(&root).is_err());
    // A device is one where it is named itself: a link to it would swallow what was to be kept.
    let swallowed = dir.path().join("swallowed.jsonl");
    symlink("/dev/null", &swallowed).expect("a link");
    assert!(AuditLog::open(&swallowed, MAX_BYTES).is_err());
    open(Path::new("/dev/null")).append(&listed(1), Durability::Synced).expect("it takes all");
}

#[test]
fn a_redirect_message_in_a_record_carries_the_whole_url() {
    let (_dir, path) = place();
    let decision = Decision {
        reason: Some("redirect to https://a:b@api.example/x?session=abc123".to_owned()),
        ..Decision::new("deny", ReasonCode::RedirectNotAllowlisted)
    };
    open(&path).append(&record(What::Decision(Box::new(decision))), Durability::Written).expect("a line");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.contains("https://api.example/x?session=*"), "{text}");
    assert!(!text.contains("abc123") && !text.contains("a:b@"), "{text}");
}

//! How often calls may be made, as processes count it together.
#![cfg(unix)]

use crate::confirming;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cask::enforce::budget::Limit;
use cask::io::spending::Spending;
use confirming::{NOW, code, ready, role, together};
use rusqlite::Connection;
use tempfile::TempDir;

/// The test that other processes of this program run.
const CHILD: &str = "budgets::child_process";

fn place() -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a scratch folder");
    let path = dir.path().join("state/confirmations.db");
    (dir, path)
}

#[test]
fn child_process() {
    let Some((_, dir, n)) = role() else { return };
    let spending = Spending::open(&dir.join("state/confirmations.db"), NOW).expect("counts");
    ready(&dir, n);
    let limit = [Limit::rule("tp", "r", Some(20), None)];
    // As servers do: at once where nobody else charges, else after a wait.
    let charge = || spending.charge_at_once(&limit, NOW).unwrap_or_else(|| spending.charge(&limit, NOW));
    let charged = (0..10).filter(|_| charge().is_ok()).count();
    std::fs::write(dir.join(format!("out-{n}")), charged.to_string()).expect("a file");
}

#[test]
fn budgets_vanish_on_restart_and_let_twice_as_many_through_at_the_edge() {
    let (_dir, path) = place();
    let minute = [Limit::rule("tp", "r", Some(3), Some(100)), Limit::global("tp", 5)];
    for left in [2, 1, 0] {
        // Each time another process might.
        let spending = Spending::open(&path, NOW).expect("counts");
        assert_eq!(spending.peek(&minute, NOW).expect("it fits"), Some(left));
        assert_eq!(spending.charge(&minute, NOW).expect("it fits"), Some(left));
    }
    let spending = Spending::open(&path, NOW).expect("counts");
    assert_eq!(code(spending.charge(&minute, NOW + 59_999)), "denied_rate_limited");
    assert_eq!(code(spending.peek(&minute, NOW + 59_999)), "denied_rate_limited");
    // A refused charge charged nothing: not the limit that had room either.
    let global = [Limit::global("tp", 5)];
    assert_eq!(spending.peek(&global, NOW).expect("it fits"), Some(1));
    assert_eq!(spending.peek(&global, NOW + 61_000).expect("it fits"), Some(4));
    assert_eq!(spending.charge(&minute, NOW + 61_000).expect("it fits"), Some(2));
    // A clock that is set back gives nothing away.
    assert_eq!(spending.peek(&global, NOW + 1000).expect("it fits"), Some(0));
    let hour = [Limit::rule("tp", "r", None, Some(4))];
    assert_eq!(code(spending.charge(&hour, NOW + 61_000)), "denied_rate_limited");
    assert_eq!(spending.charge(&hour, NOW + 3_662_000).expect("an hour later"), Some(3));
    assert_eq!(spending.charge(&[], NOW).expect("nothing is limited"), None);
}

#[test]
fn what_is_charged_without_a_wait_is_charged_once_or_not_at_all() {
    let (_dir, path) = place();
    let (one, other) = (Spending::open(&path, NOW).expect("counts"), Connection::open(&path));
    let limits = [Limit::global("tp", 2)];
    let left = one.charge_at_once(&limits, NOW).expect("nobody else writes").expect("it fits");
    assert_eq!((left, one.peek(&limits, NOW).expect("it fits")), (Some(1), Some(0)));
    // Another process writes: nothing is waited for, and nothing charged.
    let other = other.expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let before = Instant::now();
    assert!(one.charge_at_once(&limits, NOW).is_none());
    assert!(before.elapsed() < Duration::from_secs(5), "it waited");
    other.execute_batch("ROLLBACK").expect("it ends");
    assert_eq!(one.charge(&limits, NOW).expect("it fits"), Some(0));
    let full = one.charge_at_once(&limits, NOW).expect("nobody else writes");
    assert_eq!(code(full), "denied_rate_limited");
    assert_eq!(one.charge_at_once(&[], NOW).expect("nothing is limited").expect("nothing is limited"), None);
}

#[test]
fn a_budget_holds_over_eight_processes() {
    let (dir, path) = place();
    drop(Spending::open(&path, NOW).expect("counts"));
    together(CHILD, "charge", dir.path(), 8);
    let out = |n: usize| std::fs::read_to_string(dir.path().join(format!("out-{n}"))).expect("a result");
    let all: usize = (0..8).map(|n| out(n).parse::<usize>().expect("a number")).sum();
    assert_eq!(all, 20);
}

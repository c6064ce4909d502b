//! Bad input from outside: every governed file in every way that a file can be bad, refs and options that
//! are not there, places that are no place. Each is exit 3 with one message that says where and what to do,
//! in bounded time, and leaves every file as it was.
#![cfg(unix)]

use crate::{hostile, support};

use std::os::unix::fs::symlink;

use hostile::{
    ARTIFACTS, BASELINE, BYTES, Book, DIGESTS, GATE, HEADER, LOCK, PACK, POLICY, TOOLS, TOOLSETS, TRUST,
    World, clone,
};
use support::git;

/// Commands that read a toolpack of the work tree. None of them may write when something can't be read.
const WORK: &[&[&str]] = &[
    &["gate", "check", "--toolpack", PACK],
    &["gate", "check", "--toolpack", PACK, "--format", "json"],
    &["gate", "status", "--toolpack", PACK],
    &["gate", "sync", "--toolpack", PACK],
    &["gate", "allow", "--all", "--yes", "--toolpack", PACK],
    &["gate", "block", "get_order", "--reason", "x", "--yes", "--toolpack", PACK],
    &["gate", "snapshot", "--toolpack", PACK],
    &["diff", "--toolpack", PACK, "--base-ref", "HEAD"],
    &["migrate", "--toolpack", PACK],
];

#[test]
fn where_all_is_well_no_command_of_the_matrix_is_exit_3() {
    let world = World::new();
    for args in WORK.iter().filter(|args| args[0] != "migrate").chain([&["trust", "check"][..]].iter()) {
        let run = world.run(args);
        assert!(matches!(run.code, Some(0..=2)), "cask {}: {:?}\n{}{}", run.line, run.code, run.out, run.err);
    }
    let run = world.run(&["ci"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    // A file of version 2 is nothing to migrate; everything else that it says is about the file.
    assert!(world.run(&["migrate", "--toolpack", PACK]).err.contains("version 2"));
}

#[test]
fn a_bad_file_in_a_commit() {
    let world = World::new();
    let (mut bad, mut told) = (Vec::new(), Vec::new());
    for file in ARTIFACTS.into_iter().chain([TRUST, GATE]) {
        let good = world.good(file);
        for way in BYTES {
            bad.push(("100644", file, Some((way.make)(file, &good))));
            told.push((way.name, way.has_line));
        }
        for (way, mode, bytes) in [
            ("link to itself", "120000", Some(file.rsplit('/').next().unwrap().as_bytes().to_vec())),
            ("link out", "120000", Some(b"/etc/passwd".to_vec())),
            ("missing", "100644", None),
        ] {
            // Without them there is less to judge, which is a finding and not a failure.
            if !(way == "missing" && [HEADER, LOCK, TRUST, GATE].contains(&file)) {
                bad.push((mode, file, bytes));
                told.push((way, false));
            }
        }
    }
    world.branches(&bad);
    let before = world.state();
    let mut book = Book::default();
    for (n, ((_, file, _), (way, has_line))) in bad.iter().zip(&told).enumerate() {
        let (bad, mended) = (format!("bad-{n}"), format!("mended-{n}"));
        let what = format!("{way} {file} in head");
        let json: &[&str] = if n % 3 == 0 { &["--format", "json"] } else { &[] };
        let run = world.run(&[&["ci", "--head-ref", &bad], json].concat());
        book.look(&what, &run, Some(file), *has_line);
        // What was bad before and is good now is read as the base.
        let what = format!("{way} {file} in base");
        match *file {
            GATE | TRUST => {
                let run = world.run(&["ci", "--head-ref", &mended, "--trust-ref", &bad]);
                book.look(&what, &run, Some(file), *has_line);
            }
            _ => {
                let run = world.run(&["ci", "--head-ref", &mended, "--base-ref", &bad]);
                book.look(&what, &run, Some(file), *has_line);
            }
        }
    }
    let after = world.state();
    book.must(before == after, || "something was written".to_owned());
    book.close(250);
}

#[test]
fn a_bad_file_in_the_work_tree() {
    let world = World::new();
    let mut book = Book::default();
    let mut turn = 0;
    for file in ARTIFACTS {
        let good = world.good(file);
        for way in BYTES {
            world.place.write(file, (way.make)(file, &good));
            let before = world.state();
            // Every file in every way by two commands; over the ways, every command.
            for _ in 0..2 {
                turn += 1;
                let args = WORK[turn % WORK.len()];
                let run = world.run(args);
                let what = format!("{} {file}", way.name);
                book.look(&what, &run, Some(file), way.has_line);
                let rule = match way.name {
                    "conflict" => "rule: lock.conflict-markers",
                    "version" => "rule: pack.schema-version-unknown",
                    _ => "error",
                };
                book.must(run.err.contains(rule), || format!("{what}: no {rule}\n{}", run.err));
                let after = world.state();
                book.must(before == after, || format!("{what}: cask {} wrote", run.line));
                if before != after {
                    world.place.git(&["checkout", "-q", "."]);
                    world.place.git(&["clean", "-fdq"]);
                    world.place.write(file, (way.make)(file, &good));
                }
            }
        }
        world.place.write(file, &good);
    }
    for file in [TRUST, GATE] {
        let good = world.good(file);
        for way in BYTES {
            world.place.write(file, (way.make)(file, &good));
            let before = world.state();
            let run = world.run(&["trust", "check"]);
            book.look(&format!("{} {file}", way.name), &run, Some(file), way.has_line);
            book.must(before == world.state(), || "trust check wrote".to_owned());
        }
        world.place.write(file, &good);
    }
    book.close(240);
}

#[test]
fn something_else_than_a_file_in_the_work_tree() {
    let world = World::new();
    let mut book = Book::default();
    for (turn, file) in ARTIFACTS.into_iter().enumerate() {
        let path = world.place.path(file);
        let good = world.good(file);
        let dir = path.parent().unwrap();
        let beside = dir.with_file_name("beside");
        for way in ["link to itself", "link away", "folder", "pipe", "missing", "linked folder"] {
            // Of a folder that is a link, the first file that is read is named.
            if way == "missing" && file == LOCK || way == "linked folder" && ![TOOLS, LOCK].contains(&file) {
                continue;
            }
            std::fs::remove_file(&path).unwrap();
            match way {
                "link to itself" => symlink(path.file_name().unwrap(), &path).unwrap(),
                "link away" => symlink("/etc/passwd", &path).unwrap(),
                "folder" => std::fs::create_dir(&path).unwrap(),
                "pipe" => {
                    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
                    assert!(made.success());
                }
                "missing" => {}
                _ => {
                    std::fs::rename(dir, &beside).unwrap();
                    symlink("beside", dir).unwrap();
                }
            }
            let before = world.state();
            for args in [WORK[0], WORK[(turn % (WORK.len() - 2)) + 2]] {
                let run = world.run(args);
                let what = format!("{way} {file}");
                book.look(&what, &run, Some(file), false);
                book.must(before == world.state(), || format!("{what}: cask {} wrote", run.line));
            }
            match way {
                "missing" => {}
                "folder" => std::fs::remove_dir(&path).unwrap(),
                "linked folder" => {
                    std::fs::remove_file(dir).unwrap();
                    std::fs::rename(&beside, dir).unwrap();
                }
                _ => std::fs::remove_file(&path).unwrap(),
            }
            world.place.write(file, &good);
        }
    }
    book.close(54);
}

#[test]
fn a_hundred_megabytes() {
    let world = World::new();
    let mut book = Book::default();
    for file in ARTIFACTS.into_iter().chain([TRUST]) {
        let path = world.place.path(file);
        let good = world.good(file);
        std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
        let before = world.state();
        let args = if file == TRUST { &["trust", "check"][..] } else { WORK[0] };
        book.look(&format!("100 MB {file}"), &world.run(args), Some(file), false);
        if file == LOCK || file == TOOLS {
            book.look(&format!("100 MB {file}"), &world.run(WORK[4]), Some(file), false);
        }
        book.must(before == world.state(), || format!("100 MB {file}: written"));
        world.place.write(file, &good);
    }
    // In git the blob is a hundred kilobytes; its size is known before it is unpacked.
    world.branches(&[
        ("100644", POLICY, Some(vec![b' '; 100 << 20])),
        ("100644", TOOLS, Some(vec![0; 100 << 20])),
    ]);
    for (branch, file) in [("bad-0", POLICY), ("bad-1", TOOLS)] {
        book.look("100 MB in git", &world.run(&["ci", "--head-ref", branch]), Some(file), false);
    }
    book.close(11);
}

#[test]
fn a_snapshot_that_can_not_be_read_never_passes() {
    let world = World::new();
    let good = world.good(DIGESTS);
    for way in BYTES {
        world.place.write(DIGESTS, (way.make)(DIGESTS, &good));
        let before = world.state();
        let run = world.run(WORK[0]);
        assert!(matches!(run.code, Some(2 | 3)), "{}: {:?}\n{}{}", way.name, run.code, run.out, run.err);
        assert!(
            run.out.contains("lock.snapshot-missing") || run.code == Some(3),
            "{}: {}",
            way.name,
            run.out
        );
        assert!(!run.err.contains("panicked") && run.took < hostile::PATIENCE, "{}", run.err);
        assert_eq!(before, world.state(), "{}", way.name);
    }
}

#[test]
fn refs_that_are_not_there() {
    let world = World::new();
    let before = world.state();
    let mut book = Book::default();
    let hex = "0123456789abcdef0123456789abcdef01234567";
    for name in [
        "nope",
        "-x",
        "a..b",
        hex,
        "",
        "HEAD~99",
        "HEAD:x",
        "@{-1}",
        "x y",
        "\u{1b}[2J",
        ":/bad",
        "HEAD^{tree}",
    ] {
        for args in [
            &["ci", "--base-ref", name][..],
            &["ci", "--head-ref", name],
            &["ci", "--trust-ref", name],
            &["gate", "check", "--toolpack", PACK, "--trust-ref", name],
            &["diff", "--toolpack", PACK, "--base-ref", name],
            &["gate", "sync", "--toolpack", PACK, "--trust-ref", name],
            &["trust", "set", "thresholds.trust=1", "--trust-ref", name],
        ] {
            // Given with `=`, or a name that begins with a dash would be an option to the parser.
            let glued = format!("{}={name}", args[args.len() - 2]);
            let args = [&args[..args.len() - 2], &[&glued]].concat();
            book.look(&format!("ref {name:?}"), &world.run(&args), None, false);
        }
    }
    book.must(before == world.state(), || "something was written".to_owned());
    book.close(84);
}

#[test]
fn the_report_of_an_earlier_run_does_not_outlive_one_that_could_not_judge() {
    let world = World::new();
    for (place, format) in [("report.txt", &[][..]), ("report.json", &["--format", "json"]), ("out", &[])] {
        let with = ["--output", place];
        assert_eq!(world.run(&[&["ci"], &with[..], format].concat()).code, Some(0), "{place}");
        let files = || match world.place.path(place).is_dir() {
            true => world.place.path(place).read_dir().unwrap().map(|e| e.unwrap().path()).collect(),
            false => vec![world.place.path(place)],
        };
        let read = || files().iter().map(|f| std::fs::read_to_string(f).unwrap()).collect::<Vec<_>>();
        let passed = read();
        let run = world.run(&[&["ci", "--base-ref", "nope"], &with[..], format].concat());
        assert_eq!(run.code, Some(3), "{place}: {}{}", run.out, run.err);
        let now = read();
        assert_eq!(passed.len(), now.len(), "{place}");
        for (before, after) in passed.iter().zip(&now) {
            assert_ne!(before, after, "{place}");
            assert!(
                after.contains("nope") && after.contains("it is not in this checkout"),
                "{place}: {after}"
            );
        }
    }
}

#[test]
fn words_that_mean_nothing() {
    let world = World::new();
    let before = world.state();
    let mut book = Book::default();
    let at = ["--toolpack", PACK];
    for args in [
        &["ci", "--no-such"][..],
        &["ci", "--format", "yaml"],
        &["ci", "--format"],
        &["ci", "--fail-on", "sometimes"],
        &["ci", "--min-risk", "severe"],
        &["ci", "--trust-pin", "abc"],
        &["ci", "--trust", "no-such.yaml"],
        &["ci", "surplus"],
        &["gate", "check", "--toolpack", "no/such"],
        &["gate", "check", "--toolpack", ""],
        &["gate", "check", "--toolpack", "toolpacks/shop/artifact"],
        &["gate", "check", "--toolpack", "../../../../../.."],
        &["gate", "check", "--toolpack", "/"],
        &["gate", "check", "--toolpack", "toolpacks/shop/artifact/tools.json"],
        &["gate", "check", "--lockfile", "no-such.yaml"],
        &["gate", "check", at[0], at[1], "--toolset", "no-such"],
        &["gate", "check", at[0], at[1], "--format", "xml"],
        &["gate", "check", at[0], at[1], "--trust", "no-such.yaml"],
        &["gate", "allow", "no_such_tool", "--yes", at[0], at[1]],
        &["gate", "allow", "--yes", at[0], at[1]],
        &["gate", "allow", "--all", "--yes", "--key", "no-such", at[0], at[1]],
        &["gate", "allow", "--all", "--yes", "--toolset", "no-such", at[0], at[1]],
        &["gate", "block", "no_such_tool", "--reason", "x", "--yes", at[0], at[1]],
        &["gate", "sync", "--toolpack", "no/such"],
        &["gate", "status", "--toolpack", "no/such"],
        &["gate", "snapshot", "--toolpack", "no/such"],
        &["gate", "attach", "no-such.yaml", at[0], at[1]],
        &["diff", at[0], at[1], "--base", "no/such"],
        &["diff", at[0], at[1], "--base", "git:nope:toolpacks/shop"],
        &["diff", at[0], at[1], "--base", "git:HEAD:no/such"],
        &["diff", at[0], at[1], "--base", "git:HEAD"],
        &["diff", "--toolpack", "no/such", "--base-ref", "HEAD"],
        &["migrate", "--toolpack", "no/such"],
        &["migrate"],
        &["trust", "add", "bob", "--key", "no-such.pub"],
        &["trust", "set", "thresholds.trust=0"],
        &["trust", "set", "no.such=1"],
        &["trust", "set", "thresholds"],
        &["trust", "retire", "0000000000000000"],
        &["trust", "revoke", "0000000000000000", "--reason", "x"],
        &["schema", "no-such"],
        &["rules", "no.such"],
        &["explain", "no.such"],
    ] {
        book.look("words", &world.run(args), None, false);
    }
    book.must(before == world.state(), || "something was written".to_owned());
    book.close(40);
}

#[test]
fn places_that_are_no_place() {
    let world = World::new();
    let mut book = Book::default();
    let dir = world.place.dir.path();
    let ci: &[&str] = &["ci"];
    let check: &[&str] = &["gate", "check"];

    std::fs::create_dir(dir.join("outside")).unwrap();
    for args in [ci, check, &["gate", "sync"], &["gate", "status"], &["trust", "check"], &["diff"]] {
        book.look("no repository", &world.run_in(&dir.join("outside"), args), None, false);
    }
    git(dir, &["init", "-q", "unborn"]);
    for args in [ci, &["ci", "--base-ref", "main"], check, &["trust", "check"]] {
        book.look("no commit", &world.run_in(&dir.join("unborn"), args), None, false);
    }
    for args in [check, &["gate", "sync"], &["trust", "check"], &["ci", "--base-ref", "nope"]] {
        book.look("bare", &world.run_in(&dir.join("origin.git"), args), None, false);
    }
    git(dir, &["init", "-q", "damaged"]);
    std::fs::remove_file(dir.join("damaged/.git/HEAD")).unwrap();
    for args in [ci, check] {
        let run = world.run_in(&dir.join("damaged"), args);
        book.look("damaged .git", &run, None, false);
        book.must(run.err.contains(".git folder is damaged"), || run.err.clone());
    }
    std::fs::create_dir(dir.join("pointer")).unwrap();
    std::fs::write(dir.join("pointer/.git"), "gitdir: /no/such/place\n").unwrap();
    for args in [ci, check] {
        book.look(".git that leads nowhere", &world.run_in(&dir.join("pointer"), args), None, false);
    }
    // No remote HEAD, and no base named.
    git(dir, &["init", "-q", "-b", "main", "alone"]);
    git(&dir.join("alone"), &["commit", "-q", "--allow-empty", "-m", "x"]);
    book.look("no default branch", &world.run_in(&dir.join("alone"), ci), None, false);
    // A clone that ends before the base.
    world.place.git(&["switch", "-q", "-c", "feature"]);
    world.place.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    world.place.git(&["push", "-q", "origin", "feature"]);
    clone(&world, &["--depth", "1", "--branch", "feature"], "shallow");
    book.look("shallow", &world.run_in(&dir.join("shallow"), &["ci", "--base-ref", "main"]), None, false);
    book.close(18);
}

#[test]
fn a_detached_head_is_a_place() {
    let world = World::new();
    world.place.git(&["switch", "-q", "--detach"]);
    for args in [&["ci"][..], WORK[0], &["trust", "check"]] {
        let run = world.run(args);
        assert_eq!(run.code, Some(0), "cask {}: {}{}", run.line, run.out, run.err);
    }
}

#[test]
fn toolsets_and_tools_that_do_not_fit_together() {
    let world = World::new();
    let mut book = Book::default();
    for (file, from, to) in [
        (TOOLSETS, "- get_order", "- get_ordre"),
        (BASELINE, "\"stable_id\": \"78d6f2c56a18d995\"", "\"stable_id\": \"0b6b49c107c2370b\""),
        (HEADER, "tools: artifact/tools.json", "tools: ../../../secret.json"),
        (HEADER, "policy: artifact/policy.yaml", "policy: /etc/passwd"),
        (POLICY, "default_action: deny", "default_action: maybe"),
        (TOOLS, "\"kind\": \"http\"", "\"kind\": \"telepathy\""),
    ] {
        let good = String::from_utf8(world.good(file)).unwrap();
        assert!(good.contains(from), "{file}: {from}\n{good}");
        world.place.write(file, good.replace(from, to));
        let before = world.state();
        for args in WORK {
            let run = world.run(args);
            book.look(&format!("{to} in {file}"), &run, Some(file), true);
            book.must(before == world.state(), || format!("cask {} wrote", run.line));
        }
        world.place.write(file, good);
    }
    book.close(50);
}

//! `cask auth`: a login is kept where nobody else reads it, opens for its passphrase alone, leads nowhere else by its name,
//! and nothing of what is in it is ever told.

use crate::support;

use serde_json::{Value, json};
use support::{Place, Ran};

const URL: &str = "https://app.shop.example/login?next=s3cret-next#s3cret-part";
const PASSPHRASE: (&str, &str) = ("CASK_AUTH_PASSPHRASE", "a phrase that is long");
const FOLDER: &str = ".caskmcp/auth/profiles/shop";
/// Values that must stand in no output and in no file.
const VALUES: [&str; 4] = ["s3cret-cookie", "s3cret-token", "s3cret-next", "s3cret-part"];

/// A storage state whose cookie of the target expires then; a negative number: with the browser.
fn state(expires: f64) -> String {
    let cookie = |domain: &str, expires: f64| json!({"name": "sid", "value": "s3cret-cookie", "domain": domain, "path": "/", "expires": expires});
    json!({"cookies": [cookie(".shop.example", expires), cookie("other.example", 4_000_000_000.0)],
        "origins": [{"origin": "https://app.shop.example", "localStorage": [{"name": "token", "value": "s3cret-token"}]}]})
    .to_string()
}

fn run(place: &Place, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let ran = place.cask_with(&[&["auth"], args].concat(), env);
    for value in VALUES.iter().chain([&PASSPHRASE.1]) {
        assert!(!ran.out.contains(value) && !ran.err.contains(value), "{args:?}: {}{}", ran.out, ran.err);
    }
    ran
}

fn login(place: &Place, name: &str, env: &[(&str, &str)]) -> Ran {
    run(place, &["login", "--profile", name, "--url", URL, "--from-storage-state", "state.json"], env)
}

fn status(place: &Place, more: &[&str]) -> Ran {
    run(place, &[&["status", "--profile", "shop"], more].concat(), &[])
}

/// A place with a login.
fn stored(expires: f64) -> Place {
    let place = Place::new();
    place.write("state.json", state(expires));
    assert_eq!(login(&place, "shop", &[PASSPHRASE]).ok(), "Auth profile 'shop' saved.\n");
    place
}

#[test]
fn a_login_is_kept_told_of_and_taken_away() {
    let place = stored(4_000_000_000.0);
    let page = status(&place, &["--check"]).ok();
    for line in [
        "Target URL     https://app.shop.example/login\n",
        "Last used      never\n",
        "Storage state  present, sealed\n",
        "Cookies        2, 1 for the target\n",
        "First expiry   2096-10-02T07:06:40Z\n",
        "Holds          until 2096-10-02T07:06:40Z\n",
    ] {
        assert!(page.contains(line), "{page}");
    }
    let told: Value = serde_json::from_str(&status(&place, &["--format", "json"]).ok()).expect("JSON");
    assert_eq!((&told["expired"], &told["standing"]["target_storage"]), (&json!(false), &json!(1)), "{told}");
    let listed = run(&place, &["list"], &[]).ok();
    assert_eq!(listed, "  shop  (ready)  target=https://app.shop.example/login\n");
    assert_eq!(run(&place, &["clear", "--profile", "shop"], &[]).ok(), "Profile 'shop' cleared.\n");
    assert!(!place.path(FOLDER).exists());
    assert_eq!(run(&place, &["list"], &[]).ok(), "No auth profiles found.\n");
    for command in ["status", "clear"] {
        let err = run(&place, &[command, "--profile", "shop"], &[]).failed();
        assert!(err.contains("there is no such login"), "{err}");
    }
}

#[test]
fn what_has_expired_is_told_and_checked() {
    let place = stored(1_000_000_000.0);
    assert_eq!(status(&place, &[]).code, 0, "without --check it is only told");
    let ran = status(&place, &["--check"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("Holds          no: expired at 2001-09-09T01:46:40Z\n"), "{}", ran.out);
    assert!(run(&place, &["list"], &[]).ok().contains("(expired)"));
    // One that ends with the browser may hold for ever.
    assert_eq!(status(&stored(-1.0), &["--check"]).code, 0);
    std::fs::remove_file(place.path(&format!("{FOLDER}/storage_state.sealed.json"))).expect("it was there");
    assert!(run(&place, &["list"], &[]).ok().contains("(incomplete)"));
    assert_eq!(status(&stored(4_000_000_000.0), &["--check"]).code, 0);
}

#[test]
fn names_lead_nowhere_else_whatever_is_done_with_them() {
    let place = stored(4_000_000_000.0);
    place.write(".caskmcp/keep", "x");
    for name in [
        "..", "../..", "../../..", "a/b", "/tmp/x", ".", "", " ", ".hidden", "a\\b", "a\nb", "-a", "shop/",
        "shop.",
    ] {
        let profile = format!("--profile={name}");
        for args in [
            &["status", &profile][..],
            &["clear", &profile],
            &["login", &profile, "--url", URL, "--from-storage-state", "state.json"],
        ] {
            let err = run(&place, args, &[PASSPHRASE]).failed();
            assert!(err.contains("is no name of a login"), "{name:?} {args:?}: {err}");
        }
        let record = [
            "capture",
            "record",
            "https://app.shop.example",
            "--headless",
            &format!("--auth-profile={name}"),
        ];
        let err = place.cask_with(&record, &[PASSPHRASE]).failed();
        assert!(err.contains("is no name of a login"), "{name:?}: {err}");
    }
    assert!(place.path(".caskmcp/keep").exists() && place.path(FOLDER).exists());
}

#[test]
fn it_opens_for_its_passphrase_and_in_its_place_alone() {
    let place = stored(4_000_000_000.0);
    place.write("none", "no program");
    let open = |profile: &str, env: &[(&str, &str)]| {
        // With a browser that is none: what is told before it is started is of the login.
        let args = [
            "capture",
            "record",
            "https://app.shop.example",
            "--headless",
            "--browser-path",
            "none",
            "--auth-profile",
            profile,
        ];
        let ran = place.cask_with(&args, env);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(VALUES.iter().all(|value| !ran.err.contains(value)), "{}", ran.err);
        ran.err
    };
    let told = |err: &str, words: &str| assert!(err.contains(words), "{words}: {err}");
    told(&open("shop", &[PASSPHRASE]), "the browser");
    assert!(!status(&place, &[]).ok().contains("never"), "that it was used is written down");
    told(&open("shop", &[(PASSPHRASE.0, "another phrase")]), "another passphrase, or its files were changed");
    told(&open("shop", &[]), "CASK_AUTH_PASSPHRASE");
    told(&open("none", &[PASSPHRASE]), "cask auth login --profile none");
    // A passphrase where the name of its variable belongs.
    let record = ["capture", "record", "http://127.0.0.1:9/", "--headless", "--auth-profile", "shop"];
    let misused = [&record[..], &["--auth-passphrase-env", "a phrase that is long"]].concat();
    let err = place.cask_with(&misused, &[]).failed();
    assert!(err.contains("not its value") && !err.contains("phrase that is long"), "{err}");
    // Its state under another name, and its page as another.
    support::copy(&place.path(FOLDER), &place.path(".caskmcp/auth/profiles/other"));
    told(&open("other", &[PASSPHRASE]), "of another login");
    let meta = place.read(&format!("{FOLDER}/meta.json"));
    place.write(&format!("{FOLDER}/meta.json"), meta.replace("app.shop.example", "evil.example"));
    told(&open("shop", &[PASSPHRASE]), "its files were changed");
    // Torn in the middle, and no file at all.
    place.write(&format!("{FOLDER}/meta.json"), &meta);
    let sealed = format!("{FOLDER}/storage_state.sealed.json");
    let text = place.read(&sealed);
    place.write(&sealed, &text[..text.len() / 2]);
    told(&open("shop", &[PASSPHRASE]), "it is cut off, or no sealed login");
    std::fs::remove_file(place.path(&sealed)).expect("it was there");
    told(&open("shop", &[PASSPHRASE]), "its storage state is missing");
    place.write(&format!("{FOLDER}/meta.json"), &meta[..meta.len() / 2]);
    run(&place, &["status", "--profile", "shop"], &[]).failed();
    assert!(run(&place, &["list"], &[]).ok().contains("  shop  (incomplete)  target=?\n"));
}

#[test]
fn a_passphrase_is_long_and_a_file_is_a_storage_state_of_somebody() {
    let place = Place::new();
    place.write("state.json", state(-1.0));
    let err = login(&place, "shop", &[(PASSPHRASE.0, "short")]).failed();
    assert!(err.contains("less than 12 characters"), "{err}");
    let err = login(&place, "shop", &[]).failed();
    assert!(err.contains("would have been asked") && err.contains("CASK_AUTH_PASSPHRASE"), "{err}");
    for (text, words) in [
        ("{\"cookies\": [], \"origins\": []}", "there is no cookie"),
        ("{\"cookies\": [\"s3cret-cookie\"]}", "it is no storage state"),
        ("s3cret-token", "it is no storage state"),
        ("{\"cookies\": s3cret-cookie}", "it is no storage state"),
        ("{\"s3cret-token\": 1, \"s3cret-token\": 2}", "it is no storage state"),
    ] {
        place.write("state.json", text);
        let err = login(&place, "shop", &[PASSPHRASE]).failed();
        assert!(err.contains(words), "{words}: {err}");
    }
    for url in ["ftp://a.example", "shop", "https://ann:s3cret-token@a.example", "file:///etc/passwd"] {
        let args = ["login", "--profile", "shop", "--url", url, "--from-storage-state", "state.json"];
        let err = run(&place, &args, &[PASSPHRASE]).failed();
        assert!(err.contains("--url"), "{err}");
    }
    assert!(!place.path(".caskmcp").exists(), "nothing was left");
}

/// Without the feature an entry of the keyring is known, and refused with what to do.
#[cfg(not(feature = "keyring"))]
#[test]
fn a_build_without_the_keyring_says_so() {
    let place = Place::new();
    place.write("state.json", state(-1.0));
    let args = [
        "login",
        "--profile",
        "shop",
        "--url",
        URL,
        "--from-storage-state",
        "state.json",
        "--auth-passphrase-keyring",
        "cask/shop",
    ];
    let err = run(&place, &args, &[]).failed();
    assert!(err.contains("--features keyring"), "{err}");
}

#[cfg(unix)]
mod on_disk {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(place: &Place, path: &str) -> u32 {
        place.path(path).metadata().expect(path).permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_enters_or_reads_and_git_sees_nothing() {
        let place = Place::with_git();
        place.write("state.json", state(-1.0));
        std::fs::create_dir_all(place.path(".caskmcp/auth")).expect("a folder");
        std::fs::set_permissions(place.path(".caskmcp/auth"), std::fs::Permissions::from_mode(0o777))
            .expect("set");
        login(&place, "shop", &[PASSPHRASE]).ok();
        login(&place, "shop", &[PASSPHRASE]).ok();
        for folder in [".caskmcp/auth", ".caskmcp/auth/profiles", FOLDER] {
            assert_eq!(mode(&place, folder), 0o700, "{folder}");
        }
        let files: Vec<String> = place
            .path(FOLDER)
            .read_dir()
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        assert_eq!(files.len(), 2, "{files:?}");
        for file in files {
            let path = format!("{FOLDER}/{file}");
            assert_eq!(mode(&place, &path), 0o600, "{path}");
            let text = place.read(&path);
            assert!(VALUES.iter().all(|value| !text.contains(value)), "{path}");
        }
        place.git(&["add", "-A"]);
        assert!(!place.git(&["ls-files"]).contains("auth"), "{}", place.git(&["ls-files"]));
    }

    /// A link in place of each part of the way: nothing is read, written or taken away through it.
    #[test]
    fn no_link_is_followed() {
        for part in ["auth", "auth/profiles", "auth/profiles/shop", "auth/profiles/shop/meta.json"] {
            let place = stored(-1.0);
            let (here, away) = (place.path(&format!(".caskmcp/{part}")), place.path("away"));
            std::fs::rename(&here, &away).expect("moved");
            symlink(&away, &here).expect("a link");
            let before = place.path("away").metadata().expect("there").modified().expect("a time");
            for args in [
                &["status", "--profile", "shop"][..],
                &["login", "--profile", "shop", "--url", URL, "--from-storage-state", "state.json"],
            ] {
                let err = run(&place, args, &[PASSPHRASE]).failed();
                assert!(err.contains("link"), "{part} {args:?}: {err}");
            }
            if part != "auth/profiles/shop/meta.json" {
                let err = run(&place, &["clear", "--profile", "shop"], &[]).failed();
                assert!(err.contains("link"), "{part}: {err}");
            } else {
                run(&place, &["clear", "--profile", "shop"], &[]).ok();
            }
            assert_eq!(away.metadata().expect("still there").modified().expect("a time"), before, "{part}");
        }
    }
}

//! Which trust file judges: where it is read, what is asked of it, and what makes the judge refuse.
#![cfg(unix)]

use crate::support;

use std::path::PathBuf;

use cask::canon::time::Timestamp;
use cask::cmd::anchor::{Anchored, Sides, anchor};
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::failed::Failed;
use cask::cmd::options::TrustArgs;
use cask::io::git::Repo;
use cask::io::tree::Tree;
use support::Place;

const TRUST: &str = ".caskmcp/trust.yaml";

/// How a judge looks: in CI or at home, from which base, with which options.
#[derive(Default)]
struct Look<'a> {
    home: bool,
    base: Option<&'a str>,
    head: Option<&'a str>,
    args: TrustArgs,
}

fn look(place: &Place, look: Look) -> Result<Option<Anchored>, Failed> {
    let home = place.dir.path().join("judge");
    let env = |name: &str| match name {
        "CI" => (!look.home).then(|| "true".to_owned()),
        "HOME" => home.to_str().map(str::to_owned),
        _ => None,
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut ctx = Ctx {
        out: &mut out,
        err: &mut err,
        now: "2030-01-01T00:00:00Z".parse::<Timestamp>().expect("a time"),
        env: &env,
        names: &Vec::new,
        cwd: place.root(),
        random: &|_| {},
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    let repo = Repo::discover(&place.root()).expect("readable");
    let tree = |name: &str| {
        let repo = repo.as_ref().expect("a repository");
        Tree::git(repo, &repo.resolve(&place.git(&["rev-parse", name])).expect("a commit"))
    };
    let (base, head) = (look.base.map(tree), look.head.map(tree));
    let head = head.unwrap_or_else(|| Tree::folder(place.root()));
    let sides =
        Sides { repo: repo.as_ref(), default: None, base: base.as_ref(), head: &head, known_roots: true };
    anchor(&mut ctx, &sides, &look.args)
}

fn found(place: &Place, how: Look) -> Anchored {
    look(place, how).unwrap_or_else(|failed| panic!("{:?}", failed.0)).expect("a trust file")
}

fn refused(place: &Place, how: Look) -> (String, String, Option<&'static str>) {
    let failed = look(place, how).expect_err("refused").0;
    (failed.message, failed.hints.join("\n"), failed.rule.map(|rule| rule.id))
}

/// alice's trust file, signed but not merged.
fn started() -> Place {
    let place = Place::with_git();
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place
}

fn next_version(place: &Place, days: u32) {
    place.cask(&["trust", "set", &format!("rules.fresh_days={days}")]).ok();
    place.cask(&["trust", "sign", "--yes"]).ok();
}

fn pin(digest: &str) -> TrustArgs {
    TrustArgs { trust_pin: Some(digest.to_owned()), ..TrustArgs::default() }
}

#[test]
fn the_default_branch_judges_whatever_the_head_and_the_base_say() {
    let place = started();
    place.merge("trust");
    place.git(&["checkout", "-q", "-b", "weak"]);
    next_version(&place, 7);
    place.git(&["commit", "-qam", "weaker"]);
    place.git(&["commit", "-q", "--allow-empty", "-m", "stacked"]);
    let got = found(&place, Look { base: Some("HEAD~1"), head: Some("HEAD"), ..Look::default() });
    assert_eq!((got.trust.file.version, got.source.name.as_str()), (1, "origin/main"));
    assert!(got.anchored && !got.repaired && got.off_pin.is_none());
    assert_eq!(got.source.commit, Some(place.git(&["rev-parse", "origin/main"])));
    // A ref that the person names wins over it.
    let named = TrustArgs { trust_ref: Some("weak".to_owned()), ..TrustArgs::default() };
    assert_eq!(found(&place, Look { args: named, ..Look::default() }).trust.file.version, 2);
}

#[test]
fn the_base_side_judges_only_where_the_default_branch_has_none() {
    let place = Place::with_git();
    place.merge("empty");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.git(&["checkout", "-q", "-b", "first"]);
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "trust"]);
    let got = found(&place, Look { base: Some("HEAD"), ..Look::default() });
    assert!(got.anchored);
    // The head alone is never believed.
    let none = look(&place, Look { base: Some("HEAD~1"), head: Some("HEAD"), ..Look::default() });
    assert!(none.expect("readable").is_none());
    let none = look(&place, Look { head: Some("HEAD"), ..Look::default() });
    assert!(none.expect("readable").is_none());
}

#[test]
fn a_file_that_its_owners_did_not_sign_judges_nothing_until_a_successor_repairs_it() {
    let place = started();
    place.merge("trust");
    let good = place.read(TRUST);
    // As a text merge of two valid versions would leave it.
    place.write(TRUST, good.replace("fresh_days: 30", "fresh_days: 60"));
    place.merge("broken");
    let (message, _, rule) = refused(&place, Look::default());
    assert!(message.contains("version 1 needs the signatures of 1"), "{message}");
    assert_eq!(rule, Some("trust.unreadable"));
    place.write(TRUST, &good);
    assert!(look(&place, Look::default()).is_err(), "the last sound version itself is no successor");
    next_version(&place, 14);
    let got = found(&place, Look::default());
    assert!(got.repaired);
    assert_eq!((got.trust.file.version, got.trust.file.rules.fresh_days), (1, 30));
}

#[test]
fn a_pin_is_met_by_the_version_itself_and_by_its_valid_descendants() {
    let place = started();
    place.merge("one");
    let first = found(&place, Look::default()).trust.digest;
    next_version(&place, 14);
    place.merge("two");
    next_version(&place, 7);
    place.merge("three");
    let third = found(&place, Look::default()).trust.digest;
    for digest in [&first, &third] {
        assert!(found(&place, Look { args: pin(digest), ..Look::default() }).off_pin.is_none());
    }
    let other = format!("sha256:{}", "0".repeat(64));
    let off = found(&place, Look { args: pin(&other), ..Look::default() }).off_pin.expect("another root");
    assert_eq!(off.0.id, "trust.rotation-unsigned");
    // A new chain does not descend from the old one, whoever signs it.
    place.cask(&["trust", "init", "--id", "anna", "--yes", "--new-root"]).ok();
    place.merge("another root");
    assert!(found(&place, Look { args: pin(&first), ..Look::default() }).off_pin.is_some());
    for text in ["", "sha256:1", &first.to_uppercase()] {
        let (message, ..) = refused(&place, Look { args: pin(text), ..Look::default() });
        assert!(message.contains("is no pin"), "{message}");
    }
}

#[test]
fn a_history_that_is_cut_off_proves_no_pin() {
    let place = started();
    place.merge("one");
    let first = found(&place, Look::default()).trust.digest;
    next_version(&place, 14);
    place.merge("two");
    let origin = format!("file://{}", place.dir.path().join("origin.git").display());
    let mut shallow = Place::new();
    std::fs::remove_dir(shallow.root()).expect("empty");
    support::git(shallow.dir.path(), &["clone", "-q", "--depth", "1", &origin, "repo"]);
    shallow.person("alice");
    let (message, hints, _) = refused(&shallow, Look { args: pin(&first), ..Look::default() });
    assert!(message.contains("cut off") && hints.contains("fetch-depth: 0"), "{message} {hints}");
    assert!(found(&shallow, Look::default()).off_pin.is_none());
}

#[test]
fn a_version_that_is_not_in_a_partial_clone_is_not_passed_over() {
    let place = started();
    place.merge("one");
    let first = found(&place, Look::default()).trust.digest;
    for days in [14, 7] {
        next_version(&place, days);
        place.merge("next");
    }
    let third = found(&place, Look::default()).trust.digest;
    let origin = place.dir.path().join("origin.git");
    support::git(&origin, &["config", "uploadpack.allowFilter", "true"]);
    let mut partial = Place::new();
    std::fs::remove_dir(partial.root()).expect("empty");
    let url = format!("file://{}", origin.display());
    support::git(partial.dir.path(), &["clone", "-q", "--filter=blob:none", &url, "repo"]);
    partial.person("alice");
    let (message, _, rule) = refused(&partial, Look { args: pin(&first), ..Look::default() });
    assert!(message.contains("not in this clone"), "{message}");
    assert_eq!(rule, Some("trust.unreadable"));
    // What needs no history is here, and judges.
    assert!(found(&partial, Look { args: pin(&third), ..Look::default() }).off_pin.is_none());
}

#[test]
fn at_home_a_new_root_asks_and_a_known_one_may_only_go_on() {
    let mut place = started();
    place.merge("one");
    let home = || Look { home: true, ..Look::default() };
    let (message, hints, _) = refused(&place, home());
    assert!(message.contains("would have been asked") && hints.contains("cask trust accept"), "{message}");
    // The judge's own machine: accept, then go on.
    let roots = place.dir.path().join("judge/.local/state/cask/known_roots.yaml");
    let got = found(&place, Look::default());
    std::fs::create_dir_all(roots.parent().expect("a parent")).expect("folders");
    let known = |version: u32, digest: &str| {
        format!("\"{}\":\n  version: {version}\n  digest: \"{digest}\"\n", got.trust.root())
    };
    std::fs::write(&roots, known(1, &got.trust.digest)).expect("written");
    found(&place, home());
    place.person("alice");
    next_version(&place, 14);
    place.merge("two");
    found(&place, home());
    assert!(std::fs::read_to_string(&roots).expect("there").contains("version: 2"), "what was seen is kept");
    // The branch goes back behind what was seen.
    place.git(&["push", "-qf", "origin", "HEAD~1:main"]);
    place.git(&["fetch", "-q", "origin"]);
    let (message, _, rule) = refused(&place, home());
    assert!(message.contains("does not follow the one that this machine knows"), "{message}");
    assert_eq!(rule, Some("trust.rollback"));
    // A pin, or a file that is named, is the person's own word.
    found(&place, Look { args: pin(&got.trust.digest), ..home() });
    let file = TrustArgs { trust: Some(PathBuf::from(TRUST)), ..TrustArgs::default() };
    assert!(!found(&place, Look { args: file, ..home() }).anchored, "it lies where the head can reach it");
}

#[test]
fn gate_yaml_counts_only_with_its_owners_signatures() {
    let place = started();
    let root = found(&place, Look { args: file(), ..Look::default() }).trust.digest;
    let text = format!("schema: cask.gate/1\nversion: 1\nroot: {root}\nfail_on: any\nsignatures: []\n");
    place.write(".caskmcp/gate.yaml", &text);
    place.merge("unsigned");
    let got = found(&place, Look::default());
    assert!(got.gate.is_none());
    assert!(got.gate_ignored.expect("why").plain().contains("must sign it"));
    place.cask(&["trust", "sign", "--gate", "--yes"]).ok();
    place.merge("signed");
    let got = found(&place, Look::default());
    assert!(got.gate.is_some() && got.gate_ignored.is_none());
    place.write(".caskmcp/gate.yaml", "schema: cask.gate/1\nversion: 1\nversion: 2\n");
    place.merge("broken");
    let (message, ..) = refused(&place, Look::default());
    assert!(message.contains("version"), "{message}");
}

fn file() -> TrustArgs {
    TrustArgs { trust: Some(PathBuf::from(TRUST)), ..TrustArgs::default() }
}

#[test]
fn a_link_or_a_nested_file_is_never_the_trust_file() {
    let place = started();
    place.write("sub/.caskmcp/trust.yaml", place.read(TRUST));
    std::fs::rename(place.path(TRUST), place.path("other.yaml")).expect("moved");
    std::os::unix::fs::symlink("../other.yaml", place.path(TRUST)).expect("a link");
    place.merge("a link");
    let (message, _, rule) = refused(&place, Look::default());
    assert!(message.contains("symbolic link"), "{message}");
    assert_eq!(rule, Some("trust.unreadable"));
    std::fs::remove_file(place.path(TRUST)).expect("removed");
    place.merge("nested alone");
    assert!(look(&place, Look::default()).expect("readable").is_none());
}

//! `cask compile`, `cask openapi` and `cask scopes merge`, the former ways to what `cask mint` makes, by the real program.

use crate::support;

use std::collections::BTreeMap;
use std::path::Path;

use support::Place;

const HOSTS: [&str; 2] = ["-a", "*.shop.example.com"];

/// A repository with a file of the fixtures.
fn with(fixture: &str) -> Place {
    let place = Place::with_git();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
    std::fs::copy(&from, place.path(from.file_name().expect("a name").to_str().expect("text")))
        .expect(fixture);
    place
}

fn files(dir: &Path, below: &str, out: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => files(&entry.path(), &name, out),
            false => drop(out.insert(name, std::fs::read(entry.path()).expect("a file"))),
        }
    }
}

/// What a command writes into `pack`, which is taken away again: its place decides on its id.
fn made(place: &Place, args: &[&str]) -> BTreeMap<String, Vec<u8>> {
    place.cask(&[args, &["-o", "pack"]].concat()).ok();
    let mut found = BTreeMap::new();
    files(&place.path("pack"), "", &mut found);
    std::fs::remove_dir_all(place.path("pack")).expect("it goes");
    found
}

#[test]
fn what_compile_and_openapi_give_is_what_mint_gives_to_the_byte() {
    let place = with("capture/shop.har");
    let told = place.cask(&[&["capture", "import", "shop.har"], &HOSTS[..]].concat()).ok();
    let id = told.lines().find_map(|line| line.strip_prefix("Capture saved: ")).expect("an id");
    let folder = format!(".caskmcp/captures/{id}");
    for (format, emit) in [
        (&["--format", "manifest"][..], &[][..]),
        (&["--format", "openapi"], &["--emit", "contract"]),
        (&["--format", "all"], &["--emit", "scopes,coverage,contract"]),
        (&[], &["--emit", "scopes,coverage,contract"]),
        (&["-f", "manifest", "-s", "agent_safe_readonly"], &["--scope", "agent_safe_readonly"]),
    ] {
        let minted = made(&place, &[&["mint", &folder], emit].concat());
        assert!(minted.len() >= 6, "{:?}", minted.keys());
        for capture in [id, &folder] {
            assert!(made(&place, &[&["compile", "-c", capture], format].concat()) == minted, "{format:?}");
        }
    }
    let told = place.cask(&["compile", "-c", "cap_000000000000"]).failed();
    assert!(told.contains("there is no such capture") && told.contains(id), "{told}");

    let place = with("openapi/desk.yaml");
    assert!(made(&place, &["openapi", "desk.yaml"]) == made(&place, &["mint", "desk.yaml"]));
    for kind in [&["--input-format", "openapi"][..], &[]] {
        let told = place.cask(&[&["capture", "import", "desk.yaml"], kind].concat()).failed();
        assert!(told.contains("cask mint FILE"), "{told}");
    }
    assert!(place.cask(&["compile", "-c", "x"]).failed().contains("cask mint FILE"));
}

#[test]
fn suggested_groups_are_taken_into_a_file_of_ones_own() {
    const OWN: &str = ".caskmcp/scopes/scopes.yaml";
    const PROPOSED: &str = ".caskmcp/scopes/scopes.merge.proposed.yaml";
    let place = with("capture/shop.har");
    place.cask(&[&["mint", "shop.har", "-o", "pack", "--emit", "scopes"], &HOSTS[..]].concat()).ok();
    let suggested = ["--suggested", "pack/artifact/scopes.suggested.yaml"];
    let merge = |words: &[&str], more: &[&str]| place.cask(&[words, &suggested, more].concat());
    let said = merge(&["scopes", "merge"], &[]).ok();
    assert!(said.contains(&format!("Scopes merge proposal: {PROPOSED}")), "{said}");
    assert!(!place.path(OWN).exists(), "nothing is taken over unasked");
    let proposed = place.read(PROPOSED);
    merge(&["scopes", "merge"], &["--apply"]).ok();
    assert_eq!(place.read(OWN), proposed);
    // A person writes into it, and a tool comes.
    let tool = proposed
        .lines()
        .skip_while(|line| *line != "    tools:")
        .find(|line| line.starts_with("    - "))
        .expect("a tool");
    let own = format!("# ours\n{}", proposed.replacen(&format!("{tool}\n"), "", 1));
    place.write(OWN, &own);
    let said = merge(&["scope", "merge"], &["--apply"]).ok();
    assert!(said.contains(&format!("+ {tool}\n")) && said.contains("takes in more: tools: + "), "{said}");
    let now = place.read(OWN);
    assert!(now.starts_with("# ours\n") && now.lines().count() == own.lines().count() + 1, "{now}");
    assert!(merge(&["scopes", "merge"], &["--apply"]).ok().starts_with("Applied merged scopes to"));
    assert_eq!(place.read(OWN), now);
    assert!(place.cask(&["scopes", "merge"]).failed().contains("--emit scopes"));
    place.write(OWN, "- a list\n");
    assert!(merge(&["scopes", "merge"], &[]).failed().contains(OWN));
}

#[test]
fn defaults_of_a_repository_hold_where_nothing_else_is_said() {
    const CONFIG: &str = ".caskmcp/config.yaml";
    let place = with("capture/shop.har");
    let mint = ["mint", "shop.har"];
    let said = made(&place, &[&mint[..], &HOSTS, &["--scope", "agent_safe_readonly"]].concat());
    let other = made(&place, &[&mint[..], &HOSTS].concat());
    place.write(
        CONFIG,
        "schema: cask.config/1\nmint: {scope: agent_safe_readonly, allowed_hosts: ['*.shop.example.com']}\n",
    );
    assert!(made(&place, &mint) == said && said != other);
    assert!(
        made(&place, &[&mint[..], &["--scope", "first_party_only"]].concat()) == other,
        "an option counts more"
    );
    place.write("scope.yaml", "name: all\nrules: [{filters: []}]\n");
    place.cask(&[&mint[..], &["--scope-file", "scope.yaml", "-o", "pack"]].concat()).ok();
    assert!(place.read("pack/toolpack.yaml").contains("scope: all\n"));
    let told = place.cask(&["capture", "import", "shop.har"]).ok();
    assert!(told.contains("Hosts: *.shop.example.com\n"), "{told}");
    place.write(CONFIG, "schema: cask.config/1\nmint: {redaction_profile: none}\n");
    assert!(place.cask(&mint).failed().contains("unknown profile \"none\""));
    assert!(place.cask(&["capture", "import", "shop.har"]).failed().contains("unknown profile"));
    place.write(CONFIG, "schema: cask.config/1\nrun: {toolset: readonly}\n");
    let told = place.cask(&mint).failed();
    assert!(told.contains("no command reads this yet") && told.contains(".caskmcp/config.yaml:2"), "{told}");
    // What judges does not look at it.
    assert_ne!(place.cask(&["lint"]).code, 3);
}

//! What people and programs see of a report: goldens of each format, and what must hold for any report,
//! hostile names included. `BLESS=1` writes the goldens anew.

#[path = "support/gfm.rs"]
mod gfm;
#[path = "support/stories.rs"]
mod stories;

use std::path::PathBuf;

use cask::report::formats::FORMATS;
use cask::report::style::Style;
use cask::report::{failure, github_md, json, status, terminal};

fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, known, "{name} differs; BLESS=1 writes it anew");
}

fn all() -> Vec<(&'static str, cask::model::report::Report)> {
    vec![
        ("breaking", stories::breaking()),
        ("review", stories::review()),
        ("clean", stories::clean()),
        ("first-adoption", stories::first_adoption()),
        ("folded", stories::folded()),
        ("unjudged", stories::unjudged()),
    ]
}

#[test]
fn goldens_of_every_story_in_every_format() {
    for (name, report) in all() {
        for format in FORMATS {
            golden(&format!("{name}.{}", format.extension), &(format.render)(&report, &Style::default()));
        }
    }
    golden("many.md", &github_md::render(&stories::many(5_000), &Style::default()));
    golden("status.txt", &status::terminal(&stories::status(), &Style::default()));
    golden("no-base.txt", &failure::terminal(&stories::no_base(), &Style::default()));
}

//! docs/coverage.md against the tree: every test that a row names exists, every command is one that the program takes,
//! and what is said not to be built is not.

use crate::typed;

use std::collections::BTreeSet;
use std::path::Path;

use typed::Taken;

const NOT_BUILT: &str = "not built";

/// A row of a table: what, the cell of commands, the cell of tests.
struct Row {
    what: String,
    commands: String,
    tests: String,
}

fn rows(page: &str) -> Vec<Row> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = cells.filter(|line| !line.starts_with("what |") && !line.starts_with("---"));
    cells
        .map(|line| match line.split(" | ").collect::<Vec<_>>()[..] {
            [what, commands, tests] => {
                Row { what: what.into(), commands: commands.into(), tests: tests.into() }
            }
            _ => panic!("three cells: {line}"),
        })
        .collect()
}

fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is untrue of a row.
fn untrue(row: &Row) -> Option<String> {
    let told = |why: String| Some(format!("{}: {why}", row.what));
    if row.tests.starts_with(NOT_BUILT) {
        let built = |words: &str| {
            let words: Vec<String> =
                ["cask"].into_iter().chain(words.split(' ')).map(str::to_owned).collect();
            !matches!(typed::taken(&words), Taken::Not(_))
        };
        return match row.commands.split(", ").find(|words| built(words)) {
            Some(words) => told(format!("`cask {words}` is built: say so, and name the test that shows it")),
            None => None,
        };
    }
    for line in spans(&row.commands) {
        for words in typed::commands(line).unwrap_or_default() {
            if let Taken::Not(why) = typed::taken(&words) {
                return told(why);
            }
        }
    }
    if spans(&row.commands).is_empty() || spans(&row.tests).is_empty() {
        return told("it names no command, or no test".to_owned());
    }
    spans(&row.tests).into_iter().find_map(|test| match exists(test) {
        true => None,
        false => told(format!("there is no test {test}")),
    })
}

/// Whether a file of the tree has a test of that name.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
    let Some((before, _)) = text.split_once(&format!("fn {name}()")) else { return false };
    let attributes = before.lines().rev().take(6).map(str::trim).take_while(|line| *line != "}");
    attributes.into_iter().any(|line| line == "#[test]")
}

#[test]
fn every_row_names_commands_that_are_taken_and_tests_that_exist() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md"));
    let rows = rows(&page.expect("the page"));
    assert!(rows.len() > 50, "{} rows were found", rows.len());
    let wrong: Vec<String> = rows.iter().filter_map(untrue).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Rows of one name in one table would be one.
    let unique: BTreeSet<(&str, &str)> =
        rows.iter().map(|row| (row.what.as_str(), row.commands.as_str())).collect();
    assert!(unique.len() + 4 > rows.len(), "rows repeat each other");
}

#[test]
fn a_row_that_is_untrue_is_told() {
    const TEST: &str = "`tests/house/coverage.rs::a_row_that_is_untrue_is_told`";
    let page = |commands: &str, tests: &str| {
        format!("| what | command | shown by |\n| --- | --- | --- |\n| x | {commands} | {tests} |\n")
    };
    let told = |commands: &str, tests: &str| untrue(&rows(&page(commands, tests))[0]);
    assert_eq!(told("`cask ci` `cask trust add`", TEST), None);
    assert!(told("`cask no-such`", TEST).is_some_and(|why| why.contains("no-such")));
    assert!(told("`cask ci --no-such`", TEST).is_some());
    assert!(
        told("`cask ci`", "`tests/house/coverage.rs::no_such`")
            .is_some_and(|why| why.contains("there is no test"))
    );
    assert!(told("`cask ci`", "`tests/house/coverage.rs::untrue`").is_some(), "that is no test");
    assert!(told("`cask ci`", "").is_some() && told("ci", TEST).is_some());
    assert_eq!(told("no-such, gate no-such", NOT_BUILT), None);
    assert!(told("no-such, ci", NOT_BUILT).is_some_and(|why| why.contains("`cask ci` is built")));
}

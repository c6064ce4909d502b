//! A playbook and assertions about the pages that it goes through (verify.md §4): what a person sees there, to be traced
//! to the calls that it comes from. Both are data: nothing here goes to a page. Who plays a playbook reads what its steps need.

use regex::{Regex, RegexBuilder};

use super::at::At;
use crate::canon::{Fault, Node, Value};

/// The version of both files that is read.
const VERSION: &str = "1.0";
/// Most steps, and most assertions.
const STEPS: usize = 1_000;
const ASSERTIONS: usize = 500;
/// Bytes that a compiled pattern may take.
const PATTERN: usize = 1 << 20;
/// Milliseconds within which what is shown was answered, where nobody says otherwise, and the most.
const WINDOW: u64 = 1_500;
const WINDOWS: u64 = 3_600_000;
/// What a step of a playbook may be.
const STEP: [&str; 8] = ["goto", "click", "fill", "wait", "select", "submit", "scroll", "extract"];
/// How an element is found.
const BY: [&str; 5] = ["role", "label", "text", "css", "xpath"];

/// Reads a playbook; it is not played.
///
/// # Errors
/// Another version than 1.0, no list of steps, or a step of an unknown type, with its place.
pub fn playbook(file: &str, node: &Node) -> Result<(), Fault> {
    let root = At::root(file, node);
    root.only(&["version", "name", "steps"])?;
    version(&root.required("version")?)?;
    let steps = root.required("steps")?.items()?;
    if steps.len() > STEPS {
        return Err(root.fault_at("steps", format!("more than {STEPS} steps")));
    }
    for step in &steps {
        let kind = step.text_of("type")?.to_ascii_lowercase();
        if !STEP.contains(&kind.as_str()) {
            let message = format!("there is no step {kind:?}, known are {}", STEP.join(", "));
            return Err(step.fault_at("type", message));
        }
    }
    Ok(())
}

fn version(at: &At) -> Result<(), Fault> {
    match at.text().ok() == Some(VERSION) {
        true => Ok(()),
        false => Err(at
            .fault(format!("the version that is read is {VERSION:?}, in quotation marks"))
            .hint("begin the file with version: \"1.0\"")),
    }
}

/// What should be seen.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A text that has this in it, whatever its case.
    Contains(String),
    /// This very value.
    Equals(Node),
    /// A text in which the pattern is found.
    Matches(Regex),
    /// An object that has these members, and in them what theirs have.
    Shape(Node),
}

/// One assertion about a page.
#[derive(Debug, Clone)]
pub struct PageAssertion {
    /// What it is called. A stranger's words.
    pub name: String,
    /// How the element is found that shows it: `role`, `label`, `text`, `css` or `xpath`, and what that is.
    pub locator: (&'static str, String),
    /// What should be seen.
    pub expected: Expected,
    /// The value as it is written, where it is text.
    pub text: String,
    /// Milliseconds within which what is shown was answered.
    pub window_ms: u64,
    /// Where it stands.
    pub pointer: String,
    /// On which line.
    pub line: u32,
}

/// Assertions about pages, with the file that they stand in.
#[derive(Debug, Clone)]
pub struct PageAssertions {
    /// For places.
    pub file: String,
    /// In the order of the file.
    pub all: Vec<PageAssertion>,
}

impl PageAssertions {
    /// Reads them: a list, or a map with a version and the list.
    ///
    /// # Errors
    /// Another version, an unknown word or member, a pattern that is none, or more than belongs into one file.
    pub fn read(file: &str, node: &Node) -> Result<PageAssertions, Fault> {
        let root = At::root(file, node);
        let list = match node.value {
            Value::List(_) => root,
            _ => {
                root.only(&["version", "ui_assertions"])?;
                if let Some(said) = root.optional("version") {
                    version(&said)?;
                }
                root.required("ui_assertions")?
            }
        };
        let items = list.items()?;
        if items.len() > ASSERTIONS {
            return Err(list.fault(format!("more than {ASSERTIONS} assertions")));
        }
        let all = items.iter().map(assertion).collect::<Result<_, _>>()?;
        Ok(PageAssertions { file: file.to_owned(), all })
    }
}

fn assertion(at: &At) -> Result<PageAssertion, Fault> {
    at.only(&["name", "locator", "expect", "capture_window_ms"])?;
    let locator = at.required("locator")?;
    locator.only(&["by", "value"])?;
    let by = locator.required("by")?.word(&BY.map(|word| (word, word)))?;
    let locator = (by, locator.text_of("value")?.to_owned());
    let expect = at.required("expect")?;
    expect.only(&["type", "value"])?;
    let value = expect.required("value")?;
    let expected = match expect.text_of("type")? {
        "contains_text" => Expected::Contains(plain(&value)?.trim().to_lowercase()),
        "equals" => Expected::Equals(value.node.clone()),
        "regex" => {
            let made = RegexBuilder::new(value.text()?).size_limit(PATTERN).build();
            Expected::Matches(made.map_err(|e| value.fault(format!("the pattern can't be read: {e}")))?)
        }
        "json_shape" => {
            value.map()?;
            Expected::Shape(value.node.clone())
        }
        other => {
            let message =
                format!("unknown type {other:?}, expected contains_text, equals, regex or json_shape");
            return Err(expect.fault_at("type", message));
        }
    };
    let window_ms = at.opt_count("capture_window_ms")?.unwrap_or(WINDOW);
    if window_ms > WINDOWS {
        return Err(at.fault_at("capture_window_ms", format!("a window is at most {WINDOWS} ms")));
    }
    Ok(PageAssertion {
        name: at.opt_text("name")?.unwrap_or("unnamed_assertion").to_owned(),
        locator,
        expected,
        text: plain(&value).unwrap_or_default(),
        window_ms,
        pointer: at.pointer.to_string(),
        line: at.node.line,
    })
}

/// A value that a page can show as text.
fn plain(at: &At) -> Result<String, Fault> {
    match &at.node.value {
        Value::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Int(digits) => Ok(digits.clone()),
        Value::Float(_) | Value::Bool(_) => Ok(crate::canon::json::compact(at.node)),
        _ => Err(at.fault("expected a text that is not empty, or a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    fn node(text: &str) -> Node {
        bytes::described("f.yaml", text.as_bytes(), 1 << 20).unwrap()
    }

    #[test]
    fn a_playbook_is_of_one_version_and_has_known_steps() {
        let read = |text: &str| playbook("f.yaml", &node(text)).map_err(|fault| (fault.line, fault.message));
        assert!(
            read("version: \"1.0\"\nsteps:\n- {type: GOTO, url: https://a.test}\n- {type: extract}\n")
                .is_ok()
        );
        for (text, line, says) in [
            ("version: \"9.9\"\nsteps: []\n", 1, "\"1.0\""),
            ("version: 1.0\nsteps: []\n", 1, "\"1.0\""),
            ("steps: []\n", 1, "version"),
            ("version: \"1.0\"\n", 1, "steps"),
            ("version: \"1.0\"\nsteps:\n- {type: goto}\n- {type: hover}\n", 4, "hover"),
            ("version: \"1.0\"\nsteps: [goto]\n", 2, "type"),
            ("version: \"1.0\"\nstep: []\nsteps: []\n", 2, "unknown member"),
        ] {
            let (at, message) = read(text).unwrap_err();
            assert!(at == line && message.contains(says), "{text}: {at} {message}");
        }
    }

    #[test]
    fn assertions_about_pages_are_read_or_refused() {
        let read = |text: &str| PageAssertions::read("f.yaml", &node(text));
        let one = |rest: &str| read(&format!("- {{locator: {{by: role, value: main}}, {rest}}}\n"));
        let made = read(
            "version: \"1.0\"\nui_assertions:\n- name: total\n  locator: {by: css, value: .sum}\n  \
             expect: {type: contains_text, value: ' 12 EUR '}\n  capture_window_ms: 900\n",
        )
        .unwrap();
        let [own] = &made.all[..] else { panic!("{made:?}") };
        assert!(matches!(&own.expected, Expected::Contains(text) if text == "12 eur"));
        assert_eq!(own.locator, ("css", ".sum".to_owned()));
        assert_eq!((own.window_ms, own.line, own.pointer.as_str()), (900, 3, "/ui_assertions/0"));
        let usual = one("expect: {type: json_shape, value: {id: null}}").unwrap();
        assert_eq!((usual.all[0].name.as_str(), usual.all[0].window_ms), ("unnamed_assertion", 1_500));
        for (rest, says) in [
            ("expect: {type: like, value: x}", "unknown type"),
            ("expect: {type: regex, value: '('}", "the pattern can't be read"),
            ("expect: {type: contains_text, value: ' '}", "not empty"),
            ("expect: {type: json_shape, value: id}", "expected a map"),
            ("expect: {type: equals}", "value"),
            ("name: x", "expect"),
            ("expect: {type: equals, value: 1}, windows: 1", "unknown member"),
            ("expect: {type: equals, value: 1}, capture_window_ms: 9999999999", "at most"),
        ] {
            assert!(one(rest).unwrap_err().message.contains(says), "{rest}");
        }
        assert!(read("[1]\n").unwrap_err().message.contains("map"));
        assert!(read("- {locator: {by: id, value: a}, expect: {type: equals, value: 1}}\n").is_err());
        assert!(read("version: \"2.0\"\nui_assertions: []\n").is_err());
    }
}

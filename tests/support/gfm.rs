//! Hostile text from the fixtures, and pages as the renderer of forges shows them, for the tests that look at both.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Name and text of every hostile string, and one that is too big for a file.
pub fn hostile() -> Vec<(String, String)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hostile/strings.json");
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there")).expect("JSON");
    let field = |row: &serde_json::Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let mut all: Vec<_> = rows.iter().map(|row| (field(row, "name"), field(row, "text"))).collect();
    assert!(all.len() >= 40);
    all.push(("1 MB name".to_owned(), "@a`|<b>\u{202e}".repeat(100_000)));
    all
}

/// Renders as GitHub does, raw HTML included: whatever the encoder lets through is seen.
pub fn rendered(source: &str) -> Vec<Event> {
    let mut child = Command::new("cmark-gfm")
        .args(["--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough"])
        .args(["-e", "tasklist", "-e", "tagfilter"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs the program cmark-gfm (Debian: apt-get install cmark-gfm)");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = source.to_owned();
    // Beside the reader: the output may fill its pipe before the input has been taken.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("cmark-gfm ends");
    writer.join().expect("the writer ends").expect("cmark-gfm reads its input");
    assert!(output.status.success(), "cmark-gfm failed");
    events(&String::from_utf8(output.stdout).expect("UTF-8"))
}

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Open(String, String),
    Close(String),
    Text(String),
}

/// A scanner for the little HTML that cmark writes; comments and declarations count as elements.
pub fn events(html: &str) -> Vec<Event> {
    let mut out = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        if let Some(tag) = rest.strip_prefix('<') {
            let end = tag.find('>').expect("a tag ends");
            let (inside, after) = (&tag[..end], &tag[end + 1..]);
            match inside.strip_prefix('/') {
                Some(name) => out.push(Event::Close(name.trim().to_owned())),
                None => {
                    let name = inside.split([' ', '/']).next().unwrap_or_default();
                    out.push(Event::Open(name.to_owned(), inside[name.len()..].trim().to_owned()));
                }
            }
            rest = after;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            out.push(Event::Text(decoded(&rest[..end])));
            rest = &rest[end..];
        }
    }
    out
}

/// Character references as a browser reads them, once.
pub fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').expect("a reference ends");
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "amp" => '&',
            number => number
                .strip_prefix('#')
                .and_then(|n| n.parse().ok())
                .and_then(char::from_u32)
                .unwrap_or_else(|| panic!("unknown reference {name}")),
        };
        out.push(c);
        out.push_str(after);
    }
    out
}

pub fn count(events: &[Event], name: &str) -> usize {
    events.iter().filter(|e| matches!(e, Event::Open(n, _) if n == name)).count()
}

//! Lines of a YAML file with more in them: whoever calls it reads the result again and compares, so that what is not
//! understood here is no harm.

use crate::canon::Node;
use crate::canon::emit::emit_yaml_with;
use crate::canon::node::Value;

/// A change of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A group that is not there.
    Add { name: String, node: Node },
    /// A member of one word that is another now.
    Word { scope: String, key: &'static str, word: String },
    /// More items of a list.
    Items { scope: String, list: &'static str, items: Vec<String> },
}

impl Edit {
    /// A member of a group that is another word now.
    pub fn word(scope: &str, key: &'static str, word: &str) -> Edit {
        Edit::Word { scope: scope.to_owned(), key, word: word.to_owned() }
    }
}

/// Makes the changes; none where the lines are not as expected.
pub fn apply(text: &str, before: &Node, now: &Node, edits: &[Edit]) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if before.get("version").is_none() {
        let version = Node::map([("version", now.get("version")?.clone())]);
        lines.splice(0..0, emit(&version, 0));
    }
    let has_groups = before.get("scopes").is_some_and(|scopes| !scopes.members().is_empty());
    if !has_groups {
        // Nothing stands there, or nothing but the word.
        lines.retain(|line| !matches!(line.trim(), "scopes:" | "scopes: {}"));
        lines.push("scopes:".to_owned());
    }
    for edit in edits {
        match edit {
            Edit::Add { name, node } => {
                let (top, indent) = groups(&lines)?;
                let end = end_of(&lines, top, 0);
                let entry = Node::map([(name.clone(), node.clone())]);
                lines.splice(end..end, emit(&entry, indent));
            }
            Edit::Word { scope, key, word } => {
                let at = member(&lines, scope, key)?;
                let (head, rest) = lines[at].split_once(':')?;
                let value = rest.find(" #").map_or(rest, |from| &rest[..from]).trim_end();
                lines[at] = format!("{head}: {word}{}", &rest[value.len()..]);
            }
            Edit::Items { scope, list, items } => more(&mut lines, scope, list, items)?,
        }
    }
    Some(lines.iter().map(|line| format!("{line}\n")).collect())
}

fn emit(node: &Node, indent: usize) -> Vec<String> {
    let blanks = " ".repeat(indent);
    let text = emit_yaml_with(node, &|_| true);
    text.lines().map(|line| format!("{blanks}{line}")).collect()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_blank(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// The line of `scopes:`, and how far its groups stand in.
fn groups(lines: &[String]) -> Option<(usize, usize)> {
    let top =
        lines.iter().position(|line| line.split('#').next().is_some_and(|l| l.trim_end() == "scopes:"))?;
    let first = lines[top + 1..].iter().find(|line| !is_blank(line));
    Some((top, first.map(|line| indent_of(line)).filter(|indent| *indent > 0).unwrap_or(2)))
}

/// The line behind a block that begins at a line: blank lines and comments behind it are no longer of it.
fn end_of(lines: &[String], start: usize, indent: usize) -> usize {
    let mut end = start + 1;
    for (n, line) in lines.iter().enumerate().skip(start + 1) {
        if is_blank(line) {
            continue;
        }
        // Items of a list may stand as far out as their key.
        if indent_of(line) < indent || indent_of(line) == indent && !line.trim_start().starts_with("- ") {
            break;
        }
        end = n + 1;
    }
    end
}

fn is_key(line: &str, indent: usize, key: &str) -> bool {
    let own = indent_of(line) == indent;
    let text = line.trim_start();
    let quoted = [format!("{key}:"), format!("\"{key}\":"), format!("'{key}':")];
    own && quoted.iter().any(|quoted| text.starts_with(quoted.as_str()))
}

/// The lines of a group, and how far its members stand in.
fn group(lines: &[String], scope: &str) -> Option<(usize, usize, usize)> {
    let (top, indent) = groups(lines)?;
    let end = end_of(lines, top, 0);
    let start = (top + 1..end).find(|n| is_key(&lines[*n], indent, scope))?;
    let end = end_of(lines, start, indent);
    let first = lines[start + 1..end].iter().find(|line| !is_blank(line))?;
    Some((start, end, indent_of(first)))
}

fn member(lines: &[String], scope: &str, key: &str) -> Option<usize> {
    let (start, end, indent) = group(lines, scope)?;
    (start + 1..end).find(|n| is_key(&lines[*n], indent, key))
}

fn more(lines: &mut Vec<String>, scope: &str, list: &str, items: &[String]) -> Option<()> {
    let (_, end, indent) = group(lines, scope)?;
    let Some(at) = member(lines, scope, list) else {
        let entry = Node::map([(list, Node::texts(items.iter().cloned()))]);
        lines.splice(end..end, emit(&entry, indent));
        return Some(());
    };
    let texts = emit(&Node::new(Value::List(items.iter().map(Node::text).collect())), 0);
    let rest = lines[at].split_once(':')?.1.trim().to_owned();
    if rest.is_empty() || rest.starts_with('#') {
        let end = end_of(lines, at, indent);
        let own =
            lines[at + 1..end].iter().find(|line| !is_blank(line)).map_or(indent, |line| indent_of(line));
        let blanks = " ".repeat(own);
        lines.splice(end..end, texts.iter().map(|text| format!("{blanks}{text}")));
        return Some(());
    }
    let open = lines[at].rfind(']')?;
    let plain: Vec<&str> = texts.iter().map(|text| text.trim_start_matches("- ")).collect();
    let comma = if rest.starts_with("[]") { "" } else { ", " };
    lines[at].insert_str(open, &format!("{comma}{}", plain.join(", ")));
    Some(())
}

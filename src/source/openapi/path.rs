//! A reference of a document in; the file and the pointer that it means, out. Files are named by their path in
//! the project; nothing outside of it can be named.

use std::collections::BTreeSet;

use crate::canon::{Node, Value};

/// What a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A pointer into the same file, or the name of an anchor there.
    Same(String),
    /// The same of another file of the project.
    Other(String, String),
    /// An address, or a path that leaves the project.
    Outside,
}

/// What a reference in a file means; `None` for one that is no text.
pub(super) fn target(file: &str, reference: &str) -> Option<Target> {
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let pointer = decoded(fragment)?;
    if path.is_empty() {
        return Some(Target::Same(pointer));
    }
    Some(match beside(file, &decoded(path)?) {
        Some(path) => Target::Other(path, pointer),
        None => Target::Outside,
    })
}

/// A path relative to a file, as a path in the project.
fn beside(file: &str, path: &str) -> Option<String> {
    // `https:`, `file:`, `C:`; `//host/…` and `/etc/…`; backslashes are steps to some systems.
    let scheme = path.split('/').next().is_some_and(|first| first.contains(':'));
    if scheme || path.starts_with('/') || path.contains(['\\', '\0']) {
        return None;
    }
    let mut steps: Vec<&str> = file.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    (!steps.is_empty()).then(|| steps.join("/"))
}

/// Text with `%41` and the like written out.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (byte, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Members whose keys are names: one may be called `example`.
const NAMES: &[&str] = &[
    "$defs",
    "callbacks",
    "content",
    "definitions",
    "dependentSchemas",
    "headers",
    "links",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securityDefinitions",
    "securitySchemes",
];

/// Every other file of the project that a tree refers to.
pub(super) fn wanted(file: &str, root: &Node) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Each with whether its keys are names that somebody chose.
    let mut todo = vec![(root, false)];
    while let Some((node, named)) = todo.pop() {
        match &node.value {
            Value::List(items) => todo.extend(items.iter().map(|item| (item, false))),
            Value::Map(members) => {
                for (key, value) in members {
                    match (key.as_str(), value.as_text()) {
                        // A sample is what somebody sent: nothing is read from it.
                        ("example" | "examples" | "x-example" | "x-examples", _) if !named => {}
                        ("$ref" | "$dynamicRef" | "$recursiveRef", Some(reference))
                            if !reference.starts_with('#') =>
                        {
                            if let Some(Target::Other(path, _)) = target(file, reference)
                                && path != file
                            {
                                found.insert(path);
                            }
                        }
                        _ => todo.push((value, NAMES.contains(&key.as_str()))),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_stays_in_the_project() {
        let other = |path: &str, pointer: &str| Some(Target::Other(path.into(), pointer.into()));
        for (file, reference, means) in [
            ("a.yaml", "#/components/schemas/X", Some(Target::Same("/components/schemas/X".into()))),
            ("a.yaml", "#/paths/~1x~1%7Bid%7D", Some(Target::Same("/paths/~1x~1{id}".into()))),
            ("a.yaml", "#", Some(Target::Same(String::new()))),
            ("api/a.yaml", "b.yaml#/X", other("api/b.yaml", "/X")),
            ("api/a.yaml", "./sub/../b.yaml", other("api/b.yaml", "")),
            ("api/a.yaml", "../common/b%20c.json", other("common/b c.json", "")),
            ("api/a.yaml", "../../b.yaml", Some(Target::Outside)),
            ("a.yaml", "https://x.test/b.yaml#/X", Some(Target::Outside)),
            ("a.yaml", "//x.test/b.yaml", Some(Target::Outside)),
            ("a.yaml", "/etc/passwd", Some(Target::Outside)),
            ("a.yaml", "file:///etc/passwd", Some(Target::Outside)),
            ("a.yaml", "C:\\x", Some(Target::Outside)),
            ("a.yaml", "%2e%2e/b.yaml", Some(Target::Outside)),
            ("a.yaml", "#User", Some(Target::Same("User".into()))),
            ("a.yaml", "#%ff", None),
        ] {
            assert_eq!(target(file, reference), means, "{file} {reference}");
        }
    }
}

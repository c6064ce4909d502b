//! The page of a run that could not judge: what, where, why, and what to do.

use super::ink;
use crate::model::report::Unjudged;
use crate::report::escape::html::marked;

/// Most reasons and most actions.
const ITEMS: usize = 12;
/// Characters of a text.
const TEXT: usize = 1_000;

/// The section.
pub fn section(error: &Unjudged) -> String {
    let mut rows = Vec::new();
    let mut row = |label: &str, items: Vec<String>| {
        if !items.is_empty() {
            let items: String = items.iter().map(|item| format!("<dd>{item}</dd>")).collect();
            rows.push(format!("<dt>{label}</dt>{items}\n"));
        }
    };
    let quoted = |text: &str| format!("<bdi>{}</bdi>", marked(text, TEXT));
    row("What", if error.subject.is_empty() { Vec::new() } else { vec![ink::code(&error.subject, TEXT)] });
    row("Cause", vec![quoted(&error.message)]);
    if let Some(fault) = error.fault.as_ref().filter(|fault| !fault.file.is_empty()) {
        let line = if fault.line > 0 { format!(", line {}", fault.line) } else { String::new() };
        let pointer = if fault.pointer.is_empty() {
            String::new()
        } else {
            format!(", {}", ink::code(&fault.pointer, 200))
        };
        row("Where", vec![format!("{}{line}{pointer}{}", ink::code(&fault.file, TEXT), excerpt(fault))]);
    }
    for (label, text) in error.looked.iter().take(ITEMS) {
        row(&marked(label, 40), vec![quoted(text)]);
    }
    row("Why", error.why.iter().take(ITEMS).map(|why| quoted(why)).collect());
    row("Do", error.hints.iter().take(ITEMS).map(|hint| ink::command(hint)).collect());
    row("Rule", error.rule.map(|rule| ink::rule(rule.id)).into_iter().collect());
    let last = if error.does { "<p>Not done: nothing was changed.</p>\n" } else { "" };
    format!(
        "\n<section id=\"cause\" aria-labelledby=\"h-cause\">\n<h2 id=\"h-cause\">Cause</h2>\n<dl class=\"cause\">\n{}</dl>\n\
         {last}</section>\n",
        rows.concat()
    )
}

/// Up to three lines of the file, the one in question marked.
fn excerpt(fault: &crate::canon::Fault) -> String {
    let lines: Vec<String> = fault
        .excerpt
        .iter()
        .take(3)
        .map(|(n, line)| {
            let mark = if *n == fault.line { "→" } else { " " };
            format!("{mark} {n:>4} <bdi>{}</bdi>", marked(line, 200))
        })
        .collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("<pre tabindex=\"0\"><code>{}</code></pre>", lines.join("\n")),
    }
}

//! The page that says why nothing could be judged.

use super::inline::command;
use crate::model::report::Unjudged;
use crate::report::escape::markdown::{Info, Sink, code, fence};
use crate::report::failure::is_command;

/// Most reasons and most actions.
const ITEMS: usize = 12;

/// What, where, why, what to do.
pub fn blocks(error: &Unjudged) -> Vec<String> {
    let mut blocks = Vec::new();
    blocks.push(match error.subject.as_str() {
        "" => format!("{}.", code(&error.message, 400)),
        subject => format!("Cannot judge {}: {}.", code(subject, 120), code(&error.message, 400)),
    });
    if let Some(fault) = error.fault.as_ref().filter(|fault| !fault.file.is_empty()) {
        let line = if fault.line > 0 { format!(", line {}", fault.line) } else { String::new() };
        blocks.push(format!("**Where**: {}{line}", code(&fault.file, 200)));
        if !fault.excerpt.is_empty() {
            let lines = fault.excerpt.iter().take(3).map(|(n, text)| {
                let mark = if *n == fault.line { '>' } else { ' ' };
                let text = crate::report::width::cut(&crate::report::escape::visible(text, 400), 72);
                format!("{mark} {n} | {text}")
            });
            blocks.push(fence(Info::Text, &lines.collect::<Vec<_>>().join("\n"), Sink::Comment));
        }
    }
    let list = |head: &str, items: Vec<String>| {
        let items: Vec<String> = items.into_iter().take(ITEMS).map(|item| format!("- {item}")).collect();
        (!items.is_empty()).then(|| format!("**{head}**\n{}", items.join("\n")))
    };
    let looked = error.looked.iter().map(|(label, text)| format!("{}: {}", code(label, 40), code(text, 200)));
    blocks.extend(list("Looked", looked.collect()));
    blocks.extend(list("Why", error.why.iter().map(|why| code(why, 400)).collect()));
    let action = |hint: &String| if is_command(hint) { command(hint) } else { code(hint, 400) };
    blocks.extend(list("Do", error.hints.iter().map(action).collect()));
    blocks.extend(error.rule.map(|rule| format!("**Rule**: `{}`", rule.id)));
    blocks
}

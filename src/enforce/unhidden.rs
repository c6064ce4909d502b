//! Texts of a server in, the same without what steers a terminal and what shows nothing out.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use super::redaction::Taken;
use crate::canon::visible::hidden;
use crate::canon::{Node, Value};

/// What is written down where something was taken out that nobody sees.
const HIDDEN: &str = "(hidden)";

/// A tree whose texts are without what nobody sees.
pub(super) fn seen(node: &Node, taken: &mut Taken) -> Node {
    let value = match &node.value {
        Value::Text(text) => Value::Text(unhidden(text, taken).into_owned()),
        Value::List(items) => Value::List(items.iter().map(|item| seen(item, taken)).collect()),
        Value::Map(members) => Value::Map(
            members
                .iter()
                .map(|(key, member)| (unhidden(key, taken).into_owned(), seen(member, taken)))
                .collect(),
        ),
        other => other.clone(),
    };
    Node { value, line: node.line }
}

/// A text without the sequences that steer a terminal (ECMA-48) and without characters that show nothing: agents read
/// both, and who looks on does not. Line breaks and tabs stay; a carriage return without its line feed hides a line.
pub(super) fn unhidden<'t>(text: &'t str, taken: &mut Taken) -> Cow<'t, str> {
    let is_kept = |c: char| !hidden(c) || matches!(c, '\n' | '\t');
    if text.chars().all(is_kept) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\r', Some('\n')) => out.push(c),
            ('\u{1b}', Some('[')) => {
                rest.next();
                control(&mut rest);
            }
            ('\u{9b}', _) => control(&mut rest),
            ('\u{1b}', Some(']' | 'P' | 'X' | '^' | '_')) => text_for_the_terminal(&mut rest),
            ('\u{1b}', _) => {
                while rest.next_if(|c| matches!(c, ' '..='/')).is_some() {}
                rest.next_if(|c| matches!(c, '0'..='~'));
            }
            _ if is_kept(c) => out.push(c),
            _ => {}
        }
    }
    if out.len() < text.len() {
        taken.insert(HIDDEN.to_owned());
    }
    Cow::Owned(out)
}

/// Passes over a control sequence behind its opening: parameters, then one letter that says what it does.
fn control(rest: &mut Peekable<Chars>) {
    while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    rest.next_if(|c| matches!(c, '@'..='~'));
}

/// Passes over a text that is for the terminal, up to the bell or its end mark, or to the end of the line.
fn text_for_the_terminal(rest: &mut Peekable<Chars>) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        if c == '\u{7}' || c == '\u{9c}' || c == '\u{1b}' && rest.next_if_eq(&'\\').is_some() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_gone_with_all_that_belongs_to_it() {
        for (text, seen) in [
            ("a\r\nb", "a\r\nb"),
            ("rm -rf /\rls", "rm -rf /ls"),
            ("\u{1b}ca\u{1b}(0b\u{1b}7c", "abc"),
            ("\u{9b}2Ja", "a"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("\u{1b}]0;never ends\nb", "\nb"),
            ("\u{1b}[", ""),
        ] {
            let mut taken = Taken::new();
            assert_eq!(unhidden(text, &mut taken), seen, "{text:?}");
            assert_eq!(taken.contains(HIDDEN), seen.len() < text.len(), "{text:?}");
        }
    }
}

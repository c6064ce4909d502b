//! A rule and a call in, whether the rule may be about calls of the same tool that are not tried out.
//!
//! A tool has a path template and its calls have paths; the evaluator tries the template and two fillings. A
//! rule about other fillings (`^/users/[5-9]`) decides calls that none of them shows. What is told apart here
//! errs towards telling: only a rule that cannot meet the template at all is left out.

use super::policy::{Prepared, Request, is_match_beside};
use crate::model::policy::{Rule, RuleType};

/// Whether a rule that changed may have held back more calls than it does now, or may grant more.
pub(super) fn may_loosen(base: Option<&Rule>, head: Option<&Rule>, fields: &[String]) -> [bool; 2] {
    // Words for people decide nothing.
    const WORDS: [&str; 4] = ["name", "description", "settings.message", "settings.justification"];
    let decides = fields.is_empty() || fields.iter().any(|f| !WORDS.contains(&f.as_str()));
    let held = base.is_some_and(|r| r.kind != RuleType::Allow);
    let grants = head.is_some_and(|r| r.kind == RuleType::Allow);
    [decides && held, decides && grants]
}

/// Which calls with headers that rules ask for were tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadersTried {
    /// All that differ for a rule.
    All,
    /// Each set of headers, and all at once; not some with some others.
    Each,
    /// Not even each.
    Some,
}

/// Whether the rule may decide a call of the tool that was not tried.
pub(super) fn is_untried(rule: &Rule, request: &Request, prepared: &Prepared, headers: HeadersTried) -> bool {
    let m = &rule.matching;
    let by_path = (m.paths.is_some() || m.path_pattern.is_some()) && request.path.contains('{');
    let by_header = match headers {
        HeadersTried::All => false,
        HeadersTried::Each => m.headers.is_some(),
        HeadersTried::Some => true,
    };
    if !by_path && !by_header {
        return false;
    }
    is_match_beside(rule, prepared) && may_meet(rule, request.path)
}

/// Whether the rule's conditions on paths may hold for some filling of a template.
fn may_meet(rule: &Rule, template: &str) -> bool {
    let m = &rule.matching;
    let (head, tail) = match (template.find('{'), template.rfind('}')) {
        (Some(open), Some(close)) => (&template[..open], template.get(close + 1..).unwrap_or_default()),
        _ => (template, ""),
    };
    let listed = |path: &String| {
        let (path, head, tail) = (path.to_lowercase(), head.to_lowercase(), tail.to_lowercase());
        path.starts_with(&head) && path.ends_with(&tail)
    };
    let by_pattern = |text: &str| {
        let start = literal_start(text);
        // Beyond ASCII, letters of other lengths can fold to one.
        if !start.is_ascii() || !head.is_ascii() {
            return true;
        }
        let (start, head) = (start.to_ascii_lowercase(), head.to_ascii_lowercase());
        start.starts_with(&head) || head.starts_with(&start)
    };
    m.paths.as_ref().is_none_or(|paths| paths.iter().any(listed))
        && m.path_pattern.as_ref().is_none_or(|p| by_pattern(&p.text))
}

/// The characters with which everything that a pattern matches must start; empty if that is not plain to see.
fn literal_start(pattern: &str) -> String {
    let mut out = String::new();
    // An alternative may start otherwise.
    if pattern.contains('|') {
        return out;
    }
    let mut chars = pattern.strip_prefix('^').unwrap_or(pattern).chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '{' => {
                out.pop();
                break;
            }
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() && !['<', '>'].contains(&escaped) => {
                    out.push(escaped);
                }
                _ => break,
            },
            '.' | '+' | '(' | ')' | '[' | ']' | '}' | '^' | '$' => break,
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_starts_with_what_it_must() {
        for (pattern, start) in [
            ("^/v1/users/[5-9]", "/v1/users/"),
            ("/v1/users", "/v1/users"),
            (r"^/v1\.0/x", "/v1.0/x"),
            ("^/v1/us*", "/v1/u"),
            ("^/v1/us?", "/v1/u"),
            ("^/v1/us+", "/v1/us"),
            ("^/v1/us{0,3}", "/v1/u"),
            (r"^/v1/\d+", "/v1/"),
            ("(?i)/v1", ""),
            ("^/v1/a|/v2", ""),
            (".*", ""),
        ] {
            assert_eq!(literal_start(pattern), start, "{pattern}");
        }
    }
}

//! Rows of the catalogue as text: the page of one rule, and docs/rules.md.

use super::def::{Level, Rule};

/// The severity of a rule in words.
pub fn level(rule: &Rule) -> String {
    match rule.level {
        Level::Fixed(severity) => severity.word().to_owned(),
        Level::ByRisk => "as the tool's risk (safe and low: low)".to_owned(),
        Level::Unjudged => "not judged (exit 3)".to_owned(),
    }
}

/// The same in one word, as options and JSON have it.
pub fn level_word(rule: &Rule) -> &'static str {
    match rule.level {
        Level::Fixed(severity) => severity.word(),
        Level::ByRisk => "by-risk",
        Level::Unjudged => "unjudged",
    }
}

/// The axes of a rule, with commas.
pub fn axes(rule: &Rule) -> String {
    rule.axes.iter().map(|axis| axis.word()).collect::<Vec<_>>().join(", ")
}

/// Why a rule matters, as one paragraph.
pub fn why(rule: &Rule) -> String {
    rule.why.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page of one rule, for a terminal of `width` columns.
pub fn page(rule: &Rule, width: usize) -> String {
    let parts =
        [("severity", level(rule)), ("axes", axes(rule)), ("why", why(rule)), ("do", rule.fix.to_owned())];
    format!("{}  {}\n\n{}", rule.id, rule.title, labelled(&parts, width))
}

/// Texts behind their labels, in lines of `width` columns.
pub fn labelled(parts: &[(&str, String)], width: usize) -> String {
    let mut out = String::new();
    for (label, text) in parts {
        let mut indent = format!("{label:<10}");
        for line in wrapped(text, width.saturating_sub(10).max(20)) {
            out += &format!("{indent}{line}\n");
            indent = " ".repeat(10);
        }
    }
    out
}

/// Words in lines of at most `width` bytes; a longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// docs/rules.md.
pub fn markdown<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let head = "# Rules\n\n\
         Every finding has one of these ids. Made from the table of rules; `BLESS=1 cargo test --test house rules::` \
         writes it anew.\n\n\
         An id is never renamed or used again. Rules of the axis trust can't be suppressed, and their level is \
         fixed.\n\n";
    head.to_owned() + &entries(rules)
}

/// Rules as sections of Markdown, under the headings of their families.
pub fn entries<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let mut parts = Vec::new();
    let mut family = None;
    for rule in rules {
        if family != Some(rule.family) {
            family = Some(rule.family);
            parts.push(format!("## {}\n", rule.family.heading()));
        }
        parts.push(format!(
            "### {}\n\n**{}.** Severity: {}. Axes: {}.\n\n{}\n\nDo: {}.\n",
            rule.id,
            rule.title,
            level(rule),
            axes(rule),
            why(rule),
            rule.fix
        ));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trust;

    #[test]
    fn a_page_has_all_parts_and_stays_in_its_width() {
        let page = page(trust::BOOTSTRAP, 60);
        for part in
            ["trust.bootstrap", "severity  medium", "axes      trust", "why       There is", "do        "]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(page.lines().all(|line| line.len() <= 60), "{page}");
    }
}

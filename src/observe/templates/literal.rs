//! A literal segment of a path in, whether it may be one of many values of its place out.

use crate::compare::risk::tells_an_act;

/// Names that stand for one thing, whatever stands beside them.
const FIXED: [&str; 38] = [
    "about",
    "all",
    "api",
    "autocomplete",
    "batch",
    "bulk",
    "config",
    "count",
    "current",
    "default",
    "docs",
    "export",
    "feed",
    "first",
    "graphql",
    "health",
    "home",
    "import",
    "index",
    "info",
    "last",
    "latest",
    "list",
    "me",
    "meta",
    "mine",
    "new",
    "next",
    "ping",
    "previous",
    "private",
    "public",
    "query",
    "recent",
    "rest",
    "search",
    "self",
    "status",
];

/// Whether the name of a place is never one of its values: fixed words, acts, versions and locales.
pub fn is_fixed(literal: &str) -> bool {
    let lower = literal.to_ascii_lowercase();
    FIXED.binary_search(&lower.as_str()).is_ok()
        || is_version(&lower)
        || is_locale(literal)
        || tells_an_act(literal)
}

/// `v2`, `v1.1`, `v1beta2`.
pub fn is_version(literal: &str) -> bool {
    literal.strip_prefix(['v', 'V']).is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.len() <= 8
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
    })
}

/// `en`, `en-US`, `zh-Hant-TW`.
fn is_locale(literal: &str) -> bool {
    let mut parts = literal.split(['-', '_']);
    let language = parts.next().is_some_and(|l| l.len() == 2 && l.bytes().all(|b| b.is_ascii_lowercase()));
    language
        && parts
            .all(|part| (2..=4).contains(&part.len()) && part.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The literal without its extension, and the extension with its dot.
pub fn extension(literal: &str) -> (&str, &str) {
    let word = |rest: &str| (1..=10).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric());
    match literal.rfind('.') {
        Some(dot) if dot > 0 && word(&literal[dot + 1..]) => literal.split_at(dot),
        _ => (literal, ""),
    }
}

/// Words in a row as people make titles of them: three or more, and so long or so numbered that no route is.
pub fn is_slug(literal: &str) -> bool {
    let (stem, extension) = extension(literal);
    let parts: Vec<&str> = stem.split(['-', '_']).filter(|part| !part.is_empty()).collect();
    let plain = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if parts.len() < 3 || !plain || tells_an_act(literal) {
        return false;
    }
    let bare = extension.is_empty() && !stem.bytes().any(|b| b.is_ascii_digit());
    let underscored = stem.contains('_') && !stem.contains('-');
    !(bare && (underscored || parts.len() == 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_no_routes_and_routes_no_slugs() {
        for slug in
            ["air-max-90-white", "my-first-post-today", "report-2024-q1.csv", "a-b-c.html", "iron_footer_1"]
        {
            assert!(is_slug(slug), "{slug}");
        }
        for route in
            ["my-first-post", "iron_footer_next", "search", "drop-all-users-now", "get-started-guide", "a"]
        {
            assert!(!is_slug(route), "{route}");
        }
    }

    #[test]
    fn fixed_names_are_found() {
        assert!(FIXED.is_sorted());
        for fixed in ["me", "Search", "v2", "v1.1", "en", "en-US", "zh-Hant-TW", "delete-user"] {
            assert!(is_fixed(fixed), "{fixed}");
        }
        for open in ["alice", "USD", "Berlin", "video"] {
            assert!(!is_fixed(open), "{open}");
        }
    }
}

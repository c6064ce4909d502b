//! Two templates of addresses (RFC 6570) in; whether the new one reaches what the old one did and more, out.

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Literal(&'a str),
    /// One segment of an address, or, where it is `wide`, any number of them.
    Variable {
        wide: bool,
    },
}

/// Whether a template was broadened: a literal became a variable, or a variable may now hold `/` and more.
pub fn is_broader(old: &str, new: &str) -> bool {
    if is_wild(new) && !is_wild(old) && scheme(old) == scheme(new) {
        return true;
    }
    let (Some(was), Some(is)) = (segments(old), segments(new)) else { return false };
    let mut broader = false;
    for (at, segment) in is.iter().enumerate() {
        let wide = segment.contains(&Piece::Variable { wide: true });
        let Some(old) = was.get(at) else { return false };
        if old == segment {
            continue;
        }
        let variable = segment.iter().any(|p| matches!(p, Piece::Variable { .. }));
        if !variable || !fits(segment, old) {
            return false;
        }
        broader = true;
        if wide {
            // It holds whatever stood behind it too.
            return true;
        }
    }
    broader && was.len() == is.len()
}

/// Whether the whole behind the scheme is chosen by the caller.
fn is_wild(template: &str) -> bool {
    let rest = template.split_once("://").map_or(template, |(_, rest)| rest).trim_start_matches('/');
    rest.starts_with("{+") && rest.find('}').is_some_and(|end| end + 1 == rest.len())
}

/// The scheme of an address, lower-case; a variable where the caller chooses it.
pub fn scheme(template: &str) -> String {
    template.split_once(':').map_or("", |(scheme, _)| scheme).to_lowercase()
}

/// The segments of a template; `None` for one that is no template.
fn segments(template: &str) -> Option<Vec<Vec<Piece<'_>>>> {
    let mut out = vec![Vec::new()];
    let mut rest = template;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}')?;
            let name = &inner[..end];
            let wide = name.starts_with(['+', '#', '/']) || name.ends_with('*');
            out.last_mut()?.push(Piece::Variable { wide });
            rest = &inner[end + 1..];
        } else if let Some(after) = rest.strip_prefix('/') {
            out.push(Vec::new());
            rest = after;
        } else {
            let end = rest.find(['{', '/']).unwrap_or(rest.len());
            out.last_mut()?.push(Piece::Literal(&rest[..end]));
            rest = &rest[end..];
        }
    }
    Some(out)
}

/// Whether a segment takes what another one took: it begins and ends with less.
fn fits(new: &[Piece], old: &[Piece]) -> bool {
    let ends = |pieces: &[Piece], first: bool| -> String {
        let piece = if first { pieces.first() } else { pieces.last() };
        match piece {
            Some(Piece::Literal(text)) => (*text).to_owned(),
            _ => String::new(),
        }
    };
    let (was_wide, is_wide) =
        (old.contains(&Piece::Variable { wide: true }), new.contains(&Piece::Variable { wide: true }));
    (is_wide || !was_wide)
        && ends(old, true).starts_with(&ends(new, true))
        && ends(old, false).ends_with(&ends(new, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_takes_more_is_broader_and_one_that_takes_other_things_is_not() {
        for (old, new, broader) in [
            ("notes://a/{id}", "notes://{team}/{id}", true),
            ("notes://a/{id}", "notes://a/{+id}", true),
            ("notes://a/{id}", "notes://{+path}", true),
            ("file:///srv/data/{name}", "file:///{+path}", true),
            ("file:///srv/data/{name}.md", "file:///srv/data/{name}", true),
            ("notes://a/{id}", "notes://a/{note_id}", false),
            ("notes://{team}/{id}", "notes://a/{id}", false),
            ("notes://a/{+id}", "notes://a/{id}", false),
            ("notes://a/{id}", "notes://b/{id}", false),
            ("notes://a/{id}", "notes://a/{id}/{part}", false),
            ("notes://a/{id}", "other://{+path}", false),
            ("notes://a/{id}", "notes://a/{id", false),
            ("", "", false),
        ] {
            assert_eq!(is_broader(old, new), broader, "{old} {new}");
        }
    }
}

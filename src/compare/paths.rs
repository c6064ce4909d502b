//! Two path templates in, how the second differs from the first out; or a template and a path, and whether it fits.

/// How a path differs. Segments are compared by position; a placeholder may be a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathChange {
    /// Something fixed became a placeholder or a wildcard: the first such word.
    Broadened(String),
    /// A placeholder became fixed.
    Narrowed,
    /// Only names of placeholders differ.
    Renamed,
    /// Another path.
    Other,
}

/// How a path differs; `None` if it does not.
pub fn compare(old: &str, new: &str) -> Option<PathChange> {
    if old == new {
        return None;
    }
    let (was, is): (Vec<&str>, Vec<&str>) = (old.split('/').collect(), new.split('/').collect());
    let (mut broadened, mut narrowed) = (None, false);
    let catches_all = |segment: &&str| segment.contains('*') || segment.starts_with("{+");
    if let Some(at) = is.iter().position(catches_all)
        && was.iter().position(catches_all) != Some(at)
    {
        return Some(PathChange::Broadened(was.get(at).copied().unwrap_or_default().to_owned()));
    }
    if was.len() != is.len() {
        return Some(PathChange::Other);
    }
    for (was, is) in was.iter().zip(&is) {
        match (shape(was), shape(is)) {
            (w, i) if w == i => {}
            (w, i) if i == "{}" && !w.contains("{}") => {
                broadened.get_or_insert_with(|| (*was).to_owned());
            }
            (w, i) if w == "{}" && !i.contains("{}") => narrowed = true,
            _ => return Some(PathChange::Other),
        }
    }
    Some(match (broadened, narrowed) {
        (Some(_), true) => PathChange::Other,
        (Some(word), false) => PathChange::Broadened(word),
        (None, true) => PathChange::Narrowed,
        (None, false) => PathChange::Renamed,
    })
}

/// A path, or a segment of one, with each placeholder written `{}`. A brace that is never closed is plain text.
pub fn shape(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        out.push_str("{}");
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// Whether a text (a path, a host) fits a template whose placeholders each stand for a part of one segment: which of its
/// segments are words of the template, so that of two templates the one that is greater is the narrower one. A segment
/// that takes all that follows does.
pub fn fits(template: &str, text: &str, between: char) -> Option<Vec<bool>> {
    let (mut open, mut words) = (template.split(between), Vec::new());
    let mut given = text.split(between);
    loop {
        match (open.next(), given.next()) {
            (None, None) => return Some(words),
            (Some(one), Some(_)) if one.contains('*') || one.starts_with("{+") => return Some(words),
            (Some(one), Some(own)) if one == own => words.push(true),
            (Some(one), Some(own)) if fills(one, own) => words.push(false),
            _ => return None,
        }
    }
}

/// Whether a segment fits one with a placeholder in it: what stands before and behind has to be there, and something
/// between.
fn fills(open: &str, segment: &str) -> bool {
    let (Some(from), Some(to)) = (open.find('{'), open.rfind('}')) else { return false };
    let (head, tail) = (&open[..from], open.get(to + 1..).unwrap_or_default());
    segment.len() > head.len() + tail.len() && segment.starts_with(head) && segment.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_compared_segment_by_segment() {
        let broadened = |word: &str| Some(PathChange::Broadened(word.to_owned()));
        for (old, new, told) in [
            ("/a/b", "/a/b", None),
            ("/a/{id}", "/a/{uuid}", Some(PathChange::Renamed)),
            ("/a/me", "/a/{id}", broadened("me")),
            ("/a/{id}", "/a/me", Some(PathChange::Narrowed)),
            ("/a/me/{x}", "/a/{id}/y", Some(PathChange::Other)),
            ("/a/b", "/a/c", Some(PathChange::Other)),
            ("/a/b", "/a/b/c", Some(PathChange::Other)),
            ("/files/{name}.json", "/files/{id}.json", Some(PathChange::Renamed)),
            ("/files/{name}.json", "/files/{name}", Some(PathChange::Other)),
            ("/files/{name}", "/files/{+name}", broadened("{name}")),
            ("/files/a", "/files/*", broadened("a")),
            ("/a/{b", "/a/{c", Some(PathChange::Other)),
        ] {
            assert_eq!(compare(old, new), told, "{old} {new}");
        }
    }

    #[test]
    fn a_path_fits_its_template_and_the_narrowest_is_the_greatest() {
        for (template, path, words) in [
            ("/a/{id}", "/a/1", Some(vec![true, true, false])),
            ("/a/me", "/a/me", Some(vec![true, true, true])),
            ("/a/{id}", "/a", None),
            ("/a/{id}", "/a/", None),
            ("/a/{id}", "/a/1/b", None),
            ("/f/{name}.json", "/f/x.json", Some(vec![true, true, false])),
            ("/f/{name}.json", "/f/.json", None),
            ("/f/{+rest}", "/f/x/y", Some(vec![true, true])),
            ("/f/}{", "/f/x", None),
        ] {
            assert_eq!(fits(template, path, '/'), words, "{template} {path}");
        }
        assert!(fits("/a/me", "/a/me", '/') > fits("/a/{id}", "/a/me", '/'));
        assert!(fits("{region}.api.test", "eu.api.test", '.').is_some());
        assert!(fits("{region}.api.test", "eu.api.test.evil", '.').is_none());
    }

    proptest! {
        #[test]
        fn the_other_way_round_narrows_what_broadened(a in "(/([ab]|\\{[xy]\\})){1,3}", b in "(/([ab]|\\{[xy]\\})){1,3}") {
            let (there, back) = (compare(&a, &b), compare(&b, &a));
            prop_assert_eq!(there.is_none(), a == b);
            match there {
                Some(PathChange::Broadened(_)) => prop_assert_eq!(back, Some(PathChange::Narrowed)),
                Some(PathChange::Narrowed) => prop_assert!(matches!(back, Some(PathChange::Broadened(_)))),
                same => prop_assert_eq!(back, same),
            }
        }
    }
}

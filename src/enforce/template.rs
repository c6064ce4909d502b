//! A path template in, the path of one call out: each placeholder filled once with one encoded segment's worth of
//! text, and the result held against the template again before anybody sees it.

use super::percent::{encoded, is_unreserved};
use crate::compare::risk_words::percent_decoded;

/// Bytes of a value in a path.
const MAX_VALUE: usize = 2048;

/// A path template: what stands between slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Text, encoded.
    Text(String),
    /// A placeholder's name.
    Slot(String),
}

impl Template {
    /// Takes a template apart. `before` gives what the style of a parameter puts before its value.
    ///
    /// # Errors
    /// What makes it none, in words: no `/` at its start, a brace without its other, a query or fragment of its own,
    /// a segment that leads elsewhere.
    pub fn of(path: &str, before: impl Fn(&str) -> String) -> Result<Template, &'static str> {
        if !path.starts_with('/') {
            return Err("its path does not begin with a slash");
        }
        let mut segments = vec![Vec::new()];
        let mut rest = &path[1..];
        while !rest.is_empty() {
            let at = rest.find(['{', '/', '}']).unwrap_or(rest.len());
            let (text, after) = rest.split_at(at);
            if text.contains(['?', '#']) {
                return Err("its path has a query or a fragment");
            }
            if text.chars().any(char::is_control) {
                return Err("its path has a control character");
            }
            push(&mut segments, Part::Text(encoded(text, is_literal)));
            rest = match after.as_bytes().first() {
                Some(b'{') => {
                    let Some((name, after)) = after[1..].split_once('}') else {
                        return Err("its path has a brace without its other");
                    };
                    if name.is_empty() || name.contains('{') {
                        return Err("its path has a placeholder without a name");
                    }
                    push(&mut segments, Part::Text(encoded(&before(name), is_literal)));
                    push(&mut segments, Part::Slot(name.to_owned()));
                    after
                }
                Some(b'/') => {
                    segments.push(Vec::new());
                    &after[1..]
                }
                Some(_) => return Err("its path has a brace without its other"),
                None => after,
            };
        }
        let made = Template { segments };
        let leads = |parts: &Vec<Part>| match &parts[..] {
            [Part::Text(text)] => is_dots(text),
            _ => false,
        };
        match made.segments.iter().any(leads) {
            true => Err("its path has a segment of dots"),
            false => Ok(made),
        }
    }

    /// Names of its placeholders, in order.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().flatten().filter_map(|part| match part {
            Part::Slot(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The path with every placeholder filled.
    ///
    /// # Errors
    /// The placeholder that cannot be filled, and why.
    pub fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, (String, &'static str)> {
        let mut path = String::new();
        for parts in &self.segments {
            path.push('/');
            let start = path.len();
            for part in parts {
                match part {
                    Part::Text(text) => path.push_str(text),
                    Part::Slot(name) => {
                        let refused = |why| (name.clone(), why);
                        let value = value(name).ok_or_else(|| refused("has no value"))?;
                        plain(&value).map_err(refused)?;
                        path.push_str(&encoded(&value, is_unreserved));
                    }
                }
            }
            if is_dots(&path[start..]) {
                return Err((self.slots().next().unwrap_or_default().to_owned(), "leads out of its place"));
            }
        }
        // Nothing above lets it differ; whoever changes that finds out here and not at the server.
        match self.is_match(&path) {
            true => Ok(path),
            false => Err((
                self.slots().next().unwrap_or_default().to_owned(),
                "gives a path that was not approved",
            )),
        }
    }

    /// The path as people are shown it: a star for each placeholder whose value they are not shown.
    pub fn shown(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut path = String::new();
        for parts in &self.segments {
            path.push('/');
            for part in parts {
                match part {
                    Part::Text(text) => path.push_str(text),
                    Part::Slot(name) => match value(name) {
                        Some(value) => path.push_str(&encoded(&value, is_unreserved)),
                        None => path.push('*'),
                    },
                }
            }
        }
        path
    }

    /// Whether a path is one of this template, segment by segment.
    pub fn is_match(&self, path: &str) -> bool {
        let Some(below) = path.strip_prefix('/') else { return false };
        let segments: Vec<&str> = below.split('/').collect();
        segments.len() == self.segments.len()
            && segments.iter().zip(&self.segments).all(|(text, parts)| !is_dots(text) && fits(text, parts))
    }
}

fn push(segments: &mut [Vec<Part>], part: Part) {
    let Some(last) = segments.last_mut() else { return };
    match (last.last_mut(), part) {
        (_, Part::Text(text)) if text.is_empty() => {}
        (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
        (_, part) => last.push(part),
    }
}

/// What a value may not be.
fn plain(value: &str) -> Result<(), &'static str> {
    match value {
        "" => Err("is empty"),
        "." | ".." => Err("leads out of its place"),
        _ if value.chars().any(char::is_control) => Err("has a control character"),
        _ if value.len() > MAX_VALUE => Err("is too long for a path"),
        _ => Ok(()),
    }
}

/// Whether a segment is `.` or `..` to those who read addresses: escapes of dots count as dots.
fn is_dots(segment: &str) -> bool {
    matches!(percent_decoded(segment).as_str(), "." | "..")
}

/// What the text of a template may have as it is: all that a segment may, and escapes that it has already.
fn is_literal(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@%".contains(&byte)
}

/// Whether the text of a segment can be what the parts say: the places up to which it can be taken, part by part.
fn fits(text: &str, parts: &[Part]) -> bool {
    let bytes = text.as_bytes();
    let mut ends = vec![false; bytes.len() + 1];
    ends[0] = true;
    for part in parts {
        let mut next = vec![false; bytes.len() + 1];
        match part {
            Part::Text(literal) => {
                for at in (0..=bytes.len()).filter(|at| ends[*at]) {
                    if bytes[at..].starts_with(literal.as_bytes()) {
                        next[at + literal.len()] = true;
                    }
                }
            }
            Part::Slot(_) => {
                let mut inside = false;
                for at in 0..bytes.len() {
                    inside = (inside || ends[at]) && (is_unreserved(bytes[at]) || is_escape(bytes, at));
                    next[at + 1] = inside;
                }
            }
        }
        ends = next;
    }
    ends[bytes.len()]
}

/// Whether a byte is part of an escape, `%` and two hex digits.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    bytes[at] == b'%' && hex(at + 1) && hex(at + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(path: &str) -> Template {
        Template::of(path, |_| String::new()).unwrap()
    }

    fn filled(path: &str, value: &str) -> Result<String, &'static str> {
        template(path).fill(|_| Some(value.to_owned())).map_err(|(_, why)| why)
    }

    #[test]
    fn an_id_that_climbs_out_stays_in_its_segment() {
        assert_eq!(
            filled("/api/users/{id}", "../../echo/outside").unwrap(),
            "/api/users/..%2F..%2Fecho%2Foutside"
        );
    }

    #[test]
    fn an_id_with_a_question_mark_injects_no_query() {
        assert_eq!(filled("/api/users/{id}", "x?admin=1").unwrap(), "/api/users/x%3Fadmin%3D1");
    }

    #[test]
    fn an_id_with_a_hash_cuts_nothing_off() {
        assert_eq!(filled("/api/users/{id}/x", "x#cut").unwrap(), "/api/users/x%23cut/x");
    }

    #[test]
    fn an_escaped_climb_is_escaped_again() {
        assert_eq!(filled("/api/users/{id}", "%2e%2e").unwrap(), "/api/users/%252e%252e");
        assert_eq!(filled("/api/users/{id}", "..\\x").unwrap(), "/api/users/..%5Cx");
    }

    #[test]
    fn a_value_that_is_a_placeholder_is_not_filled_again() {
        let made = template("/a/{id}/{other}")
            .fill(|name| Some(if name == "id" { "{other}".to_owned() } else { "secret".to_owned() }));
        assert_eq!(made.unwrap(), "/a/%7Bother%7D/secret");
    }

    #[test]
    fn what_cannot_be_a_segment_is_refused() {
        for value in ["", ".", "..", "a\r\nb", "\0", "a\u{85}"] {
            assert!(filled("/api/users/{id}", value).is_err(), "{value:?}");
        }
        assert_eq!(template("/a/{b}").fill(|_| None), Err(("b".to_owned(), "has no value")));
        assert_eq!(filled("/a/{b}{c}", ".").unwrap_err(), "leads out of its place");
    }

    #[test]
    fn templates_that_could_lead_elsewhere_are_none() {
        for path in [
            "",
            "users",
            "https://x/",
            "/a/{",
            "/a/}",
            "/a/{}",
            "/a/{b{c}}",
            "/a?b=1",
            "/a#b",
            "/a/../b",
            "/a/./b",
            "/a/%2e%2E/b",
            "/a/.%2e",
            "/a\n",
        ] {
            assert!(Template::of(path, |_| String::new()).is_err(), "{path}");
        }
        for (path, made) in [
            ("/", "/"),
            ("/a/", "/a/"),
            ("/a b/ü%20", "/a%20b/%C3%BC%20"),
            ("/_next/data/{x}/a.json", "/_next/data/v/a.json"),
            ("/a:{x}.{x}", "/a:v.v"),
            ("/{name=projects/*}", "/v"),
            ("//x", "//x"),
        ] {
            assert_eq!(filled(path, "v").unwrap(), made, "{path}");
        }
    }

    #[test]
    fn a_path_is_one_of_its_template_or_not() {
        let matches = |path: &str, is: &str| template(path).is_match(is);
        assert!(matches("/a/{b}.json", "/a/x.y.json"));
        for (path, is) in [
            ("/a/{b}", "/a/"),
            ("/a/{b}", "/a"),
            ("/a/{b}", "/a/b/c"),
            ("/a/{b}", "/a/.."),
            ("/a/{b}", "/a/x?y"),
            ("/a/{b}", "/a/x%2"),
            ("/a/{b}.json", "/a/.json"),
            ("/a/{b}{c}", "/a/x"),
        ] {
            assert!(!matches(path, is), "{path} {is}");
        }
    }

    proptest! {
        #[test]
        fn any_value_fills_exactly_its_segment(a in any::<String>(), b in any::<String>()) {
            let template = template("/v1/{a}/x-{b}.json/{a}{b}/end");
            if let Ok(path) = template.fill(|name| Some(if name == "a" { a.clone() } else { b.clone() })) {
                prop_assert!(template.is_match(&path));
                prop_assert_eq!(path.split('/').count(), 6);
                let foreign = path.contains(['?', '#', '\\', '{', '}']);
                prop_assert!(!foreign);
                prop_assert!(path.is_ascii() && !path.chars().any(|c| c.is_ascii_control() || c == ' '));
                let parts: Vec<&str> = path.split('/').collect();
                prop_assert_eq!(percent_decoded(parts[2]), a.clone());
                prop_assert_eq!(percent_decoded(parts[3]), format!("x-{b}.json"));
            } else {
                let bad = |v: &str| v.is_empty() || v == "." || v == ".." || v.chars().any(char::is_control) || v.len() > MAX_VALUE;
                prop_assert!(bad(&a) || bad(&b));
            }
        }
    }
}

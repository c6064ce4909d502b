//! Templates that somebody wrote down before (a toolpack, a description) in; which of them a key is a call of out.
//!
//! Traffic alone may see one value of a place and take it for a name. Where the place is known, every key that fits
//! it is a call of it, whatever it looks like by itself.

use std::collections::BTreeMap;

use super::made::{Kind, Made};
use super::routes::class;
use crate::compare::risk::tells_an_act;
use crate::observe::part::{act, class_of};

/// Branches that are looked at for one key: strangers decide how many there are.
const LOOKS: usize = 4_096;

/// Templates by host and method.
#[derive(Debug, Default)]
pub struct Known {
    hosts: BTreeMap<String, Host>,
    /// Other hosts on which the same can be called.
    also: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Host {
    methods: BTreeMap<String, Branch>,
    /// Of all methods: one that is called otherwise than it was known is a call of the same path.
    any: Branch,
}

/// What can follow in a path.
#[derive(Debug, Default)]
struct Branch {
    literals: BTreeMap<String, Branch>,
    open: BTreeMap<String, Branch>,
    /// Literals by the class that keys have for them: `2024` is a number there.
    classes: BTreeMap<String, String>,
    /// A segment that takes all that follows, as it is written.
    rest: Option<String>,
    ends: bool,
}

impl Known {
    /// With a template: `/users/{id}` of a host, for a method.
    pub fn add(&mut self, host: &str, method: &str, path: &str) {
        let host = self.hosts.entry(host.to_owned()).or_default();
        host.methods.entry(method.to_owned()).or_default().add(path);
        host.any.add(path);
    }

    /// With another host on which what is on a host can be called.
    pub fn also(&mut self, other: &str, host: &str) {
        self.also.entry(other.to_owned()).or_insert_with(|| host.to_owned());
    }

    /// How the host of a call is known: as itself, by a name with placeholders that it fits, or by the first of several
    /// on which the same can be called.
    pub fn host<'k>(&'k self, host: &'k str) -> &'k str {
        if self.hosts.contains_key(host) {
            return host;
        }
        let open = self.hosts.keys().filter(|known| known.contains('{'));
        let found = open.into_iter().find(|known| is_of(host, known)).or_else(|| self.also.get(host));
        found.map_or(host, String::as_str)
    }

    /// What a key is, if it is a call of a template of its host.
    pub fn find(&self, host: &str, method: &str, segments: &[&str]) -> Option<Vec<Made>> {
        let host = self.hosts.get(host)?;
        let own = host.methods.get(method).into_iter().chain([&host.any]);
        let reads = matches!(method, "GET" | "HEAD");
        own.into_iter().find_map(|branch| {
            let mut search = Search { made: Vec::new(), looks: LOOKS, reads };
            search.find(branch, segments).then_some(search.made)
        })
    }
}

/// Whether a host fits one with placeholders for labels, or for parts of them.
fn is_of(host: &str, known: &str) -> bool {
    let (host, known): (Vec<&str>, Vec<&str>) = (host.split('.').collect(), known.split('.').collect());
    host.len() == known.len()
        && host.iter().zip(known).all(|(label, open)| label == &open || fits(label, open))
}

/// Whether a text fits one with placeholders in it.
fn fits(text: &str, open: &str) -> bool {
    let (Some(start), Some(end)) = (open.find('{'), open.rfind('}')) else { return false };
    let (head, tail) = (&open[..start], open.get(end + 1..).unwrap_or_default());
    text.len() > head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail)
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

impl Branch {
    fn add(&mut self, path: &str) {
        let mut at = self;
        for segment in segments(path) {
            if segment.contains('*') || segment.starts_with("{+") {
                at.rest = Some(segment.to_owned());
                return;
            }
            let next = match segment.contains('{') {
                true => &mut at.open,
                false => {
                    let class = class_of(segment);
                    if class != segment {
                        at.classes.insert(class, segment.to_owned());
                    }
                    &mut at.literals
                }
            };
            at = next.entry(segment.to_owned()).or_default();
        }
        at.ends = true;
    }
}

/// One key on its way through the branches.
struct Search {
    made: Vec<Made>,
    looks: usize,
    reads: bool,
}

impl Search {
    /// Literals before placeholders before literals that may be meant, as routers have it.
    fn find(&mut self, at: &Branch, left: &[&str]) -> bool {
        let Some(less) = self.looks.checked_sub(1) else { return false };
        self.looks = less;
        let Some((segment, below)) = left.split_first() else { return at.ends };
        let literal = |segment: &str| Made::Literal(segment.to_owned());
        if let Some(branch) = at.literals.get(*segment)
            && self.follow(branch, literal(segment), below)
        {
            return true;
        }
        // The name of an act that changes something is no value of a place.
        let acts =
            !self.reads && (act(segment).is_some() || !segment.starts_with('{') && tells_an_act(segment));
        for (open, branch) in at.open.iter().filter(|_| !acts) {
            // Of a value whose class alone is known nobody can tell what stands around it.
            let fits = segment.starts_with('{') || fits(segment, open);
            if fits && self.follow(branch, placed(open, segment), below) {
                return true;
            }
        }
        if let Some(meant) = at.classes.get(*segment)
            && let Some(branch) = at.literals.get(meant)
            && self.follow(branch, literal(meant), below)
        {
            return true;
        }
        at.rest.as_deref().is_some_and(|rest| {
            self.made.push(literal(rest));
            true
        })
    }

    fn follow(&mut self, branch: &Branch, one: Made, below: &[&str]) -> bool {
        self.made.push(one);
        let found = self.find(branch, below);
        if !found {
            self.made.pop();
        }
        found
    }
}

/// A segment with a placeholder, and what is known of its value here.
fn placed(open: &str, segment: &str) -> Made {
    let Some((prefix, rest)) = open.split_once('{') else { return Made::Literal(open.to_owned()) };
    match rest.split_once('}') {
        Some((name, suffix)) if !suffix.contains('{') && !name.is_empty() => {
            let mut kind = Kind { prefix: prefix.to_owned(), suffix: suffix.to_owned(), ..Kind::default() };
            kind.classes.extend(class(segment));
            Made::Given(name.to_owned(), kind)
        }
        _ => Made::Literal(open.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let mut known = Known::default();
        for (method, path) in [
            ("GET", "/users/{id}"),
            ("GET", "/users/me"),
            ("PUT", "/users/{id}"),
            ("GET", "/users/{id}/orders/{order_id}"),
            ("GET", "/report/2024"),
            ("GET", "/export/{name}.csv"),
            ("GET", "/files/{+path}"),
            ("GET", "/"),
        ] {
            known.add("api.test", method, path);
        }
        known.add("{region}.api.test", "GET", "/x");
        known.also("eu.other.test", "api.test");
        known.also("api.test", "other.test");
        known
    }

    fn text(method: &str, segments: &[&str]) -> Option<String> {
        known().find("api.test", method, segments).map(|made| {
            made.iter().fold(String::new(), |text, one| match one {
                Made::Literal(literal) => format!("{text}/{literal}"),
                Made::Given(name, kind) => format!("{text}/{}{{{name}}}{}", kind.prefix, kind.suffix),
                Made::Value(_) => text + "/?",
            })
        })
    }

    #[test]
    fn a_key_is_a_call_of_the_narrowest_template_that_it_fits() {
        for (method, key, template) in [
            ("GET", &["users", "{int}"][..], Some("/users/{id}")),
            ("GET", &["users", "alice"], Some("/users/{id}")),
            ("GET", &["users", "{*}"], Some("/users/{id}")),
            ("GET", &["users", "me"], Some("/users/me")),
            ("PUT", &["users", "me"], Some("/users/{id}")),
            ("DELETE", &["users", "{int}"], Some("/users/{id}")),
            ("GET", &["users", "me", "orders", "{ord_*}"], Some("/users/{id}/orders/{order_id}")),
            ("GET", &["report", "{int}"], Some("/report/2024")),
            ("GET", &["report", "latest"], None),
            ("GET", &["users", "delete_all"], Some("/users/{id}")),
            ("PUT", &["users", "delete_all"], None),
            ("GET", &["export", "q1.csv"], Some("/export/{name}.csv")),
            ("GET", &["export", "q1.json"], None),
            ("GET", &["files", "a", "b"], Some("/files/{+path}")),
            ("GET", &[], Some("")),
            ("GET", &["users"], None),
            ("GET", &["users", "a", "b"], None),
        ] {
            assert_eq!(text(method, key).as_deref(), template, "{method} {key:?}");
        }
    }

    #[test]
    fn hosts_fit_names_with_placeholders() {
        for (host, called) in [
            ("api.test", "api.test"),
            ("eu.api.test", "{region}.api.test"),
            ("a.b.api.test", "a.b.api.test"),
            ("eu.api.test.evil", "eu.api.test.evil"),
            ("eu.other.test", "api.test"),
        ] {
            assert_eq!(known().host(host), called);
        }
    }

    #[test]
    fn many_branches_take_bounded_time() {
        let mut known = Known::default();
        for n in 0..1u32 << 12 {
            let path: String = (0..12).map(|bit| if n >> bit & 1 == 0 { "/{a}" } else { "/x" }).collect();
            known.add("api.test", "GET", &path);
        }
        let key = vec!["x"; 13];
        assert!(known.find("api.test", "GET", &key).is_none());
    }
}

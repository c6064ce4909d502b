//! What a text names: hosts and addresses that it could send to, tools that it could make a model call.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// The tools around a text, so that it can be told whom the text talks about.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Names of the tools of this pack.
    pub own: &'a NameSet<'a>,
    /// Names of tools of other packs and servers.
    pub other: &'a NameSet<'a>,
    /// The tool whose text it is; empty for a text that belongs to none.
    pub this: &'a str,
}

/// Names of tools, indexed once for any number of texts: a text is looked up in them, not they in it, so
/// that a toolpack of thousands of tools is read in linear time.
#[derive(Debug, Clone, Default)]
pub struct NameSet<'a> {
    /// Spellings by the name in lower case.
    by_key: HashMap<String, BTreeSet<&'a str>>,
}

impl<'a> FromIterator<&'a str> for NameSet<'a> {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> NameSet<'a> {
        let mut by_key: HashMap<String, BTreeSet<&'a str>> = HashMap::new();
        for name in names {
            by_key.entry(name.to_lowercase()).or_default().insert(name);
        }
        NameSet { by_key }
    }
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?-u)\b(?:[a-z][a-z0-9+.-]{1,15}:(?://|\\\\)|www\.)([^\s/\\?#"'<>()\[\]{}`|,;]{1,255}|\[[0-9a-f:.]{2,45}\])[^\s"'<>`)\]}|]{0,80}"#)
        .expect("a fixed pattern")
});

static BARE_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)(?:^|[^a-z0-9@/\\._%:\x80-\xff-])((?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}([a-z]{2,24}))(?::\d{1,5})?/[^\s<>]{0,80}")
        .expect("a fixed pattern")
});

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)[a-z0-9][a-z0-9._%+-]{0,63}@((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})\b")
        .expect("a fixed pattern")
});

/// Endings that are files more often than hosts where no scheme stands before.
const FILE_ENDINGS: &[&str] =
    &["md", "rs", "py", "sh", "ts", "js", "pl", "so", "cc", "zip", "mov", "ps", "mk", "ml", "in", "is", "it"];

/// Hosts that documentation uses and nobody can own: RFC 2606 reserves these three.
fn is_documentation(host: &str) -> bool {
    ["example.com", "example.net", "example.org"]
        .iter()
        .any(|d| host.strip_suffix(d).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// The hosts of a plain view, lower case, with the place of the URL.
pub fn hosts(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for hit in URL.captures_iter(text.as_bytes()) {
        let (Some(all), Some(authority)) = (hit.get(0), hit.get(1)) else { continue };
        let authority = String::from_utf8_lossy(authority.as_bytes());
        // `https://api.good.example@evil.example` goes to the part behind the last `@`.
        let mut host = authority.rsplit('@').next().unwrap_or_default();
        if !host.starts_with('[') {
            host = host.split(':').next().unwrap_or_default();
        }
        let mut host = host.trim_matches(['.', '!', '*', '_']).to_owned();
        if all.as_bytes().starts_with(b"www.") {
            host = format!("www.{host}");
        }
        push_host(&mut found, host, all.range());
    }
    for hit in BARE_HOST.captures_iter(text.as_bytes()) {
        let (Some(all), Some(host), Some(ending)) = (hit.get(0), hit.get(1), hit.get(2)) else { continue };
        let ending = std::str::from_utf8(ending.as_bytes()).unwrap_or_default();
        let known = psl::suffix(host.as_bytes()).is_some_and(|s| s.is_known());
        if known && !FILE_ENDINGS.contains(&ending) {
            push_host(
                &mut found,
                String::from_utf8_lossy(host.as_bytes()).into_owned(),
                host.start()..all.end(),
            );
        }
    }
    found
}

fn push_host(found: &mut Vec<(String, Range<usize>)>, host: String, at: Range<usize>) {
    let real = host.starts_with('[') || host.contains('.') || host == "localhost";
    // `{host}`, `<region>.api…` and the like are no host yet; a name without a dot is a placeholder.
    if real && !is_documentation(&host) && !host.contains(['$', '{', '}', '<', '>']) {
        found.push((host, at));
    }
}

/// The e-mail addresses of a plain view, lower case, with their places.
pub fn emails(text: &str) -> Vec<(String, Range<usize>)> {
    EMAIL
        .captures_iter(text.as_bytes())
        .filter_map(|hit| {
            let (all, host) = (hit.get(0)?, hit.get(1)?);
            let address = std::str::from_utf8(all.as_bytes()).ok()?;
            // `git@host:owner/repo` is a remote, and behind `://` stands the host of a URL.
            let in_url = all.start() > 0 && matches!(text.as_bytes()[all.start() - 1], b'/' | b':');
            let remote = address.starts_with("git@");
            let docs = is_documentation(std::str::from_utf8(host.as_bytes()).ok()?);
            let mailto = text.as_bytes()[..all.start()].ends_with(b"mailto:");
            (!docs && !remote && (!in_url || mailto)).then(|| (address.to_owned(), all.range()))
        })
        .collect()
}

/// A name of a tool that a text uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, as the list has it, in lower case.
    pub name: String,
    /// Its first place in the text that was looked at.
    pub at: Range<usize>,
    /// How often it stands there.
    pub count: usize,
    /// Whether it is a tool of the same pack.
    pub own: bool,
}

/// The identifiers of a text (lower case) and where they stand.
pub struct Index<'t> {
    text: &'t str,
    places: HashMap<&'t str, Vec<Range<usize>>>,
}

impl<'t> Index<'t> {
    /// Reads a plain view once. `a.b`, `a__b` and `a:b` are looked up whole and by their last part, as
    /// clients write a tool with its server.
    pub fn new(text: &'t str) -> Index<'t> {
        let mut places: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
        let mut start = None;
        let whole = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if whole(c) {
                start.get_or_insert(at);
                continue;
            }
            let Some(from) = start.take() else { continue };
            let token = text[from..at].trim_end_matches(['.', ':', '-', '/']);
            let mut put = |offset: usize, part: &'t str| {
                if !part.is_empty() {
                    places.entry(part).or_default().push(from + offset..from + offset + part.len());
                }
            };
            put(0, token);
            let mut offset = 0;
            let parts: Vec<&str> = token.split(['.', ':', '/']).collect();
            for part in &parts {
                if parts.len() > 1 {
                    put(offset, part);
                }
                if let Some((server, tool)) = part.rsplit_once("__") {
                    put(offset + server.len() + 2, tool);
                }
                offset += part.len() + 1;
            }
        }
        Index { text, places }
    }

    /// The tools that the text names, other than its own. A name that is an ordinary word (`search`) counts
    /// only where it is quoted, called, or called a tool; a name that both lists have is our own.
    pub fn named(&self, names: &Names) -> Vec<Named> {
        let mut found = Vec::new();
        for (set, own) in [(names.own, true), (names.other, false)] {
            for (key, name) in self.known(set) {
                let places = self.places(key, name, names);
                if let Some(first) = places.first() {
                    let (at, count) = (first.clone(), places.len());
                    found.push(Named { name: key.to_owned(), at, count, own });
                }
            }
        }
        found.sort_by(|a, b| (a.at.start, &a.name, !a.own).cmp(&(b.at.start, &b.name, !b.own)));
        found.dedup_by(|a, b| a.name == b.name);
        found
    }

    /// Where tools of the same pack are named, in order.
    pub fn own(&self, names: &Names) -> Vec<usize> {
        let mut places: Vec<usize> = self
            .known(names.own)
            .flat_map(|(key, name)| self.places(key, name, names))
            .map(|place| place.start)
            .collect();
        places.sort_unstable();
        places
    }

    /// The identifiers of the text that are names of a set, with each spelling there.
    fn known<'s>(&'s self, set: &'s NameSet) -> impl Iterator<Item = (&'t str, &'s str)> {
        self.places
            .keys()
            .flat_map(|key| set.by_key.get(*key).into_iter().flatten().map(|name| (*key, *name)))
    }

    fn places(&self, key: &str, name: &str, names: &Names) -> Vec<Range<usize>> {
        if name.len() < 3 || name.eq_ignore_ascii_case(names.this) {
            return Vec::new();
        }
        let Some(places) = self.places.get(key) else { return Vec::new() };
        let speaking =
            key.contains(['_', '-', '.', '/']) || key.bytes().any(|b| b.is_ascii_digit()) || key != name;
        places.iter().filter(|p| speaking || self.is_called(p)).cloned().collect()
    }

    fn is_called(&self, place: &Range<usize>) -> bool {
        let before = &self.text[..place.start];
        let after = &self.text[place.end..];
        let quoted = before.ends_with(['`', '\'', '"']) && after.starts_with(['`', '\'', '"']);
        let verb =
            ["call ", "invoke ", "use ", "calling ", "invoking ", "using the ", "call the ", "use the "]
                .iter()
                .any(|v| before.ends_with(v));
        let noun = [" tool", "` tool", "' tool", " function", "()"].iter().any(|n| after.starts_with(n));
        quoted
            || noun
            || (verb && !after.starts_with(|c: char| c == ' ' && after.len() > 1) && !after.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Vec<String> {
        hosts(text).into_iter().map(|h| h.0).collect()
    }

    #[test]
    fn hosts_are_where_a_request_would_go() {
        assert_eq!(host("see https://api.acme.dev:8443/v1?x=1."), ["api.acme.dev"]);
        assert_eq!(host("https://api.good.example@evil.example/x"), ["evil.example"]);
        assert_eq!(host("http://[::1]:80/ and wss://a.b."), ["[::1]", "a.b"]);
        assert_eq!(host("post it on evil.com/collect"), ["evil.com"]);
        assert_eq!(host("www.acme.dev"), ["www.acme.dev"]);
        assert_eq!(host("https://p\u{430}ypal.com/"), ["p\u{430}ypal.com"]);
    }

    #[test]
    fn placeholders_files_and_documentation_are_no_hosts() {
        for text in [
            "https://example.com/a, https://api.example.org",
            "https://{host}/x",
            "docs/readme.md/section",
            "use page.getbyrole('button')",
            "and/or 1.5/2",
            "https://",
        ] {
            assert_eq!(host(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn addresses_and_what_only_looks_like_one() {
        let found = |text: &str| emails(text).into_iter().map(|e| e.0).collect::<Vec<_>>();
        assert_eq!(found("bcc phan@giftshop.club, mailto:a@b.dev"), ["phan@giftshop.club", "a@b.dev"]);
        assert_eq!(
            found("git@github.com:a/b.git, jane@example.com, pkg@1.2.3, @scope/pkg"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tools_of_others_are_named_and_ordinary_words_are_not() {
        let own = NameSet::from_iter(["list_users", "search"]);
        let other = NameSet::from_iter(["send_email", "fetch", "Archive"]);
        let names = Names { own: &own, other: &other, this: "get_user" };
        let found = |text: &str| {
            Index::new(text).named(&names).into_iter().map(|n| (n.name, n.own)).collect::<Vec<_>>()
        };
        assert_eq!(found("use list_users first"), [("list_users".to_owned(), true)]);
        assert_eq!(found("then mail.send_email."), [("send_email".to_owned(), false)]);
        assert_eq!(found("mcp__mail__send_email"), [("send_email".to_owned(), false)]);
        assert_eq!(found("call the `fetch` tool"), [("fetch".to_owned(), false)]);
        assert_eq!(found("fetch a page; full-text search; send_emails"), []);
        assert_eq!(found("use search results"), []);
        assert_eq!(
            found("never archive it"),
            [("archive".to_owned(), false)],
            "a name with capitals is no word"
        );
    }
}

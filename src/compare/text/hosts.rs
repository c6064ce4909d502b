//! What a text could send to: hosts and addresses.
//!
//! Most texts have none. What one must have (`//`, `@`, a dot before a slash) is looked for first, and a pattern runs
//! from there.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};
use regex::bytes::Regex;

static BARE_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)^(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}[a-z]{2,24}(?::\d{1,5})?/[^\s<>]{0,80}")
        .expect("a fixed pattern")
});

/// Bytes of the longest host of these and its port.
const HOST: usize = 8 * 64 + 24 + 6;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)^[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b")
        .expect("a fixed pattern")
});

/// Bytes of the longest name before an `@`.
const NAME: usize = 64;

/// What a URL has near its beginning.
static MARKS: LazyLock<[Finder; 3]> = LazyLock::new(|| ["//", "\\\\", "www."].map(Finder::new));

/// Bytes of the longest scheme and its colon.
const SCHEME: usize = 17;

/// Bytes of the longest authority, and of what is shown behind it.
const AUTHORITY: usize = 255;
const TAIL: usize = 80;

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
    for url in urls(text.as_bytes()) {
        let authority = String::from_utf8_lossy(&text.as_bytes()[url.authority]);
        // `https://api.good.example@evil.example` goes to the part behind the last `@`.
        let mut host = authority.rsplit('@').next().unwrap_or_default();
        if !host.starts_with('[') {
            host = host.split(':').next().unwrap_or_default();
        }
        let mut host = host.trim_matches(['.', '!', '*', '_']).to_owned();
        if text.as_bytes()[url.all.clone()].starts_with(b"www.") {
            host = format!("www.{host}");
        }
        push_host(&mut found, host, url.all);
    }
    for place in bare_hosts(text.as_bytes()) {
        let host = text[place.start..].split([':', '/']).next().unwrap_or_default();
        let ending = host.rsplit('.').next().unwrap_or_default();
        let known = psl::suffix(host.as_bytes()).is_some_and(|s| s.is_known());
        if known && !FILE_ENDINGS.contains(&ending) {
            push_host(&mut found, host.to_owned(), place);
        }
    }
    found
}

/// A URL: where it is, and where the name of its server, which may have the name of a user before it.
#[derive(Debug, PartialEq, Eq)]
struct Url {
    all: Range<usize>,
    authority: Range<usize>,
}

/// All URLs at the beginnings of words.
fn urls(text: &[u8]) -> impl Iterator<Item = Url> {
    let mut marks: Vec<usize> = MARKS.iter().flat_map(|mark| mark.find_iter(text)).collect();
    marks.sort_unstable();
    let mut end = 0;
    marks.into_iter().filter_map(move |mark| {
        // The mark is at the beginning, or behind a scheme: no URL begins further before the first mark in it.
        let mut window = mark.saturating_sub(SCHEME).max(end)..=mark;
        let url = window.find_map(|at| url(text, at))?;
        end = url.all.end;
        Some(url)
    })
}

/// The URL that begins at a place: `scheme://`, `scheme:\\` or `www.`, and an authority.
fn url(text: &[u8], at: usize) -> Option<Url> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let rest = &text[at..];
    if !rest.first()?.is_ascii_lowercase() || at.checked_sub(1).is_some_and(|at| word(text[at])) {
        return None;
    }
    let in_scheme = |b: &&u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(b);
    let scheme = rest.iter().take(SCHEME).take_while(in_scheme).count();
    let is_scheme =
        (2..SCHEME).contains(&scheme) && matches!(rest.get(scheme..scheme + 3), Some(b"://" | b":\\\\"));
    let heads = [is_scheme.then_some(scheme + 3), rest.starts_with(b"www.").then_some(4)];
    heads.into_iter().flatten().find_map(|head| {
        let length = authority(&rest[head..]).filter(|length| *length > 0)?;
        let end = head + length;
        let shown = |b: &&u8| !b.is_ascii_whitespace() && **b != 0x0b && !b"\"'<>`)]}|".contains(b);
        let tail = rest[end..].iter().take(TAIL).take_while(shown).count();
        Some(Url { all: at..at + end + tail, authority: at + head..at + end })
    })
}

/// Bytes of an authority: an address in brackets, or all up to what ends one.
fn authority(text: &[u8]) -> Option<usize> {
    if text.first() == Some(&b'[') {
        let in_address = |b: &&u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b':' | b'.');
        let length = text[1..].iter().take(46).take_while(in_address).count();
        return ((2..=45).contains(&length) && text.get(length + 1) == Some(&b']')).then_some(length + 2);
    }
    let inside = |b: &&u8| !b.is_ascii_whitespace() && **b != 0x0b && !b"/\\?#\"'<>()[]{}`|,;".contains(b);
    Some(text.iter().take(AUTHORITY).take_while(inside).count())
}

/// All places of [`BARE_HOST`] behind something that parts words. A host ends at the first slash, so each slash tells
/// where one would have to begin.
fn bare_hosts(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    memchr_iter(b'/', text).filter_map(move |slash| {
        let in_host = |b: &&u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(b);
        let before = text.get(slash.saturating_sub(HOST + 1).max(end)..slash)?;
        let start = slash - before.iter().rev().take_while(in_host).count();
        memchr(b'.', &text[start..slash])?;
        let parted = start.checked_sub(1).is_none_or(|at| {
            at >= end && text[at].is_ascii() && !matches!(text[at], b'@' | b'/' | b'\\' | b'_' | b'%')
        });
        let place = parted.then(|| BARE_HOST.find(&text[start..]))??;
        end = start + place.end();
        Some(start..end)
    })
}

/// All places of [`EMAIL`].
fn addresses(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    memchr_iter(b'@', text).filter_map(move |at| {
        let from = at.saturating_sub(NAME).max(end);
        let opens = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let in_name = |b: &&u8| opens(b) || b"._%+-".contains(b);
        let length = text.get(from..at)?.iter().rev().take_while(in_name).count();
        let start = at - length + text[at - length..at].iter().position(opens)?;
        end = start + EMAIL.find(&text[start..])?.end();
        Some(start..end)
    })
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
    addresses(text.as_bytes())
        .filter_map(|place| {
            let address = &text[place.clone()];
            let (name, host) = address.split_once('@')?;
            // `git@host:owner/repo` is a remote, and behind `://` stands the host of a URL.
            let before = &text[..place.start];
            let in_url = before.ends_with(['/', ':']) && !before.ends_with("mailto:");
            (!is_documentation(host) && name != "git" && !in_url).then(|| (address.to_owned(), place))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    /// As one pattern, over the whole text: places of a group and of all.
    fn slow(pattern: &str, group: usize, text: &str) -> Vec<(Range<usize>, Range<usize>)> {
        let pattern = Regex::new(pattern).expect("a fixed pattern");
        let places = pattern.captures_iter(text.as_bytes());
        places.map(|hit| (hit.get(group).expect("it").range(), hit.get(0).expect("all").range())).collect()
    }

    const URL: &str = r#"(?-u)\b(?:[a-z][a-z0-9+.-]{1,15}:(?://|\\\\)|www\.)([^\s/\\?#"'<>()\[\]{}`|,;]{1,255}|\[[0-9a-f:.]{2,45}\])[^\s"'<>`)\]}|]{0,80}"#;

    proptest! {
        #[test]
        fn looking_for_what_must_be_there_misses_nothing(
            text in "([a-z0-9.:/@\\\\_% é+\\[\\]-]|www\\.|x-www\\.|//|https?://|\\[::1\\]|[a-z]{16}://|a\\.com|b\\.dev:80/|x@c\\.io|é|\n){0,30}",
        ) {
            let bytes = text.as_bytes();
            let bare = BARE_HOST.as_str().replacen("(?-u)^", r"(?-u)(?:^|[^a-z0-9@/\\._%:\x80-\xff-])(", 1) + ")";
            let slow_bare: Vec<_> = slow(&bare, 1, &text).into_iter().map(|(host, _)| host).collect();
            prop_assert_eq!(bare_hosts(bytes).collect::<Vec<_>>(), slow_bare);
            let slow_mails: Vec<_> = slow(&EMAIL.as_str().replace('^', ""), 0, &text).into_iter().map(|(all, _)| all).collect();
            prop_assert_eq!(addresses(bytes).collect::<Vec<_>>(), slow_mails);
            let slow_urls = slow(URL, 1, &text).into_iter().map(|(authority, all)| Url { all, authority });
            prop_assert_eq!(urls(bytes).collect::<Vec<_>>(), slow_urls.collect::<Vec<_>>());
        }
    }
}

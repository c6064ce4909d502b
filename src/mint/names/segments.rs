//! A path template in, what its segments say out: words, placeholders, plumbing.

use crate::canon::digest::id16;
use crate::canon::text::words;

/// Segments that say how an API is served, not what it is about.
const PLUMBING: &[&str] =
    &["api", "apis", "rest", "rpc", "svc", "json", "ajax", "public", "private", "internal"];
/// File extensions of programs that serve what stands behind them: `/Orders.svc/GetOrder`.
const SERVED: &[&str] = &[".svc", ".asmx", ".ashx", ".php", ".cgi"];
/// File extensions that say in which form an answer comes.
const FORMS: &[&str] = &[".json", ".jsonp", ".xml", ".yaml", ".yml", ".html"];

/// What a segment of a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mint) enum Kind {
    /// Says what the path is about.
    Word,
    /// A version, or how the API is served.
    Plumbing,
    /// Stands for a value.
    Placeholder,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mint) struct Segment {
    pub(in crate::mint) kind: Kind,
    /// Lower-case ASCII words; of a placeholder those of its name. Never empty.
    pub(in crate::mint) words: Vec<String>,
    /// What is to be done with it: `cancel` of `/orders/{id}:cancel`.
    pub(in crate::mint) action: Option<Vec<String>>,
    /// Whether a value is a part of it, or stands behind it.
    pub(in crate::mint) chosen: bool,
}

/// The segments of a path.
pub(in crate::mint) fn segments(path: &str) -> Vec<Segment> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut found: Vec<Segment> = parts.iter().map(|part| segment(part)).collect();
    for at in 1..found.len() {
        let before = parts[at - 1].to_ascii_lowercase();
        if SERVED.iter().any(|end| before.ends_with(end)) {
            found[at - 1].kind = Kind::Plumbing;
        }
        let value = found[at].kind == Kind::Placeholder;
        found[at - 1].chosen |= value;
    }
    found
}

fn segment(part: &str) -> Segment {
    let (part, action) = match part.rsplit_once(':') {
        Some((noun, verb)) if !noun.is_empty() && verb.bytes().all(|b| b.is_ascii_alphabetic()) => {
            (noun, Some(plain_words(verb)).filter(|words| !words.is_empty()))
        }
        _ => (part, None),
    };
    if let Some(rest) = part.strip_prefix('{') {
        let name = rest.split('}').next().unwrap_or_default();
        let words = some_words(name, part);
        return Segment { kind: Kind::Placeholder, words, action, chosen: true };
    }
    let literal = part.split('{').next().unwrap_or_default();
    let chosen = literal.len() < part.len();
    let form = FORMS.iter().find(|form| literal.to_ascii_lowercase().ends_with(**form));
    let literal = form.map_or(literal, |form| &literal[..literal.len() - form.len()]);
    let words = some_words(literal, part);
    let kind = match () {
        () if is_value(literal) => Kind::Placeholder,
        () if is_version(&words) || PLUMBING.contains(&words.concat().as_str()) => Kind::Plumbing,
        () => Kind::Word,
    };
    let words = if kind == Kind::Placeholder { vec!["id".to_owned()] } else { words };
    Segment { kind, words, action, chosen: chosen || kind == Kind::Placeholder }
}

/// The words of a text, as names are written: ASCII letters and digits.
pub(in crate::mint) fn plain_words(text: &str) -> Vec<String> {
    let mut plain = Vec::new();
    for word in words(text) {
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if !word.is_empty() {
            plain.push(word);
        }
    }
    plain
}

/// The words of a text; a text in letters that have no ASCII form is told apart by a digest.
fn some_words(text: &str, whole: &str) -> Vec<String> {
    let words = plain_words(text);
    let is_empty = words.is_empty();
    if is_empty { vec![format!("x{}", &id16(&[whole])[..4])] } else { words }
}

/// A number or a UUID that nobody made a placeholder of.
fn is_value(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let uuid = text.len() >= 36
        && text.bytes().take(36).enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    digits || uuid
}

/// `v1`, `v1beta2`, `v2.1`, `2024-01`, `2024-01-31`.
fn is_version(words: &[String]) -> bool {
    let digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let Some((first, rest)) = words.split_first() else { return false };
    let dated = first.len() == 4 && digits(first) && !rest.is_empty() && rest.iter().all(digits);
    let numbered = first.strip_prefix('v').is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        first.len() > 1 + rest.len()
            && matches!(rest.trim_end_matches(|c: char| c.is_ascii_digit()), "" | "alpha" | "beta")
    });
    dated || numbered && rest.iter().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> String {
        let one = |s: &Segment| {
            let mark = match s.kind {
                Kind::Word => "",
                Kind::Plumbing => "-",
                Kind::Placeholder => "$",
            };
            let action = s.action.as_ref().map(|a| format!(":{}", a.join("_"))).unwrap_or_default();
            format!("{mark}{}{action}{}", s.words.join("_"), if s.chosen { "!" } else { "" })
        };
        segments(path).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn segments_are_words_plumbing_or_values() {
        for (path, expected) in [
            ("/api/v1/users/{user_id}", "-api -v1 users! $user_id!"),
            ("/v1beta2/users", "-v1beta2 users"),
            ("/2024-01/products", "-2024_01 products"),
            ("/HTTPServers/{id}", "http_servers! $id!"),
            ("/products.json", "products"),
            ("/export.csv", "export_csv"),
            ("/products/{slug}.json", "products! $slug!"),
            ("/files/part-{n}", "files part!"),
            ("/users({id})", "users!"),
            ("/orders/{id}:cancel", "orders! $id:cancel!"),
            ("/orders:batchGet", "orders:batch_get"),
            ("/users/123", "users! $id!"),
            ("/é/ü", "e u"),
            ("//users/", "users"),
            ("/video", "video"),
            ("/SDK/ServerService.svc/json/GetMenu2", "sdk -server_service_svc -json get_menu2"),
            ("/users.php", "users_php"),
            ("/svc/weather/flat.jsonp", "-svc weather flat"),
        ] {
            assert_eq!(told(path), expected, "{path}");
        }
        let [one, other] = ["/日本", "/中国"].map(|path| segments(path).remove(0).words);
        assert!(one[0].len() == 5 && one[0].starts_with('x') && one != other, "{one:?} {other:?}");
    }
}

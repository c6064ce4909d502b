//! Sentences inside Markdown: our words as they are, a stranger's words only through the encoder.

use crate::canon::digest::is_digest;
use crate::model::phrase::{Part, Phrase};
use crate::model::report::{Publication, Source, SourceKind};
use crate::report::escape::link::{self, Target};
use crate::report::escape::markdown::{code, digest12, key_id};
use crate::report::escape::visible;
use crate::report::words;

/// Characters of a stranger's text inside a sentence.
const QUOTE: usize = 160;

/// A sentence on one line.
pub fn say(phrase: &Phrase) -> String {
    let parts = phrase.0.iter().map(|part| match part {
        Part::Say(text) => own(text),
        Part::Quote(text) => quote(text),
    });
    parts.collect()
}

/// Sentences between commas.
pub fn list(phrases: &[Phrase]) -> String {
    phrases.iter().map(say).collect::<Vec<_>>().join(", ")
}

/// A stranger's text; digests and key ids in the short form that eyes compare.
pub fn quote(text: &str) -> String {
    let key = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match () {
        () if is_digest(text) => digest12(text),
        () if key => key_id(text),
        () => code(text, QUOTE),
    }
}

/// Names between commas.
pub fn names(names: &[String]) -> String {
    names.iter().map(|name| code(name, 60)).collect::<Vec<_>>().join(", ")
}

/// Our own words. They need no quoting; that none of them ever splits a cell or opens an element is made
/// sure of here all the same.
pub fn own(text: &str) -> String {
    let mut ticks = false;
    let mut out = String::new();
    for c in visible(text, usize::MAX).chars() {
        ticks ^= c == '`';
        match c {
            '|' => out.push_str(if ticks { "\\|" } else { "&#124;" }),
            '<' if !ticks => out.push_str("&lt;"),
            c => out.push(c),
        }
    }
    out
}

/// Text of a command line: backticks where all of it is plain, else as foreign text.
pub fn command(text: &str) -> String {
    let plain =
        text.chars().all(|c| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '`' | '|' | '@' | '<'));
    if plain && !text.is_empty() { format!("`{text}`") } else { code(text, 400) }
}

/// The place of a finding in the head.
pub fn blob(publication: &Publication, file: &str, line: u32) -> Option<Target> {
    link::blob_url(&publication.server, &publication.repository, &publication.head, file, line)
}

/// Seven digits of a commit, linked where the report has an address.
pub fn commit(publication: &Publication, sha: &str) -> String {
    link::commit_link(sha, link::commit_url(&publication.server, &publication.repository, sha).as_ref())
}

/// The page of the run, built anew from its number.
pub fn run(publication: &Publication) -> Option<Target> {
    let number = publication.run_url.as_deref()?.rsplit_once("/actions/runs/")?.1;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    link::run_url(&publication.server, &publication.repository, digits.parse().ok()?)
}

/// What one side of a comparison is called.
pub fn source(publication: &Publication, source: &Source) -> String {
    let name = match source.name.as_str() {
        "" => String::new(),
        name => code(name, 80),
    };
    match (source.kind, source.commit.as_deref()) {
        (kind, Some(sha)) if kind.is_commit() => {
            let sha = commit(publication, sha);
            match (name.is_empty(), sha.is_empty()) {
                (true, _) => sha,
                (_, true) => name,
                _ => format!("{name} at {sha}"),
            }
        }
        (SourceKind::None, _) => "nothing".to_owned(),
        (SourceKind::Worktree, _) => "the work tree".to_owned(),
        (SourceKind::Snapshot, _) if name.is_empty() => "the approved snapshot".to_owned(),
        _ => name,
    }
}

/// Eight groups of four hex digits a line: to be compared by voice. What is no fingerprint is foreign text.
pub fn fingerprint(text: &str) -> String {
    let lines = words::fingerprint(text);
    lines.map_or_else(
        || code(text, QUOTE),
        |lines| lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("<br>"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quotes_are_encoded_and_our_words_stay_readable() {
        let phrase = Phrase::say("see `cask rules <id>` | ").and_quote("a|b").and_say(" <x>");
        assert_eq!(say(&phrase), "see `cask rules <id>` &#124; <code>a&#124;b</code> &lt;x>");
        assert_eq!(quote("9c41d7e0823fb65a"), "`9c41d7e0823fb65a`");
        assert_eq!(command("git diff"), "`git diff`");
        assert_eq!(command("a`b"), "<code>a&#96;b</code>");
    }

    #[test]
    fn a_run_is_linked_by_its_number_only() {
        let mut publication = Publication {
            server: "https://github.com".into(),
            repository: "acme/shop".into(),
            ..Publication::default()
        };
        publication.run_url = Some("https://evil.example/actions/runs/7)x".into());
        assert_eq!(
            run(&publication).map(|t| t.as_str().to_owned()).as_deref(),
            Some("https://github.com/acme/shop/actions/runs/7")
        );
        publication.run_url = Some("https://evil.example/".into());
        assert_eq!(run(&publication), None);
    }

    #[test]
    fn fingerprints_stand_in_groups() {
        let shown = fingerprint(&format!("sha256:{}", "0123".repeat(16)));
        assert_eq!(shown, format!("`{0}`<br>`{0}`", ["0123"; 8].join(" ")));
        assert_eq!(fingerprint("x"), "<code>x</code>");
    }
}

//! Words of a report in HTML: ours as text, a stranger's in an element that keeps its direction to itself.

use crate::canon::digest::{self, is_digest};
use crate::model::phrase::{Part, Phrase};
use crate::model::report::{Publication, Source, SourceKind};
use crate::report::escape::html::{html, marked};
use crate::report::escape::link::{self, Target};
use crate::report::row::Row;
use crate::report::words::number;

/// Characters of a stranger's text inside a sentence.
const QUOTE: usize = 160;

/// A sentence.
pub fn say(phrase: &Phrase) -> String {
    let parts = phrase.0.iter().map(|part| match part {
        Part::Say(text) => own(text),
        Part::Quote(text) => quote(text),
    });
    parts.collect()
}

/// Our own words; what stands between backticks is a command or an id.
pub fn own(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return html(text, usize::MAX);
    }
    let inked = pieces.iter().enumerate().map(|(i, piece)| match i % 2 {
        0 => html(piece, usize::MAX),
        _ => command(piece),
    });
    inked.collect()
}

/// A stranger's text; a digest in the short form that eyes compare.
pub fn quote(text: &str) -> String {
    match is_digest(text) {
        true => format!("<code class=\"hex\">sha256:{}…</code>", digest::short(text, 12)),
        false => code(text, QUOTE),
    }
}

/// A stranger's text as code, at most `limit` characters.
pub fn code(text: &str, limit: usize) -> String {
    format!("<bdi><code>{}</code></bdi>", marked(text, limit))
}

/// A command, or another text to copy.
pub fn command(text: &str) -> String {
    format!("<code class=\"cmd\">{}</code>", marked(text, 400))
}

/// Names between commas.
pub fn names(names: &[String]) -> String {
    names.iter().map(|name| code(name, 60)).collect::<Vec<_>>().join(", ")
}

/// The id of a rule.
pub fn rule(id: &'static str) -> String {
    format!("<code class=\"rule\">{id}</code>")
}

/// What people call a subject.
pub fn name(name: &str, kind: &'static str) -> String {
    match name {
        "" => format!("({kind})"),
        name => code(name, 80),
    }
}

/// Label with a link where there is an address. The label is ours by type.
pub fn linked(label: &str, target: Option<&Target>) -> String {
    match target {
        Some(target) => format!("<a href=\"{}\">{label}</a>", html(target.as_str(), usize::MAX)),
        None => label.to_owned(),
    }
}

/// Seven digits of a commit, linked where the report has an address; empty for what is none.
pub fn commit(publication: &Publication, sha: &str) -> String {
    let hex = matches!(sha.len(), 40 | 64) && sha.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return String::new();
    }
    linked(&sha[..7], link::commit_url(&publication.server, &publication.repository, sha).as_ref())
}

/// What one side of a comparison is called.
pub fn source(publication: &Publication, source: &Source) -> String {
    let name = match source.name.as_str() {
        "" => String::new(),
        name => code(name, 80),
    };
    let sha = source.commit.as_deref().map(|sha| commit(publication, sha)).unwrap_or_default();
    match (source.kind, name.is_empty(), sha.is_empty()) {
        (SourceKind::Worktree, ..) => "the work tree".to_owned(),
        (SourceKind::None, ..) => "nothing".to_owned(),
        (SourceKind::Snapshot, ..) => "the approved snapshot".to_owned(),
        (_, true, true) => source.kind.word().to_owned(),
        (_, true, false) => sha,
        (_, false, true) => name,
        (_, false, false) => format!("{name} at {sha}"),
    }
}

/// `●○ 1 of 2`: how many have signed and how many it takes; or that it is exempted.
pub fn seats(row: &Row) -> String {
    if let Some(exempted) = row.exempted() {
        return exempted;
    }
    let Some((have, need)) = row.seats() else { return "not needed".to_owned() };
    let most = need.min(6);
    let marks: String = (0..most).map(|i| if i < have { '●' } else { '○' }).collect();
    format!(
        "<span class=\"seats\"><span aria-hidden=\"true\">{marks}</span> {} of {}</span>",
        number(have as usize),
        number(need as usize)
    )
}

/// A table in a box that scrolls by itself.
pub fn table(class: &str, caption: &str, heads: &[&str], rows: &str) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<div class=\"scroll\"><table class=\"{class}\"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// Rows as long as they fit, and how many did.
pub fn fill(rows: impl Iterator<Item = String>, most: usize, bytes: usize) -> (String, usize) {
    let (mut out, mut shown) = (String::new(), 0);
    for row in rows.take(most) {
        if out.len() + row.len() > bytes {
            break;
        }
        out += &row;
        shown += 1;
    }
    (out, shown)
}

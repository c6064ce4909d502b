//! The first line of what a run posts, by which the next run finds it again: a comment of HTML that only holds
//! hex, digits and dots, whatever it is made of.

use crate::canon::digest;

use super::place::Place;

/// What carries a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The comment on a pull request.
    Report,
    /// The rolling issue about drift.
    Drift,
    /// A comment that gave its place to a newer one, and is kept.
    Hidden,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Report, Kind::Drift, Kind::Hidden];

    fn word(self) -> &'static str {
        match self {
            Kind::Report => "report",
            Kind::Drift => "drift",
            Kind::Hidden => "hidden",
        }
    }
}

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// What it marks.
    pub kind: Kind,
    /// For whom: 16 hex of workflow, job and comment id.
    pub id: String,
    /// Number and attempt of the run that wrote it.
    pub run: (u64, u64),
    /// The commit that it tells of.
    pub head: String,
    /// 16 hex of what stands below the line.
    pub body: String,
}

/// What the marker's id is made of: what one job of one workflow says under one comment id belongs together.
pub fn id(place: &Place) -> String {
    let parts =
        [place.repo_id.to_string().as_str(), &place.workflow, &place.job, &place.comment_id].join("\n");
    hex16(&parts)
}

/// The id of a body: 16 hex of all below the first line.
pub fn body_id(below: &str) -> String {
    // GitHub may have stored the ends of lines, and of the text, in its own way.
    hex16(below.replace("\r\n", "\n").trim_end())
}

fn hex16(text: &str) -> String {
    let mut hex = digest::sha256_hex(text.as_bytes());
    hex.truncate(16);
    hex
}

impl Marker {
    /// The marker of this run, for what stands below it.
    pub fn new(kind: Kind, place: &Place, below: &str) -> Marker {
        let head = place.pull.as_ref().map_or(&place.head_sha, |pull| &pull.head_sha);
        let head = if is_hex(head, &[40, 64]) { head.clone() } else { "0".repeat(40) };
        Marker { kind, id: id(place), run: place.run(), head, body: body_id(below) }
    }

    /// The line.
    pub fn line(&self) -> String {
        let Marker { kind, id, run, head, body } = self;
        format!("<!-- cask:{} v=1 id={id} run={}.{} head={head} body={body} -->", kind.word(), run.0, run.1)
    }

    /// The marker that a text begins with, and what stands below it. Anything that is not one to the letter is
    /// none: a marker that is quoted, indented or not at the beginning belongs to somebody else.
    pub fn read(text: &str) -> Option<(Marker, &str)> {
        let (line, below) = text.split_once('\n').unwrap_or((text, ""));
        let inside = line.trim_end_matches('\r').strip_prefix("<!-- cask:")?.strip_suffix(" -->")?;
        let mut words = inside.split(' ');
        let kind = words.next().and_then(|word| Kind::ALL.into_iter().find(|kind| kind.word() == word))?;
        words.next().filter(|word| *word == "v=1")?;
        let id = words.next()?.strip_prefix("id=").filter(|id| is_hex(id, &[16]))?.to_owned();
        let (number, attempt) = words.next()?.strip_prefix("run=")?.split_once('.')?;
        let run = (digits(number)?, digits(attempt)?);
        let head = words.next()?.strip_prefix("head=").filter(|head| is_hex(head, &[40, 64]))?.to_owned();
        let body = words.next()?.strip_prefix("body=").filter(|body| is_hex(body, &[16]))?.to_owned();
        words.next().is_none().then_some((Marker { kind, id, run, head, body }, below))
    }
}

/// The text under another kind of marker, where it has one.
pub fn marked_as(text: &str, kind: Kind) -> Option<String> {
    let (marker, below) = Marker::read(text)?;
    Some(format!("{}\n{below}", Marker { kind, ..marker }.line()))
}

fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn is_hex(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> Place {
        Place {
            repo_id: 7,
            workflow: ".github/workflows/cask.yml".to_owned(),
            job: "gate".to_owned(),
            head_sha: "9d4f2ab07c61e8f5b3a2901d4c7e6f8a5b10c3d2".to_owned(),
            run_id: 12,
            run_attempt: 3,
            ..Place::default()
        }
    }

    #[test]
    fn a_marker_is_one_line_of_hex_digits_and_dots() {
        let line = Marker::new(Kind::Report, &place(), "text\n").line();
        assert_eq!(
            line,
            "<!-- cask:report v=1 id=9cf5209850e551fc run=12.3 \
             head=9d4f2ab07c61e8f5b3a2901d4c7e6f8a5b10c3d2 body=982d9e3eb996f559 -->"
        );
        let text = format!("{line}\ntext\n");
        let (read, below) = Marker::read(&text).unwrap();
        assert_eq!((read, below), (Marker::new(Kind::Report, &place(), "text\n"), "text\n"));
    }

    #[test]
    fn workflow_job_and_comment_id_have_a_marker_each() {
        let other = |change: fn(&mut Place)| {
            let mut place = place();
            change(&mut place);
            id(&place)
        };
        let ids = [
            other(|_| ()),
            other(|p| p.repo_id = 8),
            other(|p| p.workflow.push('2')),
            other(|p| p.job.push('2')),
            other(|p| p.comment_id.push('2')),
        ];
        let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        assert_eq!(other(|p| p.run_id = 99), ids[0], "runs share one");
    }

    #[test]
    fn what_is_not_a_marker_to_the_letter_is_none() {
        let line = Marker::new(Kind::Report, &place(), "").line();
        for text in [
            format!(" {line}"),
            format!("\n{line}"),
            format!("> {line}"),
            line.replace("v=1", "v=2"),
            line.replace("run=12.3", "run=+12.3"),
            line.replace("run=12.3", "run=12"),
            line.replace(" -->", "  -->"),
            line.replace("-->", "--> x"),
            line.replace(" -->", " more=1 -->"),
            line.to_uppercase(),
            line.replace("run=12.", "run=99999999999999999999."),
        ] {
            assert_eq!(Marker::read(&text), None, "{text}");
        }
        assert!(Marker::read(&format!("{line}\r\nx")).is_some(), "stored with other ends of lines");
    }

    #[test]
    fn the_kind_can_be_changed_and_nothing_else() {
        let text = format!("{}\nbelow\n", Marker::new(Kind::Report, &place(), "below\n").line());
        let hidden = marked_as(&text, Kind::Hidden).unwrap();
        assert_eq!(hidden, text.replacen("cask:report", "cask:hidden", 1));
        assert_eq!(marked_as("no marker", Kind::Hidden), None);
    }

    #[test]
    fn the_ends_of_lines_do_not_make_another_body() {
        assert_eq!(body_id("a\nb\n"), body_id("a\r\nb"));
        assert_ne!(body_id("a\nb"), body_id("ab"));
    }

    proptest! {
        #[test]
        fn every_marker_is_read_as_it_was_written(
            workflow in ".{0,40}", job in ".{0,20}", comment in ".{0,20}", run in any::<(u64, u64)>(),
            head in "[0-9a-f]{40}|[0-9a-f]{64}|.{0,50}", below in ".{0,60}",
        ) {
            let place = Place {
                workflow, job, comment_id: comment, run_id: run.0, run_attempt: run.1, head_sha: head,
                ..place()
            };
            let marker = Marker::new(Kind::Drift, &place, &below);
            let text = format!("{}\n{below}", marker.line());
            let inside = marker.line().replace("<!-- cask:drift ", "").replace(" -->", "");
            prop_assert!(inside.bytes().all(|b| b.is_ascii_alphanumeric() || b" =.".contains(&b)));
            prop_assert_eq!(Marker::read(&text), Some((marker, below.as_str())));
        }

        #[test]
        fn reading_never_panics(text in "(<!-- cask:report v=1 )?[ -~é\n]{0,120}") {
            let _ = Marker::read(&text);
        }
    }
}

//! A check run: how a report ends it, and in which parts its annotations are sent.

use serde::Serialize;

use crate::model::report::{Report, Verdict};

/// Most annotations of one request.
const PART: usize = 50;
/// Most annotations of a run.
pub const MOST: usize = 500;
/// Most bytes of the message of an annotation.
const MESSAGE: usize = 60_000;
/// Most characters of its title.
const TITLE: usize = 255;

/// How loud an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loud {
    /// Is to be known.
    Notice,
    /// Is to be looked at.
    Warning,
    /// Fails.
    Failure,
}

/// What is shown beside a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// The file, from the root of the repository.
    pub path: String,
    /// Its first line.
    pub start_line: u32,
    /// Its last line.
    pub end_line: u32,
    /// How loud it is.
    pub annotation_level: Loud,
    /// Words of ours.
    pub title: String,
    /// What it says.
    pub message: String,
}

impl Annotation {
    /// An annotation of one line.
    pub fn new(path: &str, line: u32, loud: Loud, title: &str, message: &str) -> Annotation {
        let line = line.max(1);
        let mut end = message.len().min(MESSAGE);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        Annotation {
            path: path.to_owned(),
            start_line: line,
            end_line: line,
            annotation_level: loud,
            title: title.chars().take(TITLE).collect(),
            message: message[..end].to_owned(),
        }
    }
}

/// What a request says of a run: a part of its annotations, and in the last one how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// `completed` in the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<&'static str>,
    /// What is shown.
    pub output: Output,
}

/// What a run shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Words and counts of ours.
    pub title: String,
    /// The page below it.
    pub summary: String,
    /// Beside lines; they add up.
    pub annotations: Vec<Annotation>,
}

/// How a report ends the run.
pub fn conclusion(report: &Report) -> &'static str {
    match report.verdict {
        Verdict::Pass => "success",
        Verdict::Review if !report.owners_to_confirm.is_empty() => "action_required",
        Verdict::Review => "neutral",
        Verdict::Breaking | Verdict::Error => "failure",
    }
}

/// The requests that end a run, of which `there` annotations are there already: from an earlier run, or from a
/// request whose answer was lost. They can't be taken back, so they are not sent again.
pub fn batches(
    title: &str,
    summary: &str,
    ends: &'static str,
    all: Vec<Annotation>,
    there: usize,
) -> Vec<Batch> {
    let left: Vec<Annotation> = all.into_iter().take(MOST).skip(there).collect();
    let mut parts: Vec<Vec<Annotation>> = left.chunks(PART).map(<[Annotation]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let last = parts.len() - 1;
    let batch = |(at, annotations)| Batch {
        status: (at == last).then_some("completed"),
        conclusion: (at == last).then_some(ends),
        output: Output { title: title.to_owned(), summary: summary.to_owned(), annotations },
    };
    parts.into_iter().enumerate().map(batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotations(n: u32) -> Vec<Annotation> {
        (0..n).map(|line| Annotation::new("tools.json", line, Loud::Warning, "t", "m")).collect()
    }

    fn sizes(n: u32, there: usize) -> Vec<(usize, Option<&'static str>)> {
        let batches = batches("t", "s", "failure", annotations(n), there);
        assert!(batches.iter().all(|batch| batch.status.is_some() == batch.conclusion.is_some()));
        batches.iter().map(|batch| (batch.output.annotations.len(), batch.conclusion)).collect()
    }

    #[test]
    fn annotations_are_sent_by_fifty_and_the_last_part_ends_the_run() {
        let end = Some("failure");
        assert_eq!(sizes(0, 0), [(0, end)]);
        assert_eq!(sizes(50, 0), [(50, end)]);
        assert_eq!(sizes(120, 0), [(50, None), (50, None), (20, end)]);
        assert_eq!(sizes(5_000, 0).iter().map(|(n, _)| n).sum::<usize>(), MOST);
        assert_eq!(sizes(120, 100), [(20, end)], "a run that was tried again");
        assert_eq!(sizes(3, 9), [(0, end)]);
    }

    #[test]
    fn an_annotation_is_never_longer_than_what_is_taken() {
        let long = Annotation::new("a", 0, Loud::Notice, &"é".repeat(300), &"é".repeat(40_000));
        assert_eq!((long.start_line, long.title.chars().count(), long.message.len()), (1, TITLE, MESSAGE));
    }
}

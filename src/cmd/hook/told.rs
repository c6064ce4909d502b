//! What `cask hook run` says around a report: where trust came from and how old that is, one line where nothing
//! stops, and the way around.

use super::script::Stage;
use crate::canon::time::Timestamp;
use crate::model::phrase::Phrase;
use crate::report::escape::paste;
use crate::report::escape::terminal::Paint;

/// From this age on, trust is fetched anew before it is believed to be the current one.
const OLD: i64 = 7 * DAY;
const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 60 * MINUTE;
const MINUTE: i64 = 60;
/// What an age is told in, the longest first.
const UNITS: [(i64, &str); 3] = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")];

/// Columns of a label.
const LABEL: usize = 13;

/// Whose trust judged, and since when it is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustSide {
    /// The branch, as people write it.
    pub name: String,
    /// When it was last seen there; none if that is not known.
    pub seen: Option<i64>,
    /// Whether it is the default branch of a remote.
    pub is_default: bool,
    /// The remote that is pushed to, where it is known.
    pub remote: Option<String>,
}

impl TrustSide {
    /// For the notes of a report.
    pub fn note(&self, now: Timestamp) -> Phrase {
        let said = Phrase::say("trust is that of ").and_quote(&self.name);
        if !self.is_default {
            let remote = self.remote.as_deref().and_then(paste).unwrap_or("<remote>");
            return said.and_say(format!(
                ": the default branch of the remote is not known here; git remote set-head {remote} --auto asks for it"
            ));
        }
        let said = said.and_say(match self.seen {
            Some(at) => format!(" as this clone saw it {}", age(now, at)),
            None => " as this clone has it, since when is not known".to_owned(),
        });
        match self.seen {
            Some(at) if now.seconds() - at >= OLD => said.and_say("; git fetch brings it up to date"),
            _ => said,
        }
    }

    /// For one line.
    fn short(&self, paint: Paint, now: Timestamp) -> String {
        let seen = self.seen.map_or_else(|| "age unknown".to_owned(), |at| format!("seen {}", age(now, at)));
        format!("trust from {}, {seen}", paint.text(&self.name, 60))
    }
}

/// How long ago, in one unit.
fn age(now: Timestamp, then: i64) -> String {
    let seconds = now.seconds() - then;
    // Clocks of file systems run a little apart: later than now is now.
    let Some((length, unit)) = UNITS.into_iter().find(|(length, _)| seconds >= *length) else {
        return "just now".to_owned();
    };
    let many = seconds / length;
    format!("{many} {unit}{} ago", if many == 1 { "" } else { "s" })
}

/// One line for what passed.
pub fn passed(paint: Paint, name: &str, tools: usize, trust: Option<&TrustSide>, now: Timestamp) -> String {
    let tools = if tools == 1 { "1 tool".to_owned() } else { format!("{tools} tools") };
    let trust = trust.map_or(String::new(), |side| format!("; {}", side.short(paint, now)));
    format!("cask: {} passed, {tools}{trust}", paint.text(name, 60))
}

/// One line for what brings nothing that is judged.
pub fn untouched(paint: Paint, name: &str) -> String {
    format!("cask: {} changes nothing that agents may do", paint.text(name, 60))
}

/// The way around, below a report that stops.
pub fn around(paint: Paint, stage: Stage) -> String {
    let label = match stage {
        Stage::PrePush => "push anyway",
        Stage::PreCommit => "commit anyway",
    };
    let blanks = " ".repeat(LABEL.saturating_sub(label.len()).max(1));
    format!("{}{blanks}{}   {STILL}\n", paint.dim(label), paint.bold(stage.escape()))
}

/// Why going around is no way in.
pub const STILL: &str = "(CI still checks)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_told_in_one_unit_and_old_trust_with_what_helps() {
        let now: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let at = |seconds: i64| now.seconds() - seconds;
        for (seconds, said) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7_199, "1 hour ago"),
            (2 * DAY - 1, "1 day ago"),
            (40 * DAY, "40 days ago"),
        ] {
            assert_eq!(age(now, at(seconds)), said);
        }
        let side = |seen| TrustSide {
            name: "origin/main".into(),
            seen,
            is_default: true,
            remote: Some("-x".into()),
        };
        let fresh = side(Some(at(HOUR))).note(now).plain();
        assert!(fresh.ends_with("origin/main as this clone saw it 1 hour ago"), "{fresh}");
        assert!(side(Some(at(OLD))).note(now).plain().ends_with("; git fetch brings it up to date"));
        assert!(side(None).note(now).plain().contains("since when is not known"));
        let loose = TrustSide { is_default: false, ..side(None) };
        assert!(loose.note(now).plain().contains("git remote set-head <remote> --auto"));
    }

    #[test]
    fn names_of_branches_can_not_draw() {
        let paint = Paint { color: false, unicode: true };
        for line in [untouched(paint, "a\u{1b}[2Jb"), passed(paint, "a\u{1b}[2Jb", 1, None, Timestamp::MIN)] {
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
    }
}

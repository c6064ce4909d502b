//! When GitHub is asked again, and when not: an answer and what was tried so far in, the next step out.
//!
//! Asking at once and often is what limits punish, and a request that adds something may have been carried out
//! although its answer was lost: that one is only sent again when somebody has looked.

use std::time::Duration;

use super::refused::Why;

/// Longest wait for a limit.
const PATIENCE: Duration = Duration::from_secs(60);
/// Waits after failures of the server or of the way to it.
const PAUSES: [u64; 3] = [1, 4, 15];
/// How often a limit is waited for.
const LIMITS: u32 = 2;

/// What a request does when it is carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Nothing: it reads.
    Reads,
    /// The same as once: it replaces or deletes.
    Replaces,
    /// Something that should not be there: it adds.
    Adds,
}

/// Whether a failure or a limit is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// It is: nobody else has the answer.
    Waits,
    /// It is not: somebody else can be asked in the meantime.
    Hurries,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answer<'a> {
    /// Status; 0: no answer at all (no connection, TLS, time over).
    pub status: u16,
    /// Header `retry-after`.
    pub retry_after: Option<&'a str>,
    /// Header `x-ratelimit-remaining`.
    pub remaining: Option<&'a str>,
    /// Header `x-ratelimit-reset`: seconds since 1970.
    pub reset: Option<&'a str>,
    /// What it says.
    pub message: &'a str,
}

/// What was tried, and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// What the request does.
    pub verb: Verb,
    /// What it waits for.
    pub patience: Patience,
    /// Waits for limits so far.
    pub limited: u32,
    /// Waits after failures so far.
    pub failed: u32,
    /// Time that may still be spent.
    pub left: Duration,
    /// Seconds since 1970.
    pub epoch: u64,
    /// From -100 to 100: how far this run's pauses are from everybody else's.
    pub jitter: i8,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is an answer.
    Done,
    /// A limit: the same again after a wait.
    Limit(Duration),
    /// A failure: the same again after a wait.
    Again(Duration),
    /// A failure: whoever asked has to look, after [`pause`], whether it was carried out.
    Look,
    /// Nothing: why.
    Refuse(Why),
}

/// What to do.
pub fn next(answer: &Answer, tried: &Tried) -> Next {
    let within = |wait: Duration, next: fn(Duration) -> Next, else_why: Why| {
        let waits = tried.patience == Patience::Waits && wait < tried.left;
        if waits { next(wait) } else { Next::Refuse(else_why) }
    };
    match answer.status {
        200..=299 => Next::Done,
        403 | 429 if is_limit(answer) => match pause_for_limit(answer, tried) {
            Some(wait) => within(wait, Next::Limit, Why::Limited),
            None => Next::Refuse(Why::Limited),
        },
        401 => Next::Refuse(Why::Unauthorized),
        403 => Next::Refuse(Why::Forbidden),
        404 => Next::Refuse(Why::Missing),
        410 => Next::Refuse(Why::Gone),
        413 => Next::Refuse(Why::TooLong),
        422 if is_too_long(answer.message) => Next::Refuse(Why::TooLong),
        422 => Next::Refuse(Why::Invalid),
        0 | 408 | 500..=599 => {
            let why = if answer.status == 0 { Why::Unreachable } else { Why::Broken };
            match pause(tried.failed, tried.jitter) {
                Some(_) if tried.verb == Verb::Adds => Next::Look,
                Some(wait) => within(wait, Next::Again, why),
                None => Next::Refuse(why),
            }
        }
        _ => Next::Refuse(Why::Invalid),
    }
}

/// Whether a refusal is about how often, not about what.
fn is_limit(answer: &Answer) -> bool {
    answer.status == 429
        || answer.retry_after.is_some()
        || answer.remaining == Some("0")
        || is_secondary(answer.message)
}

fn is_secondary(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("secondary rate limit") || message.contains("abuse detection")
}

fn is_too_long(message: &str) -> bool {
    message.to_ascii_lowercase().contains("too long")
}

/// How long a limit is waited for; nothing where that is no use.
fn pause_for_limit(answer: &Answer, tried: &Tried) -> Option<Duration> {
    let patient = |seconds: u64| Some(Duration::from_secs(seconds)).filter(|wait| *wait <= PATIENCE);
    if tried.limited >= LIMITS {
        return None;
    }
    if let Some(seconds) = answer.retry_after {
        // A date instead of a number, or anything else: the longest wait that there is.
        return patient(seconds.trim().parse().unwrap_or(PATIENCE.as_secs()).max(1));
    }
    if answer.remaining == Some("0") {
        let reset: u64 = answer.reset?.trim().parse().ok()?;
        return patient(reset.saturating_sub(tried.epoch).saturating_add(1).max(1));
    }
    (tried.limited == 0).then_some(PATIENCE)
}

/// How long to wait after that many failures, while there is still something to wait for.
pub fn pause(failed: u32, jitter: i8) -> Option<Duration> {
    PAUSES.get(failed as usize).map(|seconds| jittered(*seconds, jitter))
}

/// The pause, up to a fifth longer or shorter: what failed together does not come back together.
fn jittered(seconds: u64, jitter: i8) -> Duration {
    let jitter = i64::from(jitter.clamp(-100, 100));
    let millis = i64::try_from(seconds).unwrap_or(60) * (1_000 + 2 * jitter);
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn tried(verb: Verb) -> Tried {
        let patience = Patience::Waits;
        Tried { verb, patience, limited: 0, failed: 0, left: Duration::from_secs(120), epoch: NOW, jitter: 0 }
    }

    fn answer(status: u16) -> Answer<'static> {
        Answer { status, ..Answer::default() }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_table_of_answers() {
        use Next::*;
        use Verb::*;
        let said = |status, message| Answer { message, ..answer(status) };
        let after = |status, text| Answer { retry_after: Some(text), ..answer(status) };
        let reset = |remaining, text| Answer { remaining: Some(remaining), reset: Some(text), ..answer(403) };
        let integration = said(403, "Resource not accessible by integration");
        let secondary = said(403, "You have exceeded a secondary rate limit. Please wait.");
        #[rustfmt::skip]
        let rows: &[(Answer, Tried, Next)] = &[
            (answer(200), tried(Reads), Done),
            (answer(201), tried(Adds), Done),
            (answer(204), tried(Replaces), Done),
            (after(403, "5"), tried(Reads), Limit(seconds(5))),
            (after(429, "60"), tried(Adds), Limit(seconds(60))),
            (after(429, "61"), tried(Adds), Refuse(Why::Limited)),
            (after(429, "0"), tried(Adds), Limit(seconds(1))),
            (after(429, "Wed, 21 Oct 2026 07:28:00 GMT"), tried(Adds), Limit(seconds(60))),
            (after(403, "5"), Tried { limited: 2, ..tried(Reads) }, Refuse(Why::Limited)),
            (after(403, "5"), Tried { left: seconds(4), ..tried(Reads) }, Refuse(Why::Limited)),
            (reset("0", "1800000030"), tried(Reads), Limit(seconds(31))),
            (reset("0", "1800000090"), tried(Reads), Refuse(Why::Limited)),
            (reset("0", "1700000000"), tried(Reads), Limit(seconds(1))),
            (reset("0", "soon"), tried(Reads), Refuse(Why::Limited)),
            (reset("4999", "1800000030"), tried(Reads), Refuse(Why::Forbidden)),
            (secondary, tried(Adds), Limit(seconds(60))),
            (secondary, Tried { limited: 1, ..tried(Adds) }, Refuse(Why::Limited)),
            (answer(429), tried(Adds), Limit(seconds(60))),
            (integration, tried(Adds), Refuse(Why::Forbidden)),
            (answer(401), tried(Reads), Refuse(Why::Unauthorized)),
            (answer(404), tried(Replaces), Refuse(Why::Missing)),
            (answer(410), tried(Adds), Refuse(Why::Gone)),
            (said(422, "Body is too long (maximum is 65536 characters)"), tried(Adds), Refuse(Why::TooLong)),
            (said(422, "Validation Failed"), tried(Adds), Refuse(Why::Invalid)),
            (answer(500), tried(Reads), Again(seconds(1))),
            (answer(502), Tried { failed: 1, ..tried(Replaces) }, Again(seconds(4))),
            (answer(0), Tried { failed: 2, ..tried(Replaces) }, Again(seconds(15))),
            (answer(503), Tried { failed: 3, ..tried(Reads) }, Refuse(Why::Broken)),
            (answer(0), Tried { failed: 3, ..tried(Reads) }, Refuse(Why::Unreachable)),
            (answer(502), tried(Adds), Look),
            (answer(0), Tried { failed: 1, ..tried(Adds) }, Look),
            (answer(503), Tried { left: seconds(1), ..tried(Reads) }, Refuse(Why::Broken)),
            (answer(409), tried(Replaces), Refuse(Why::Invalid)),
            (answer(301), tried(Adds), Refuse(Why::Invalid)),
        ];
        for (answer, tried, wanted) in rows {
            assert_eq!(next(answer, tried), *wanted, "{answer:?} after {tried:?}");
        }
    }

    #[test]
    fn who_hurries_waits_for_nothing() {
        let hurries = Tried { patience: Patience::Hurries, ..tried(Verb::Reads) };
        let limit = Answer { retry_after: Some("5"), ..answer(429) };
        for (answer, wanted) in [
            (answer(200), Next::Done),
            (answer(0), Next::Refuse(Why::Unreachable)),
            (answer(502), Next::Refuse(Why::Broken)),
            (limit, Next::Refuse(Why::Limited)),
            (answer(404), Next::Refuse(Why::Missing)),
        ] {
            assert_eq!(next(&answer, &hurries), wanted, "{answer:?}");
        }
    }

    #[test]
    fn pauses_differ_by_a_fifth_at_most() {
        let wait = |jitter| next(&answer(500), &Tried { jitter, ..tried(Verb::Reads) });
        assert_eq!(wait(-100), Next::Again(Duration::from_millis(800)));
        assert_eq!(wait(100), Next::Again(Duration::from_millis(1_200)));
        assert_eq!(wait(i8::MIN), wait(-100));
    }

    #[test]
    fn nothing_is_tried_for_ever() {
        for verb in [Verb::Reads, Verb::Replaces, Verb::Adds] {
            for status in (0..=600).filter(|status| !(200..300).contains(status)) {
                let worn = Tried { limited: LIMITS, failed: 3, ..tried(verb) };
                assert!(matches!(next(&answer(status), &worn), Next::Refuse(_)), "{status} {verb:?}");
            }
        }
    }
}

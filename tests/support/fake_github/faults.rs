//! A script of misfortunes: which requests they meet, after how many they begin, how often they strike.

use std::time::Duration;

use super::answer::Answer;
use super::http::Request;

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// Nothing is done, and this is answered.
    Instead(Answer),
    /// It is done, and this is answered all the same.
    After(Answer),
    /// It is done and answered, late.
    Slow(Duration),
    /// Nothing is done, and the connection is closed.
    Cut,
    /// It is done, and the connection is closed.
    CutAfter,
    /// It is done, and the answer stops half-way.
    Half,
}

/// One line of the script.
#[derive(Clone, Debug)]
pub struct Fault {
    method: &'static str,
    path: String,
    after: usize,
    times: usize,
    what: What,
}

impl Fault {
    /// Meets requests of a method whose path contains a text. Say what goes wrong by one of the other methods.
    pub fn on(method: &'static str, path: &str) -> Fault {
        let what = What::Instead(Answer::refusal(500, "no fault was named"));
        Fault { method, path: path.to_owned(), after: 0, times: 1, what }
    }

    /// Begins with the nth request that it meets, counted from 1.
    pub fn nth(mut self, nth: usize) -> Fault {
        self.after = nth - 1;
        self
    }

    /// Strikes so often in a row; once, if not said.
    pub fn times(mut self, times: usize) -> Fault {
        self.times = times;
        self
    }

    pub fn always(self) -> Fault {
        self.times(usize::MAX)
    }

    pub fn instead(mut self, answer: Answer) -> Fault {
        self.what = What::Instead(answer);
        self
    }

    /// Refused with a message in GitHub's form.
    pub fn refused(self, status: u16, message: &str) -> Fault {
        self.instead(Answer::refusal(status, message))
    }

    /// What the load balancer says when nothing stands behind it.
    pub fn unreachable(self, status: u16) -> Fault {
        self.instead(Answer::text(status, "text/html", "<html><h1>Unicorn!</h1></html>"))
    }

    /// It was stored, and yet the answer is the load balancer's.
    pub fn lost(mut self, status: u16) -> Fault {
        self.what = What::After(Answer::text(status, "text/html", "<html><h1>Unicorn!</h1></html>"));
        self
    }

    /// Too many requests, and when to come again.
    pub fn retry_after(self, status: u16, seconds: u64) -> Fault {
        let said =
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        self.instead(Answer::refusal(status, said).with("retry-after", &seconds.to_string()))
    }

    /// Too many requests, and no word about when.
    pub fn secondary(self) -> Fault {
        self.refused(403, "You have exceeded a secondary rate limit. Please wait a few minutes.")
    }

    /// Nothing is left of the hour's requests until then, in seconds of 1970.
    pub fn exhausted(self, reset: i64) -> Fault {
        let answer = Answer::refusal(403, "API rate limit exceeded for installation.");
        let answer = answer.with("x-ratelimit-limit", "5000").with("x-ratelimit-remaining", "0");
        self.instead(answer.with("x-ratelimit-reset", &reset.to_string()))
    }

    /// A text longer than what is taken, in GitHub's words.
    pub fn too_long(self) -> Fault {
        let said = "body is too long (maximum is 65536 characters)";
        self.instead(Answer::invalid("IssueComment", "body", "custom", said))
    }

    /// Success, and not the JSON that was asked for.
    pub fn garbled(self) -> Fault {
        self.instead(Answer::text(200, "application/json; charset=utf-8", "{\"login\": \u{1b}[31m oops"))
    }

    pub fn redirected(self, status: u16, to: &str) -> Fault {
        self.instead(Answer::refusal(status, "Moved").with("location", to))
    }

    /// JSON of so many bytes.
    pub fn huge(self, bytes: usize) -> Fault {
        let body = format!("[\"{}\"]", "x".repeat(bytes));
        self.instead(Answer::text(200, "application/json; charset=utf-8", &body))
    }

    pub fn slow(mut self, time: Duration) -> Fault {
        self.what = What::Slow(time);
        self
    }

    pub fn cut(mut self) -> Fault {
        self.what = What::Cut;
        self
    }

    pub fn cut_after(mut self) -> Fault {
        self.what = What::CutAfter;
        self
    }

    pub fn half(mut self) -> Fault {
        self.what = What::Half;
        self
    }
}

/// What the script holds for a request, and counts it.
pub fn strike(script: &mut [Fault], request: &Request) -> Option<What> {
    for fault in script {
        if fault.method != request.method || !request.path.contains(&fault.path) || fault.times == 0 {
            continue;
        }
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        fault.times = fault.times.saturating_sub(1);
        return Some(fault.what.clone());
    }
    None
}

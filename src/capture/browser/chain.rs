//! All hops of one request, with the headers that were told apart, and what is asked for still.

use super::hop::{Body, Headers, Hop};

/// What has to be asked for now: later the browser may have let go of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whom.
    pub session: Option<String>,
    /// Of which request.
    pub request: String,
    /// Which of the two.
    pub what: Part,
    /// Of which of its hops.
    pub hop: usize,
}

impl Ask {
    /// The same, asked in another session.
    pub fn to(self, session: &str) -> Ask {
        Ask { session: Some(session.to_owned()), ..self }
    }
}

/// A part of a request that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was sent.
    Sent,
    /// What was answered.
    Answered,
}

impl Part {
    /// The command that asks for it.
    pub fn command(self) -> &'static str {
        match self {
            Part::Sent => "Network.getRequestPostData",
            Part::Answered => "Network.getResponseBody",
        }
    }
}

/// A request with its redirects.
#[derive(Debug, Default)]
pub struct Chain {
    /// Who told of it last.
    pub session: Option<String>,
    /// The document that it is for.
    pub loader: Option<String>,
    /// One, and one more for each redirect.
    pub hops: Vec<Hop>,
    /// Headers of requests as they went over the network, in the order of the hops that have them.
    pub requests: Vec<Headers>,
    /// The same of answers.
    pub responses: Vec<Headers>,
    /// Whether the last hop has ended.
    pub ended: bool,
    /// What was asked for and not answered yet.
    pub asked: usize,
    /// About how many bytes all of it takes.
    pub weight: usize,
}

impl Chain {
    /// Whether nothing of it is missing.
    pub fn is_complete(&self) -> bool {
        let told = self.hops.iter().filter(|hop| hop.has_extra).count();
        let is_told = self.requests.len() >= told && self.responses.len() >= told;
        !self.hops.is_empty() && self.ended && self.asked == 0 && is_told
    }

    /// Whether something of it has yet to come. For a connection that stays open nobody waits.
    pub fn goes_on(&self) -> bool {
        self.asked > 0 || (!self.ended && self.hops.last().is_some_and(|hop| !hop.is_stream()))
    }

    /// Asks for a part of its last hop.
    pub fn ask(&mut self, request: &str, what: Part) -> Ask {
        self.asked += 1;
        let (session, hop) = (self.session.clone(), self.hops.len().saturating_sub(1));
        Ask { session, request: request.to_owned(), what, hop }
    }

    /// Says that nothing more comes of it: a body that was to come is one that was not read.
    pub fn cut_off(&mut self) {
        let awaited = !self.ended || self.asked > 0;
        (self.ended, self.asked) = (true, 0);
        if let Some(last) = self.hops.last_mut()
            && awaited
            && last.has_body()
            && last.body == Body::None
        {
            last.body = Body::Unread;
        }
    }
}

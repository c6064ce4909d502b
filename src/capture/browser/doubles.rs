//! Calls of pages that a service worker made in their place: the browser tells of each twice, and a recording once. What the
//! worker asked for has the headers that went over the network; what the page got has the body.

use std::collections::BTreeMap;

use super::entry::{self, Extra};
use super::hop::{self, Body, Headers, Hop};

/// A request with the headers that went over the network, where they were told.
#[derive(Debug, Default)]
pub struct Told {
    /// What events told of it.
    pub hop: Hop,
    /// Headers of the request.
    pub request: Option<Headers>,
    /// Headers of the answer.
    pub response: Option<Headers>,
}

impl Told {
    /// Its entry in a recording.
    pub fn entry(&self) -> Vec<u8> {
        entry::of(&self.hop, Extra { request: self.request.as_ref(), response: self.response.as_ref() })
    }

    fn call(&self) -> (String, String) {
        (self.hop.method.clone(), self.hop.url.clone())
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        self.hop.weight() + self.request.iter().chain(&self.response).map(hop::weight).sum::<usize>()
    }
}

/// Calls that may be told twice.
#[derive(Debug, Default)]
pub struct Doubles {
    by_workers: BTreeMap<(String, String), Vec<Told>>,
    through_workers: Vec<Told>,
}

impl Doubles {
    /// A service worker asked for it.
    pub fn by_worker(&mut self, told: Told) {
        self.by_workers.entry(told.call()).or_default().push(told);
    }

    /// A page asked for it, and a service worker answered.
    pub fn through_worker(&mut self, told: Told) {
        self.through_workers.push(told);
    }

    /// All of them, each once, and how many were told twice.
    pub fn united(mut self) -> (Vec<Told>, u64) {
        let (mut all, mut twice) = (Vec::new(), 0);
        for page in self.through_workers {
            match self.by_workers.get_mut(&page.call()).and_then(Vec::pop) {
                Some(mut worker) => {
                    twice += 1;
                    if worker.hop.body.weight() == 0 && page.hop.body != Body::None {
                        (worker.hop.body, worker.hop.size) = (page.hop.body, page.hop.size);
                    }
                    if worker.hop.post.is_missing() && page.hop.post.bytes().is_some() {
                        worker.hop.post = page.hop.post;
                    }
                    all.push(worker);
                }
                None => all.push(page),
            }
        }
        all.extend(self.by_workers.into_values().flatten());
        (all, twice)
    }
}

//! Why a request is not sent, or its answer not read, whatever server it is for.

use std::fmt;

/// Which part of it can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Where it leads.
    Address,
    /// What it would be sent with: certificates, a proxy, the network.
    Means,
}

/// A request that can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Which part of it.
    pub part: Part,
    /// What is wrong: one line, lower case, no full stop.
    pub reason: String,
    /// What helps.
    pub fix: String,
}

impl Unfit {
    /// One that leads where nothing is sent.
    pub fn address(reason: impl Into<String>, fix: impl Into<String>) -> Unfit {
        Unfit { part: Part::Address, reason: reason.into(), fix: fix.into() }
    }

    /// One that can't be sent from here.
    pub fn means(reason: impl Into<String>, fix: impl Into<String>) -> Unfit {
        Unfit { part: Part::Means, reason: reason.into(), fix: fix.into() }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.fix)
    }
}

impl std::error::Error for Unfit {}

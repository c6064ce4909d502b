//! Who has the credentials: the trait that every source of them is, and the two simplest.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::credential::Credential;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::Refusal;

/// What is there later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of credentials.
pub trait TokenProvider: Send + Sync {
    /// What it is called in audits.
    fn name(&self) -> &str;

    /// The credential that a tool shows a server; none if there is none for it.
    ///
    /// Errors: there should be one, and it can't be had.
    fn get<'a>(&'a self, origin: &'a Origin, tool: &'a str)
    -> Later<'a, Result<Option<Credential>, Refusal>>;

    /// A server did not take this one: whether there is another by now.
    fn refresh<'a>(&'a self, stale: &'a Credential, tool: &'a str) -> Later<'a, bool>;
}

/// One value that stays what it is.
pub struct Fixed(Credential);

impl Fixed {
    /// A source of this one.
    pub fn new(credential: Credential) -> Fixed {
        Fixed(credential)
    }
}

impl TokenProvider for Fixed {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn get<'a>(&'a self, origin: &'a Origin, _: &'a str) -> Later<'a, Result<Option<Credential>, Refusal>> {
        let found = (self.0.origin() == origin).then(|| self.0.clone());
        Box::pin(async move { Ok(found) })
    }

    fn refresh<'a>(&'a self, _: &'a Credential, _: &'a str) -> Later<'a, bool> {
        Box::pin(async { false })
    }
}

/// For each server its own source.
#[derive(Default)]
pub struct ByOrigin(BTreeMap<Origin, Arc<dyn TokenProvider>>);

impl ByOrigin {
    /// No source yet.
    pub fn new() -> ByOrigin {
        ByOrigin::default()
    }

    /// A source for a server. Whether there was none before.
    pub fn add(&mut self, origin: Origin, source: Arc<dyn TokenProvider>) -> bool {
        self.0.insert(origin, source).is_none()
    }

    /// The servers that have one, with its name.
    pub fn named(&self) -> impl Iterator<Item = (&Origin, &str)> {
        self.0.iter().map(|(origin, source)| (origin, source.name()))
    }

    /// Whether a server has one.
    pub fn has(&self, origin: &Origin) -> bool {
        self.0.contains_key(origin)
    }
}

impl TokenProvider for ByOrigin {
    fn name(&self) -> &str {
        "by server"
    }

    fn get<'a>(
        &'a self,
        origin: &'a Origin,
        tool: &'a str,
    ) -> Later<'a, Result<Option<Credential>, Refusal>> {
        match self.0.get(origin) {
            Some(source) => source.get(origin, tool),
            None => Box::pin(async { Ok(None) }),
        }
    }

    fn refresh<'a>(&'a self, stale: &'a Credential, tool: &'a str) -> Later<'a, bool> {
        match self.0.get(stale.origin()) {
            Some(source) => source.refresh(stale, tool),
            None => Box::pin(async { false }),
        }
    }
}

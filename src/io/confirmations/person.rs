//! What a person does with confirmations: look at those that wait, grant, deny.

use super::database;
use super::rows::{self, Kept};
use super::store::{Store, carried};
use crate::enforce::challenge::{Challenge, Status, check_name};
use crate::enforce::grant::{Grant, Judge, counts, need};
use crate::enforce::token::{self, Presented};
use crate::io::failure::Failure;

/// A challenge as a list shows it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The challenge.
    pub challenge: Challenge,
    /// What it is granted with; for one with a handle not this but the operator's code.
    pub token: String,
    /// Those who granted it so far.
    pub grants: Vec<Grant>,
}

/// How a text names a challenge.
#[derive(Debug, Clone)]
pub enum Named {
    /// Nothing here has that name.
    Unknown,
    /// It is named, by more than its short id.
    Whole(Box<Waiting>),
    /// It is named by its short id, or by a handle: enough to look and to deny.
    Pointed(Box<Waiting>),
}

/// What came of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// People who granted it.
    pub have: usize,
    /// People whom it takes.
    pub need: usize,
}

/// Why a challenge was not moved on: it stands where that is not possible.
pub type NotNow = Option<Status>;

impl Store {
    /// Challenges that wait, oldest first, or all that are kept; and how many rows are none of ours.
    ///
    /// # Errors
    /// The store can't be used.
    pub fn list(&self, all: bool) -> Result<(Vec<Waiting>, usize), Failure> {
        let connection = self.connection();
        let told = |e: rusqlite::Error| self.failed(&e);
        let mut forged = 0;
        let mut out = Vec::new();
        for kept in rows::list(&connection, &self.key, all).map_err(told)? {
            match kept {
                Kept::Genuine(challenge) => {
                    let grants = rows::grants(&connection, &self.key, &challenge).map_err(told)?;
                    out.push(self.waiting(*challenge, grants));
                }
                Kept::Forged => forged += 1,
            }
        }
        Ok((out, forged))
    }

    /// The challenge that a person names: by its token, its handle, the operator's code, or its short id.
    ///
    /// # Errors
    /// The store can't be used.
    pub fn named(&self, text: &str) -> Result<Named, Failure> {
        let told = |e: rusqlite::Error| self.failed(&e);
        let text = text.trim();
        if let Some(presented) = token::read(&self.key, text) {
            let id = match &presented {
                Presented::Token(id, _) | Presented::Handle(id, _) => id.as_str(),
                Presented::Reference(token) => &token.text,
            };
            let found = rows::find(&self.connection(), &self.key, id).map_err(told)?;
            let found = found.filter(|challenge| check_name(&self.key, &presented, challenge));
            let handle = matches!(presented, Presented::Handle(..));
            return self.as_named(found, !handle);
        }
        if let Some(typed) = token::typed_code(text) {
            let found = rows::of_code(&self.connection(), &self.key, &typed).map_err(told)?;
            if found.is_some() {
                return self.as_named(found, true);
            }
        }
        if text.len() != 8 {
            return Ok(Named::Unknown);
        }
        let all = rows::list(&self.connection(), &self.key, true).map_err(told)?;
        let found = all.into_iter().find_map(|kept| match kept {
            Kept::Genuine(challenge) if challenge.id.short() == text => Some(*challenge),
            _ => None,
        });
        self.as_named(found, false)
    }

    /// Stores a grant, and moves the challenge on once enough people granted it. `written` runs before anything is
    /// stored for good: if it fails, nothing is.
    ///
    /// # Errors
    /// Outer: the store or `written` fails. Inner: the challenge does not stand where it can be granted, `None` if it
    /// is not there.
    pub fn grant(
        &self,
        challenge: &Challenge,
        grant: &Grant,
        judge: &Judge,
        now: i64,
        written: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Result<Granted, NotNow>, Failure> {
        let told = |e: rusqlite::Error| self.failed(&e);
        let mut connection = self.connection();
        let work = database::begin(&mut connection).map_err(told)?;
        let id = challenge.id.as_str();
        let Some(there) = rows::find(&work, &self.key, id).map_err(told)? else { return Ok(Err(None)) };
        if let Err(status) = there.may_grant(now) {
            return Ok(Err(Some(status)));
        }
        rows::grant(&work, &self.key, &there, grant).map_err(told)?;
        let grants = rows::grants(&work, &self.key, &there).map_err(told)?;
        let have = grants.iter().filter(|grant| counts(judge, &there, grant, now).is_ok()).count();
        let need = need(judge.keyring.map(|keyring| keyring.trust), there.shown.tier);
        if have >= need {
            rows::step(&work, id, Status::Pending, Status::Granted, now, None).map_err(told)?;
        }
        written()?;
        work.commit().map_err(told)?;
        Ok(Ok(Granted { have, need }))
    }

    /// Denies a challenge, granted or not.
    ///
    /// # Errors
    /// As [`Store::grant`].
    pub fn deny(
        &self,
        challenge: &Challenge,
        reason: Option<&str>,
        now: i64,
        written: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Result<(), NotNow>, Failure> {
        let told = |e: rusqlite::Error| self.failed(&e);
        let mut connection = self.connection();
        let work = database::begin(&mut connection).map_err(told)?;
        let id = challenge.id.as_str();
        let Some(there) = rows::find(&work, &self.key, id).map_err(told)? else { return Ok(Err(None)) };
        if let Err(status) = there.may_deny(now) {
            return Ok(Err(Some(status)));
        }
        rows::step(&work, id, there.status, Status::Denied, now, reason).map_err(told)?;
        written()?;
        work.commit().map_err(told)?;
        Ok(Ok(()))
    }

    fn as_named(&self, found: Option<Challenge>, whole: bool) -> Result<Named, Failure> {
        let Some(challenge) = found else { return Ok(Named::Unknown) };
        let grants = rows::grants(&self.connection(), &self.key, &challenge).map_err(|e| self.failed(&e))?;
        let waiting = Box::new(self.waiting(challenge, grants));
        Ok(if whole { Named::Whole(waiting) } else { Named::Pointed(waiting) })
    }

    fn waiting(&self, challenge: Challenge, grants: Vec<Grant>) -> Waiting {
        Waiting { token: carried(&self.key, &challenge), challenge, grants }
    }
}

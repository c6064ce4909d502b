//! What a server does with confirmations: ask for one, use one, and forget those whose time is over.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, params};

use super::rows::{self, Kept};
use super::trouble::{Trouble, failed};
use super::{database, signing_key};
use crate::enforce::challenge::{
    Bindings, Challenge, KEPT, MOST_OPEN, Name, Shown, Status, TTL, check, replayed,
};
use crate::enforce::grant::{Issuer, Judge, enough};
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::enforce::token::{self, Id, Key, Presented};
use crate::io::failure::Failure;

/// A call that a person has to grant.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What a grant is good for.
    pub bindings: Bindings,
    /// What the person is shown.
    pub shown: Shown,
    /// Seconds until it is too late; brought into the bounds of [`TTL`].
    pub ttl: u32,
    /// Whether the agent gets a handle, and granting takes the operator's code.
    pub handle_only: bool,
}

/// A challenge that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What the agent repeats the call with: a token, or a handle.
    pub token: String,
    /// Short id, for audit records.
    pub short: String,
    /// What only the operator is shown, of a challenge with a handle.
    pub code: Option<String>,
    /// When it is too late, in milliseconds since 1970.
    pub expires: i64,
    /// Whether it stood already.
    pub reused: bool,
    /// Whether a person granted it already.
    pub granted: bool,
}

impl Issued {
    /// The command that grants it, as the operator types it.
    pub fn command(&self) -> String {
        format!("cask confirm grant {}", self.code.as_deref().unwrap_or(&self.token))
    }
}

/// A challenge that was used for this very call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Short id.
    pub short: String,
    /// Who granted it.
    pub issuers: Vec<Issuer>,
}

/// A challenge whose time ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Short id.
    pub short: String,
    /// The tool.
    pub tool_id: String,
}

/// What a server needs of a store of confirmations. SQLite is the one there is.
pub trait Confirmations: Send + Sync {
    /// The challenge for a call: the open one of the same bindings, or a new one. `written` runs before a new one is
    /// stored for good: if it fails, there is none.
    ///
    /// # Errors
    /// Too many of this run are open, `written` fails, or the store can't be used.
    fn challenge(
        &self,
        asked: &Asked,
        now: i64,
        written: impl FnOnce(&Issued) -> Result<(), Refusal>,
    ) -> Result<Issued, Trouble>;

    /// Uses a granted challenge for a call, once. All checks and the use are one transaction.
    ///
    /// # Errors
    /// The token is none, for another call, too late, used, or not granted by enough people who may; or the store can't
    /// be used.
    fn consume(&self, text: &str, asked: &Bindings, judge: &Judge, now: i64) -> Result<Used, Trouble>;

    /// Ends challenges whose time is over, tells them for the audit trail, and forgets what ended long ago.
    ///
    /// # Errors
    /// The store can't be used.
    fn sweep(&self, now: i64) -> Result<Vec<Ended>, Trouble>;
}

/// The store of one SQLite file.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) key: Key,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store of a server; file, folder and key are made where they are missing.
    ///
    /// # Errors
    /// Something else is in the way, others can read the key or write the folder, another version made the file, or
    /// the world fails.
    pub fn open(path: &Path, now: i64) -> Result<Store, Failure> {
        database::make(path)?;
        Store::of(path, signing_key::open(path, true)?, now)
    }

    /// Opens a store that is there: who grants must not make an empty one in the wrong place.
    ///
    /// # Errors
    /// There is none, or as [`Store::open`].
    pub fn open_existing(path: &Path, now: i64) -> Result<Store, Failure> {
        if path.symlink_metadata().is_err() {
            return Err(Failure::new(path.display().to_string(), "there are no confirmations here")
                .why("no server that was started so has asked for one")
                .hint("--root DIR or --store FILE, as the server was started with"));
        }
        Store::of(path, signing_key::open(path, false)?, now)
    }

    fn of(path: &Path, key: Key, now: i64) -> Result<Store, Failure> {
        let connection = database::open(path, &key, now)?;
        Ok(Store { path: path.to_owned(), key, connection: Mutex::new(connection) })
    }

    /// The key of the store, for keyed digests in audit records.
    pub fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in another thread leaves a transaction that was rolled back, nothing worse.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn failed(&self, error: &rusqlite::Error) -> Failure {
        failed(&self.path, error)
    }

    fn told(&self, error: &rusqlite::Error) -> Trouble {
        self.failed(error).into()
    }
}

impl Confirmations for Store {
    fn challenge(
        &self,
        asked: &Asked,
        now: i64,
        written: impl FnOnce(&Issued) -> Result<(), Refusal>,
    ) -> Result<Issued, Trouble> {
        let told = |e: rusqlite::Error| self.told(&e);
        let open_key = format!("{}{}", asked.bindings.key(), if asked.handle_only { "-handle" } else { "" });
        let mut connection = self.connection();
        let work = database::begin(&mut connection).map_err(told)?;
        match rows::open_of(&work, &self.key, &open_key).map_err(told)? {
            Some(Kept::Genuine(there))
                if there.status_at(now).is_open() && there.bindings == asked.bindings =>
            {
                return Ok(issued(&self.key, &there, true));
            }
            // Over, and not told yet: it gives up its place, and `sweep` tells it.
            Some(Kept::Genuine(over)) => {
                work.execute("UPDATE challenges SET open_key = NULL WHERE id = ?1", [over.id.as_str()])
                    .map_err(told)?;
            }
            // Put there by somebody else: it must not keep the call from being asked about.
            Some(Kept::Forged) => {
                work.execute("DELETE FROM challenges WHERE open_key = ?1", [&open_key]).map_err(told)?;
            }
            None => {}
        }
        let open: u32 = work
            .query_row(
                "SELECT count(*) FROM challenges WHERE run_id = ?1 AND expires_at > ?2 AND status IN ('pending', 'granted')",
                params![asked.shown.run_id, now],
                |row| row.get(0),
            )
            .map_err(told)?;
        if open >= MOST_OPEN {
            let message = format!("{MOST_OPEN} calls of this run wait for a person already");
            return Err(Refusal::new(ReasonCode::RateLimited, message).into());
        }
        let challenge = Challenge {
            id: Name::Own(Id::from_random(self.random()?)),
            status: Status::Pending,
            bindings: asked.bindings.clone(),
            shown: asked.shown.clone(),
            handle_only: asked.handle_only,
            created: now,
            expires: now + i64::from(asked.ttl.clamp(*TTL.start(), *TTL.end())) * 1000,
            reason: None,
        };
        let issued = issued(&self.key, &challenge, false);
        let typed = issued.code.as_deref().and_then(token::typed_code);
        let code_mac = typed.map(|typed| token::code_mac(&self.key, challenge.id.as_str(), &typed));
        rows::insert(&work, &self.key, &challenge, &open_key, code_mac.as_deref()).map_err(told)?;
        written(&issued)?;
        work.commit().map_err(told)?;
        Ok(issued)
    }

    fn consume(&self, text: &str, asked: &Bindings, judge: &Judge, now: i64) -> Result<Used, Trouble> {
        let told = |e: rusqlite::Error| self.told(&e);
        let presented = token::read(&self.key, text);
        let mut connection = self.connection();
        let work = database::begin(&mut connection).map_err(told)?;
        let row = match &presented {
            Some(presented) => rows::find(&work, &self.key, id_of(presented)).map_err(told)?,
            None => None,
        };
        if let Err(refusal) = check(&self.key, presented.as_ref(), row.as_ref(), asked, now) {
            return Err(refusal.into());
        }
        let Some(row) = row else { return Err(replayed().into()) };
        let grants = rows::grants(&work, &self.key, &row).map_err(told)?;
        let issuers = enough(judge, &row, &grants, now)?;
        if !rows::step(&work, row.id.as_str(), Status::Granted, Status::Used, now, None).map_err(told)? {
            return Err(replayed().into());
        }
        work.commit().map_err(told)?;
        Ok(Used { short: row.id.short(), issuers })
    }

    fn sweep(&self, now: i64) -> Result<Vec<Ended>, Trouble> {
        let told = |e: rusqlite::Error| self.told(&e);
        let mut connection = self.connection();
        let due: i64 = connection
            .query_row(
                "SELECT (SELECT count(*) FROM challenges WHERE status IN ('pending', 'granted') AND expires_at <= ?1)
                      + (SELECT count(*) FROM challenges WHERE ended_at < ?2)",
                [now, now - KEPT],
                |row| row.get(0),
            )
            .map_err(told)?;
        // Readers don't wait for writers: nearly always there is nothing to do.
        if due == 0 {
            return Ok(Vec::new());
        }
        let work = database::begin(&mut connection).map_err(told)?;
        let mut ended = Vec::new();
        for kept in rows::list(&work, &self.key, false).map_err(told)? {
            let Kept::Genuine(challenge) = kept else { continue };
            if challenge.expires <= now
                && rows::step(
                    &work,
                    challenge.id.as_str(),
                    challenge.status,
                    Status::Expired,
                    challenge.expires,
                    None,
                )
                .map_err(told)?
            {
                ended
                    .push(Ended { short: challenge.id.short(), tool_id: challenge.bindings.tool_id.clone() });
            }
        }
        // What is open and no challenge of ours would be looked at for ever.
        work.execute(
            "UPDATE challenges SET status = 'expired', ended_at = ?1 WHERE status IN ('pending', 'granted') AND expires_at <= ?1",
            [now],
        )
        .map_err(told)?;
        work.execute("DELETE FROM challenges WHERE ended_at < ?1", [now - KEPT]).map_err(told)?;
        work.commit().map_err(told)?;
        Ok(ended)
    }
}

impl Store {
    fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)
            .map_err(|e| Failure::new(self.path.display().to_string(), format!("no random bytes: {e}")))?;
        Ok(bytes)
    }
}

fn id_of(presented: &Presented) -> &str {
    match presented {
        Presented::Token(id, _) | Presented::Handle(id, _) => id.as_str(),
        Presented::Reference(token) => &token.text,
    }
}

fn issued(key: &Key, challenge: &Challenge, reused: bool) -> Issued {
    let code = match &challenge.id {
        Name::Own(id) if challenge.handle_only => Some(token::code(key, id)),
        _ => None,
    };
    Issued {
        token: carried(key, challenge),
        short: challenge.id.short(),
        code,
        expires: challenge.expires,
        reused,
        granted: challenge.status == Status::Granted,
    }
}

/// The text with which a challenge is named to its store.
pub(super) fn carried(key: &Key, challenge: &Challenge) -> String {
    match &challenge.id {
        Name::Own(id) if challenge.handle_only => token::handle(id, &challenge.mac(key)),
        Name::Own(id) => token::token(id, &challenge.mac(key)),
        Name::Reference(text) => text.clone(),
    }
}

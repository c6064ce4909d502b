//! Rows to challenges and grants. A row whose MAC does not hold was not written by a server or a person through cask:
//! it is none.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::enforce::challenge::{Bindings, Challenge, Name, Shown, Status};
use crate::enforce::grant::{Grant, mac};
use crate::enforce::token::{Id, Key, Presented, read, same};

/// A row that is one of ours, or what its id is if it is not.
pub enum Kept {
    /// A challenge.
    Genuine(Box<Challenge>),
    /// Somebody else put it there.
    Forged,
}

const COLUMNS: &str =
    "id, status, bindings, shown, handle_only, created_at, expires_at, reason, mac FROM challenges";

/// The challenge of an id.
pub fn find(connection: &Connection, key: &Key, id: &str) -> Result<Option<Challenge>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} WHERE id = ?1");
    let row = connection.prepare_cached(&sql)?.query_row([id], |row| kept(key, row)).optional()?;
    Ok(row.and_then(genuine))
}

/// The open challenge of bindings.
pub fn open_of(connection: &Connection, key: &Key, open_key: &str) -> Result<Option<Kept>, rusqlite::Error> {
    let sql = format!("SELECT {COLUMNS} WHERE open_key = ?1 AND status IN ('pending', 'granted')");
    connection.prepare_cached(&sql)?.query_row([open_key], |row| kept(key, row)).optional()
}

/// All challenges that are open or, with `all`, that are kept: the newest thousand, oldest first.
pub fn list(connection: &Connection, key: &Key, all: bool) -> Result<Vec<Kept>, rusqlite::Error> {
    let which = if all { "" } else { "WHERE status IN ('pending', 'granted')" };
    let sql = format!("SELECT {COLUMNS} {which} ORDER BY created_at DESC, id LIMIT 1000");
    let all: Result<Vec<Kept>, _> = connection.prepare(&sql)?.query_map([], |row| kept(key, row))?.collect();
    all.map(|mut all| {
        all.reverse();
        all
    })
}

/// The challenge that the operator's code belongs to.
pub fn of_code(
    connection: &Connection,
    key: &Key,
    typed: &str,
) -> Result<Option<Challenge>, rusqlite::Error> {
    let mut query = connection.prepare(
        "SELECT id, code_mac FROM challenges WHERE code_mac IS NOT NULL ORDER BY created_at DESC LIMIT 10000",
    )?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (id, stored) = row?;
        if crate::enforce::token::code_mac(key, &id, typed) == stored {
            return find(connection, key, &id);
        }
    }
    Ok(None)
}

/// Puts a challenge in.
pub fn insert(
    connection: &Connection,
    key: &Key,
    challenge: &Challenge,
    open_key: &str,
    code_mac: Option<&str>,
) -> Result<(), rusqlite::Error> {
    connection.execute(
        "INSERT INTO challenges(id, status, bindings, open_key, shown, run_id, handle_only, code_mac, mac, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            challenge.id.as_str(),
            challenge.status.word(),
            challenge.bindings.text(),
            open_key,
            challenge.shown.text(),
            challenge.shown.run_id,
            challenge.handle_only,
            code_mac,
            challenge.mac(key).to_vec(),
            challenge.created,
            challenge.expires,
        ],
    )?;
    Ok(())
}

/// Moves a challenge on, if it still stands where it stood. False if it does not.
pub fn step(
    connection: &Connection,
    id: &str,
    from: Status,
    to: Status,
    now: i64,
    reason: Option<&str>,
) -> Result<bool, rusqlite::Error> {
    let ended = (!to.is_open()).then_some(now);
    let changed = connection.execute(
        "UPDATE challenges SET status = ?3, ended_at = ?4, reason = coalesce(?5, reason) WHERE id = ?1 AND status = ?2",
        params![id, from.word(), to.word(), ended, reason],
    )?;
    Ok(changed == 1)
}

/// The grants of a challenge that were put in through cask.
pub fn grants(
    connection: &Connection,
    key: &Key,
    challenge: &Challenge,
) -> Result<Vec<Grant>, rusqlite::Error> {
    let mut query = connection.prepare_cached(
        "SELECT signer, key_id, signed_at, reason, signature, mac FROM grants WHERE challenge = ?1 ORDER BY signer LIMIT 32",
    )?;
    let rows = query.query_map([challenge.id.as_str()], |row| {
        let signed_at: String = row.get(2)?;
        let stored: String = row.get(5)?;
        let Ok(signed_at) = signed_at.parse() else { return Ok(None) };
        let grant = Grant {
            signer: row.get(0)?,
            key_id: row.get(1)?,
            signed_at,
            reason: row.get(3)?,
            signature: row.get(4)?,
        };
        Ok((mac(key, challenge, &grant) == stored).then_some(grant))
    })?;
    let all: Result<Vec<Option<Grant>>, _> = rows.collect();
    Ok(all?.into_iter().flatten().collect())
}

/// Puts a grant in; a second one by the same person replaces the first.
pub fn grant(
    connection: &Connection,
    key: &Key,
    challenge: &Challenge,
    grant: &Grant,
) -> Result<(), rusqlite::Error> {
    connection.execute(
        "INSERT OR REPLACE INTO grants(challenge, signer, key_id, signed_at, reason, signature, mac)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            challenge.id.as_str(),
            grant.signer,
            grant.key_id,
            grant.signed_at.to_string(),
            grant.reason,
            grant.signature,
            mac(key, challenge, grant),
        ],
    )?;
    Ok(())
}

fn genuine(kept: Kept) -> Option<Challenge> {
    match kept {
        Kept::Genuine(challenge) => Some(*challenge),
        Kept::Forged => None,
    }
}

fn kept(key: &Key, row: &Row) -> Result<Kept, rusqlite::Error> {
    let mac: Vec<u8> = row.get(8)?;
    let read = || -> Result<Option<Challenge>, rusqlite::Error> {
        let id: String = row.get(0)?;
        let (status, bindings): (String, String) = (row.get(1)?, row.get(2)?);
        let shown: String = row.get(3)?;
        let parts = (name(key, &id), Status::parse(&status), Bindings::read(&bindings), Shown::read(&shown));
        let (Some(id), Some(status), Some(bindings), Some(shown)) = parts else { return Ok(None) };
        Ok(Some(Challenge {
            id,
            status,
            bindings,
            shown,
            handle_only: row.get(4)?,
            created: row.get(5)?,
            expires: row.get(6)?,
            reason: row.get(7)?,
        }))
    };
    Ok(match read()? {
        Some(challenge) if same(&mac, &challenge.mac(key)) && mac.len() == 32 => {
            Kept::Genuine(Box::new(challenge))
        }
        _ => Kept::Forged,
    })
}

/// The name that an id in a row is.
fn name(key: &Key, id: &str) -> Option<Name> {
    match Id::parse(id) {
        Some(id) => Some(Name::Own(id)),
        None => match read(key, id) {
            Some(Presented::Reference(_)) => Some(Name::Reference(id.to_owned())),
            _ => None,
        },
    }
}

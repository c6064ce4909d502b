//! Budgets that outlive a process and hold over all of them: counts per second in the file of confirmations, charged
//! all or none in one transaction.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, params};

use super::confirmations::Trouble;
use super::confirmations::trouble::failed;
use super::confirmations::{database, signing_key};
use super::failure::Failure;
use crate::enforce::budget::{Counted, HOUR, Limit, MINUTE, fits, window};

/// The counts of one file.
#[derive(Debug)]
pub struct Spending {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Spending {
    /// Opens the counts beside the confirmations; made where they are missing.
    ///
    /// # Errors
    /// As [`super::confirmations::Store::open`].
    pub fn open(path: &Path, now: i64) -> Result<Spending, Failure> {
        database::make(path)?;
        let key = signing_key::open(path, true)?;
        let connection = database::open(path, &key, now)?;
        // A count that a power cut takes back lets a few calls more through; waiting for the disk at each would be dearer.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(|e| failed(path, &e))?;
        Ok(Spending { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Charges one call to all limits, or to none. Gives how many more calls fit, the least of all; none where nothing
    /// is limited.
    ///
    /// # Errors
    /// A limit is used up (`denied_rate_limited`), or the counts can't be read or written.
    pub fn charge(&self, limits: &[Limit], now: i64) -> Result<Option<u64>, Trouble> {
        if limits.is_empty() {
            return Ok(None);
        }
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let work = database::begin(&mut connection).map_err(|e| failed(&self.path, &e))?;
        self.charged(work, limits, now)
    }

    /// The same without a wait. None where somebody else charges just now: nothing is charged then.
    pub fn charge_at_once(&self, limits: &[Limit], now: i64) -> Option<Result<Option<u64>, Trouble>> {
        if limits.is_empty() {
            return Some(Ok(None));
        }
        let mut connection = self.connection.try_lock().ok()?;
        let begun = database::begin_at_once(&mut connection).transpose()?;
        Some(
            begun.map_err(|e| failed(&self.path, &e).into()).and_then(|work| self.charged(work, limits, now)),
        )
    }

    /// Charges within a transaction that was begun.
    fn charged(&self, work: Transaction, limits: &[Limit], now: i64) -> Result<Option<u64>, Trouble> {
        let told = |e: rusqlite::Error| Trouble::from(failed(&self.path, &e));
        let left = judged(&work, limits, now, &told)?;
        let second = now.div_euclid(1000);
        for limit in limits {
            work.prepare_cached(
                "INSERT INTO spending(scope, second, calls) VALUES (?1, ?2, 1)
                 ON CONFLICT(scope, second) DO UPDATE SET calls = calls + 1",
            )
            .and_then(|mut insert| insert.execute(params![limit.scope, second]))
            .map_err(told)?;
        }
        // What no window can hold any more, and what a clock wrote that was far ahead.
        let kept = window(now, HOUR);
        work.prepare_cached("DELETE FROM spending WHERE second < ?1 OR second >= ?2")
            .and_then(|mut delete| delete.execute([kept.start, kept.end]))
            .map_err(told)?;
        work.commit().map_err(told)?;
        Ok(left)
    }

    /// What [`Spending::charge`] would say, without charging: for dry runs.
    ///
    /// # Errors
    /// As [`Spending::charge`].
    pub fn peek(&self, limits: &[Limit], now: i64) -> Result<Option<u64>, Trouble> {
        let told = |e: rusqlite::Error| Trouble::from(failed(&self.path, &e));
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        judged(&connection, limits, now, &told)
    }
}

fn judged(
    connection: &Connection,
    limits: &[Limit],
    now: i64,
    told: &impl Fn(rusqlite::Error) -> Trouble,
) -> Result<Option<u64>, Trouble> {
    let (minute, hour) = (window(now, MINUTE), window(now, HOUR));
    let mut query = connection
        .prepare_cached(
            "SELECT coalesce(sum(CASE WHEN second >= ?2 THEN calls END), 0), coalesce(sum(calls), 0)
             FROM spending WHERE scope = ?1 AND second >= ?3 AND second < ?4",
        )
        .map_err(told)?;
    let mut least: Option<u64> = None;
    for limit in limits {
        let counted = query
            .query_row(params![limit.scope, minute.start, hour.start, hour.end], |row| {
                Ok(Counted { minute: row.get::<_, u32>(0)?.into(), hour: row.get::<_, u32>(1)?.into() })
            })
            .map_err(told)?;
        if let Some(left) = fits(limit, counted)? {
            least = Some(least.map_or(left, |least| least.min(left)));
        }
    }
    Ok(least)
}

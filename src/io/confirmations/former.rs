//! What is taken over from a file that the reference system made: its challenges that are still open. They show next
//! to nothing and nobody signed their grants; so they count as critical, and those grants only where a server takes
//! unsigned ones.

use rusqlite::Transaction;

use super::rows;
use crate::canon::time::Timestamp;
use crate::enforce::challenge::{Bindings, Challenge, Name, Shown, Status};
use crate::enforce::grant::Grant;
use crate::enforce::token::{Key, Presented, read};

/// Takes over open challenges whose token holds; the old table stays under another name.
pub fn take_over(work: &Transaction, key: &Key, now: i64) -> Result<(), rusqlite::Error> {
    let mut open = Vec::new();
    {
        let mut query = work.prepare(
            "SELECT token_id, status, created_at, expires_at FROM confirmations WHERE status IN ('pending', 'granted')",
        )?;
        let rows = query.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, f64>(2)?,
                row.get::<_, f64>(3)?,
            ))
        })?;
        for row in rows {
            open.push(row?);
        }
    }
    for (text, status, created, expires) in open {
        let Some(Presented::Reference(token)) = read(key, &text) else { continue };
        // The earlier of what the token and the row say.
        let expires = ((expires * 1000.0) as i64).min(token.expires_at.saturating_mul(1000));
        let challenge = Challenge {
            status: if status == "granted" { Status::Granted } else { Status::Pending },
            bindings: Bindings::of_reference(&token),
            shown: Shown::of_reference(&token),
            handle_only: false,
            created: (created * 1000.0) as i64,
            expires,
            reason: None,
            id: Name::Reference(text.clone()),
        };
        if challenge.expires <= now {
            continue;
        }
        rows::insert(work, key, &challenge, &text, None)?;
        if challenge.status == Status::Granted {
            let by = Grant {
                signer: "unknown".to_owned(),
                key_id: String::new(),
                signed_at: Timestamp::from_seconds(now.div_euclid(1000)).unwrap_or(Timestamp::MIN),
                reason: "granted in the reference system".to_owned(),
                signature: None,
            };
            rows::grant(work, key, &challenge, &by)?;
        }
    }
    work.execute_batch("ALTER TABLE confirmations RENAME TO confirmations_v1")
}

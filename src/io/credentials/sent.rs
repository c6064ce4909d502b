//! A call with the credential of its server: sent, and sent once more where the server did not take it and there is
//! another.

use super::credential::Credential;
use super::provider::TokenProvider;
use crate::enforce::reason::Refusal;
use crate::io::net::guarded::{Guarded, Vetted};
use crate::io::net::outgoing::{Answer, Outgoing};

/// What a server says to a credential that it does not take.
const UNAUTHORIZED: u16 = 401;

/// An answer, and by which credential.
#[derive(Debug, Clone)]
pub struct Credited {
    /// The answer.
    pub answer: Answer,
    /// The credential that was shown, if one was.
    pub credential: Option<Credential>,
}

/// Sends a request for a tool, to where it was vetted for, with the credential that was got for it: it is got before, so
/// that a call which can't be credited is neither written down nor counted as sent.
///
/// Whoever was not let in has changed nothing, so a request may be sent again then, whatever it does.
///
/// # Errors
/// As [`Guarded::send`], or the second credential can't be had.
pub async fn send(
    client: &Guarded,
    outgoing: &Outgoing,
    vetted: Vetted,
    first: Option<Credential>,
    credentials: &dyn TokenProvider,
    tool: &str,
) -> Result<Credited, Refusal> {
    // One deadline for all of it: a token that has to be got and a second try take from the same time.
    let work = both(client, outgoing, vetted, first, credentials, tool);
    tokio::time::timeout(client.rules().total, work).await.unwrap_or_else(|_| Err(client.too_late(outgoing)))
}

async fn both(
    client: &Guarded,
    outgoing: &Outgoing,
    vetted: Vetted,
    first: Option<Credential>,
    credentials: &dyn TokenProvider,
    tool: &str,
) -> Result<Credited, Refusal> {
    let again = vetted.clone();
    let answer = client.send(outgoing, vetted, first.as_ref()).await?;
    // After a redirect it was perhaps another server that said so.
    let refused = answer.status == UNAUTHORIZED && answer.redirects.is_empty();
    let Some(stale) = first.as_ref().filter(|_| refused) else {
        return Ok(Credited { answer, credential: first });
    };
    if !credentials.refresh(stale, tool).await {
        return Ok(Credited { answer, credential: first });
    }
    let fresh = credentials.get(again.origin(), tool).await?;
    let answer = client.send(outgoing, again, fresh.as_ref()).await?;
    Ok(Credited { answer, credential: fresh })
}

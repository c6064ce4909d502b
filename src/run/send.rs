//! A call that goes to the server of an API: sent, and its answer as agents get it.

use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::invoke::{Came, given_up};
use super::judge::{Api, Judged};
use super::served::Served;
use crate::canon::digest::sha256_hex;
use crate::enforce::audit::record::Outcome;
use crate::enforce::envelope::{self, Reply};
use crate::enforce::reason::{Refusal, Sent};
use crate::enforce::shape::{self, Shaping};
use crate::io::credentials::credential::Credential;
use crate::io::credentials::sent::{Credited, send};
use crate::io::net::guarded::Vetted;
use crate::io::net::outgoing::{Answer, Outgoing};

/// Bytes of an answer that is made ready in less time than another thread takes to go on with other calls.
const SMALL: usize = 16 << 10;

impl Served {
    /// Sends a request that is written down.
    pub(super) async fn send(
        &self,
        judged: &Judged,
        api: &Api,
        vetted: Vetted,
        credential: Option<Credential>,
        stop: &CancellationToken,
    ) -> Result<Came, Refusal> {
        let name = &judged.tool().name;
        let outgoing = outgoing(judged, api);
        let sent = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(given_up()),
            sent = send(&judged.ready.net, &outgoing, vetted, credential, &*self.credentials, name) => sent,
        };
        let Credited { answer, credential } = sent?;
        let shape = || self.shaped(judged, &answer, credential.as_ref());
        let shaped = if answer.body.len() > SMALL { apart(shape) } else { shape() };
        let reply = shaped.unwrap_or_else(|refusal| envelope::denied(name, &refusal.after(Sent::Yes)));
        let outcome = Outcome {
            status: Some(answer.status),
            bytes: Some(answer.body.len() as u64),
            content_type: Some(answer.content_type),
            latency_ms: Some(answer.millis),
            redirects: answer.redirects,
            response_sha256: Some(sha256_hex(&answer.body)),
            ..Outcome::default()
        };
        Ok(Came { reply, outcome })
    }

    /// An answer as agents get it.
    fn shaped(
        &self,
        judged: &Judged,
        answer: &Answer,
        credential: Option<&Credential>,
    ) -> Result<Reply, Refusal> {
        let redactor = &judged.ready.redactor;
        // Some servers repeat what they were shown.
        let hiding = credential.map(|credential| credential.hidden_by(redactor.clone()));
        let answer = shape::Answer {
            status: answer.status,
            content_type: (!answer.content_type.is_empty()).then_some(answer.content_type.as_str()),
            bytes: &answer.body,
        };
        let how = Shaping {
            action: &judged.tool().name,
            output: judged.ready.output(judged.tool()),
            redactor: hiding.as_ref().unwrap_or(redactor),
            fields: &judged.weighed.redactions,
            cap: self.how.most_bytes,
        };
        shape::reply(&answer, &how)
    }
}

/// The request as it is sent.
fn outgoing(judged: &Judged, api: &Api) -> Outgoing {
    let Api { request, url, .. } = api;
    Outgoing {
        method: request.method.clone(),
        url: url.clone(),
        headers: request.all_headers(),
        body: request.body.as_ref().map(|body| body.bytes.clone()),
        changes_state: judged.weighed.changes_state,
        confirmed: judged.weighed.confirm.is_some(),
    }
}

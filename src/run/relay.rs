//! A call that goes to an MCP server: asked under its own name of the tool, answered within the same bounds as any other.

use std::time::Instant;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::invoke::{Came, given_up};
use super::judge::Judged;
use super::served::Served;
use super::servers::Upstream;
use crate::canon::digest::sha256_hex;
use crate::canon::json::compact;
use crate::enforce::audit::record::Outcome;
use crate::enforce::reason::{ReasonCode, Refusal, Sent};
use crate::enforce::relayed;
use crate::enforce::shape::Shaping;
use crate::io::failure::Failure;
use crate::io::mcp::peer::Lost;

impl Served {
    /// Makes a call that is written down.
    pub(super) async fn relay(
        &self,
        judged: &Judged,
        server: &Upstream,
        tool: &str,
        stop: &CancellationToken,
    ) -> Result<Came, Refusal> {
        let Value::Object(params) = json!({"name": tool, "arguments": judged.arguments.values}) else {
            return Err(Refusal::new(ReasonCode::Internal, "the arguments are none"));
        };
        let began = Instant::now();
        let answer = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(given_up()),
            answer = server.peer.ask_among("tools/call", params, self.how.total) => answer,
        };
        let answer = answer.map_err(|lost| self.lost(server, lost))?;
        let latency_ms = Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        Ok(apart(|| {
            let redactor = judged.ready.redactor.clone().hiding(server.given.iter().map(String::as_str));
            let how = Shaping {
                action: &judged.tool().name,
                output: judged.ready.output(judged.tool()),
                redactor: &redactor,
                fields: &judged.weighed.redactions,
                cap: self.how.most_bytes,
            };
            let (reply, told) = match &answer {
                Ok(result) => (relayed::reply(result, &how), compact(result)),
                Err(refused) => {
                    (relayed::refused(refused.code, &refused.message, &how), refused.message.clone())
                }
            };
            let outcome = Outcome {
                bytes: Some(told.len() as u64),
                latency_ms,
                response_sha256: Some(sha256_hex(told.as_bytes())),
                ..Outcome::default()
            };
            Came { reply, outcome }
        }))
    }

    /// Why there is no answer, for the agent; whoever runs the server is told what the server left behind.
    fn lost(&self, server: &Upstream, lost: Lost) -> Refusal {
        let unreachable = |failure: &Failure, message: &str| {
            self.trail.tell(&server.line(failure));
            Refusal::new(ReasonCode::UpstreamUnreachable, message)
        };
        match lost {
            Lost::Late => {
                Refusal::new(ReasonCode::Timeout, "the server did not answer in time").after(Sent::Perhaps)
            }
            Lost::Unsent(failure) => unreachable(&failure, "the server of the tool can't be asked"),
            Lost::Gone(failure) => {
                unreachable(&failure, "the server ended before it answered").after(Sent::Perhaps)
            }
        }
    }
}

//! The places of a page in which tools are declared without a call that could be watched: members, tags, and a manifest,
//! which the page's own origin is asked for.

use serde_json::{Value, json};

use super::page;
use super::steer::Steer;
use crate::capture::browser::Party;
use crate::capture::browser::declared::{self, MANIFEST, WELL_KNOWN};
use crate::capture::browser::wire::text_of;

/// Fetches an address that it is given, up to so many characters. Redirects to other origins end it (CORS).
const FETCH: &str = "async (address, most) => {
  const answer = await fetch(address, { credentials: 'same-origin' });
  const { url, status } = answer;
  if (!answer.ok || !answer.body) return { url, status, text: null };
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { url, status, text };
    text += value;
    if (text.length > most) return { url, status, text: null };
  }
}";
/// The origin of a page.
const ORIGIN: &str = "() => location.origin";

/// Looks into every window that is there; gives what could not be looked at.
pub async fn look(steer: &Steer<'_>, party: &Party) -> Vec<String> {
    let mut failed = Vec::new();
    let pages = steer.windows.borrow().pages();
    for (session, window) in pages {
        let at = (session.as_str(), &window);
        let origin = match page::call(&steer.client, at, ORIGIN, &[]).await {
            Ok(Value::String(origin)) => origin,
            Ok(_) => continue,
            Err(failure) => {
                failed.push(failure.message);
                continue;
            }
        };
        if !party.has_address(&origin) {
            continue;
        }
        let manifest = match page::evaluate(&steer.client, &session, &declared::look()).await {
            Ok(answer) => {
                let answer = answer.as_str().unwrap_or_default().to_owned();
                let found = steer.windows.borrow_mut().declared.found(&origin, &answer);
                found.unwrap_or_else(|why| {
                    failed.push(format!("{origin}: {why}"));
                    None
                })
            }
            Err(failure) => {
                failed.push(failure.message);
                None
            }
        };
        let silent = steer.windows.borrow().declared.is_silent(&origin);
        let well_known = silent.then(|| format!("{origin}{WELL_KNOWN}"));
        let named = manifest.is_some();
        let Some(address) = manifest.or(well_known) else { continue };
        if !party.has_address(&address) {
            failed.push(format!("the manifest lies on another host: {address}"));
            continue;
        }
        let given = [json!(address), json!(MANIFEST)];
        match page::call(&steer.client, at, FETCH, &given).await {
            Ok(answer) => match text_of(&answer, "text") {
                Some(text) if text_of(&answer, "url").is_some_and(|url| party.has_address(url)) => {
                    steer.windows.borrow_mut().declared.manifest(&origin, text);
                }
                // A page that names no manifest need not have one.
                _ if !named && is_absent(&answer) => {}
                _ => failed.push(format!("no manifest that can be read at {address}")),
            },
            Err(failure) => failed.push(format!("{address}: {}", failure.message)),
        }
    }
    failed
}

/// Whether the answer says that there is nothing at an address. That somebody may not see it says something else.
fn is_absent(answer: &Value) -> bool {
    matches!(answer.get("status").and_then(Value::as_u64), Some(404 | 410))
}

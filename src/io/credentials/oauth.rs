//! OAuth 2: a token for a server, got from a token endpoint with client credentials or a refresh token (RFC 6749 §4.4,
//! §6), kept until shortly before it runs out, and got by one request however many calls wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use tokio::sync::{Mutex, OwnedMutexGuard};
use zeroize::Zeroizing;

use super::credential::{Credential, value_of};
use super::provider::{Later, TokenProvider};
use super::token_answer::{self, Granted};
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::net::guarded::Guarded;
use crate::io::net::outgoing::Outgoing;
use crate::io::net::unfit::Unfit;

/// How long before it runs out a token is no longer used: calls are under way for so long.
const MARGIN: Duration = Duration::from_secs(30);
/// A token that replaced one that was refused, and is refused as well, is not replaced again sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// In a header.
    Basic,
    /// In the form.
    Post,
}

/// What a token is got with.
pub struct Grant {
    /// The token endpoint.
    pub url: Url,
    /// Who asks.
    pub client_id: Zeroizing<String>,
    /// What proves it; a public client has none.
    pub client_secret: Option<Zeroizing<String>>,
    /// What was granted before; without one, the client asks for itself.
    pub refresh_token: Option<Zeroizing<String>>,
    /// What is asked for.
    pub scope: Option<String>,
    /// How the client shows who it is.
    pub client_auth: ClientAuth,
}

/// The source of tokens for one server.
pub struct OAuth(Arc<Source>);

struct Source {
    name: String,
    origin: Origin,
    grant: Grant,
    client: Guarded,
    state: Arc<Mutex<State>>,
    /// How many requests have ended. Whoever waited while one ended takes what it brought.
    ended: AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<Held>,
    refresh_token: Option<Zeroizing<String>>,
    /// Why the last request brought nothing.
    failed: Option<Refusal>,
    serial: u64,
}

struct Held {
    credential: Credential,
    until: Instant,
    since: Instant,
    /// Whether it was got because the one before was refused.
    replaced: bool,
}

impl OAuth {
    /// A source. `client` may reach the token endpoint and nothing else. Nothing is asked yet.
    ///
    /// # Errors
    /// A part of the grant that can't be sent.
    pub fn new(name: &str, origin: Origin, grant: Grant, client: Guarded) -> Result<OAuth, Unfit> {
        value_of(&format!("{name}: the client's id"), &grant.client_id)?;
        for secret in [&grant.client_secret, &grant.refresh_token].into_iter().flatten() {
            value_of(&format!("{name}: a secret"), secret)?;
        }
        let state = State { refresh_token: grant.refresh_token.clone(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let name = name.to_owned();
        Ok(OAuth(Arc::new(Source { name, origin, grant, client, state, ended: AtomicU64::new(0) })))
    }
}

impl Source {
    async fn current(self: &Arc<Self>) -> Result<Credential, Refusal> {
        let before = self.ended.load(Ordering::Acquire);
        let state = Arc::clone(&self.state).lock_owned().await;
        if let Some(held) = state.token.as_ref().filter(|held| Instant::now() < held.until) {
            return Ok(held.credential.clone());
        }
        // A request ended while we waited: what it brought is as new as what one more would bring.
        if self.ended.load(Ordering::Acquire) != before {
            if let Some(failed) = &state.failed {
                return Err(failed.clone());
            }
            if let Some(held) = &state.token {
                return Ok(held.credential.clone());
            }
        }
        self.renew(state, false).await
    }

    async fn renewed(self: &Arc<Self>, stale: &Credential) -> bool {
        let before = self.ended.load(Ordering::Acquire);
        let state = Arc::clone(&self.state).lock_owned().await;
        if state.failed.is_some() && self.ended.load(Ordering::Acquire) != before {
            return false;
        }
        let now = Instant::now();
        match &state.token {
            // Somebody got another meanwhile.
            Some(held) if held.credential.serial() != stale.serial() => true,
            // A fresh one was refused as well: it is not for want of freshness.
            Some(held) if held.replaced && now.duration_since(held.since) < PATIENCE => false,
            _ => self.renew(state, true).await.is_ok(),
        }
    }

    /// One request, which whoever holds the state sends. It ends by itself when the call is given up that needs it: once
    /// it is on its way, the refresh token that it shows may be void, and the one that comes the only one that is good.
    async fn renew(
        self: &Arc<Self>,
        mut state: OwnedMutexGuard<State>,
        replaced: bool,
    ) -> Result<Credential, Refusal> {
        let source = Arc::clone(self);
        let renewing = tokio::spawn(async move {
            state.token = None;
            let asked = source.ask(state.refresh_token.as_deref().map(String::as_str)).await;
            source.ended.fetch_add(1, Ordering::AcqRel);
            let result = asked.and_then(|granted| source.hold(&mut state, granted, replaced));
            state.failed = result.as_ref().err().cloned();
            result
        });
        // It fails only where everything ends.
        renewing.await.unwrap_or_else(|_| Err(self.refused("could not be waited for")))
    }

    fn hold(&self, state: &mut State, granted: Granted, replaced: bool) -> Result<Credential, Refusal> {
        let value = Zeroizing::new(format!("Bearer {}", granted.access_token.as_str()));
        let credential = Credential::new(&self.name, self.origin.clone(), "Authorization", &value)
            .map_err(|_| self.refused("answered with a token that no header takes"))?;
        state.serial += 1;
        let credential = credential.numbered(state.serial);
        // Some give a new one each time, and the old one is void then.
        if let Some(next) = granted.refresh_token {
            state.refresh_token = Some(next);
        }
        let since = Instant::now();
        let until = since + granted.lasts.saturating_sub(MARGIN.min(granted.lasts / 2));
        state.token = Some(Held { credential: credential.clone(), until, since, replaced });
        Ok(credential)
    }

    async fn ask(&self, refresh_token: Option<&str>) -> Result<Granted, Refusal> {
        let Grant { url, client_id, client_secret, scope, client_auth, .. } = &self.grant;
        let mut fields = match refresh_token {
            Some(token) => vec![("grant_type", "refresh_token"), ("refresh_token", token)],
            None => vec![("grant_type", "client_credentials")],
        };
        if let Some(scope) = scope {
            fields.push(("scope", scope));
        }
        let mut shown = None;
        match client_secret {
            Some(secret) if *client_auth == ClientAuth::Basic => {
                let pair = Zeroizing::new(format!(
                    "{}:{}",
                    form_value(client_id).as_str(),
                    form_value(secret).as_str()
                ));
                let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
                let origin = Origin::of(url)?;
                let credential = Credential::new(&self.name, origin, "Authorization", &value);
                shown = Some(credential.map_err(|_| self.refused("can't be shown who asks"))?);
            }
            Some(secret) => {
                fields.extend([("client_id", client_id.as_str()), ("client_secret", secret.as_str())])
            }
            None => fields.push(("client_id", client_id.as_str())),
        }
        let outgoing = Outgoing {
            method: "POST".into(),
            url: url.clone(),
            headers: vec![
                ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
                ("Accept".into(), "application/json".into()),
            ],
            body: Some(form(&fields).as_bytes().to_vec()),
            changes_state: true,
            confirmed: false,
        };
        let lost = |refusal: Refusal| {
            Refusal::new(refusal.code, format!("no token for {}: {}", self.origin, refusal.message))
        };
        let vetted = self.client.vet(url).await.map_err(lost)?;
        let answer = self.client.send(&outgoing, vetted, shown.as_ref()).await.map_err(lost)?;
        token_answer::read(answer.status, Zeroizing::new(answer.body)).map_err(|why| self.refused(&why))
    }

    fn refused(&self, what: &str) -> Refusal {
        let message = format!("no token for {}: the token endpoint {what}", self.origin);
        Refusal::new(ReasonCode::UpstreamUnreachable, message)
    }
}

impl TokenProvider for OAuth {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn get<'a>(&'a self, origin: &'a Origin, _: &'a str) -> Later<'a, Result<Option<Credential>, Refusal>> {
        Box::pin(async move {
            match *origin == self.0.origin {
                true => self.0.current().await.map(Some),
                false => Ok(None),
            }
        })
    }

    fn refresh<'a>(&'a self, stale: &'a Credential, _: &'a str) -> Later<'a, bool> {
        Box::pin(self.0.renewed(stale))
    }
}

/// Fields as forms are sent.
fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(&form_value(value));
    }
    text
}

/// A value as it stands in a form, and, by RFC 6749 §2.3.1, in the header of a client.
fn form_value(value: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.extend([
                    '%',
                    char::from(HEX[usize::from(byte >> 4)]),
                    char::from(HEX[usize::from(byte & 15)]),
                ]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_forms_are() {
        let fields = [("grant_type", "client_credentials"), ("client_secret", "a b&c=d+é%\u{1}*-._")];
        let expected = "grant_type=client_credentials&client_secret=a+b%26c%3Dd%2B%C3%A9%25%01*-._";
        assert_eq!(form(&fields).as_str(), expected);
    }
}

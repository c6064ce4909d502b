//! A server at an address, as every way to speak with it has it: asked through the guard of addresses, with the credential
//! that is for it, and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::wire::MESSAGE;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::Refusal;
use crate::io::credentials::credential::Credential;
use crate::io::credentials::provider::TokenProvider;
use crate::io::failure::Failure;
use crate::io::net::guarded::Guarded;
use crate::io::net::outgoing::{Answer, Outgoing, Rules};
use crate::io::net::stream::Stream;

/// The tool that a credential is got for: the server's are behind one address, and it is for that.
const ANY_TOOL: &str = "";
/// Bytes, and time, of what a server says to what it is told, beside its status: it is read to keep the connection.
const ASIDE: usize = 16 << 10;
const ASIDE_WITHIN: Duration = Duration::from_secs(1);

/// A server, and what is held to on the way to it.
#[derive(Clone)]
pub struct Reach {
    /// Its address.
    pub url: Url,
    /// The rules; which servers may be asked is not theirs to say: the one at the address, and no redirect.
    pub rules: Rules,
    /// Who we are to it.
    pub credentials: Arc<dyn TokenProvider>,
    /// Headers that it wants with every message, beside those of the protocol.
    pub headers: Vec<(String, String)>,
}

/// A server that can be asked.
pub(super) struct Site {
    /// How it is called in messages.
    pub(super) name: String,
    /// Its address.
    pub(super) url: Url,
    /// What of the address says which server it is.
    pub(super) origin: Origin,
    net: Guarded,
    credentials: Arc<dyn TokenProvider>,
    headers: Vec<(String, String)>,
}

impl Site {
    /// Gets ready to ask. Nothing is sent yet.
    ///
    /// # Errors
    /// An address that is none, or certificates or a proxy that can't be used.
    pub(super) fn of(reach: Reach) -> Result<Site, Failure> {
        let Reach { url, rules, credentials, headers } = reach;
        let name = url.to_string();
        let unfit = |why: String| Failure::new(name.clone(), "the server can't be reached").why(why);
        let origin = Origin::of(&url).map_err(|refusal| unfit(refusal.message))?;
        let allowed = Allowed::only([origin.clone()]);
        let rules = Rules { allowed, redirects: false, most_bytes: MESSAGE, ..rules };
        let net = Guarded::new(rules).map_err(|why| unfit(why.to_string()))?;
        Ok(Site { name, url, origin, net, credentials, headers })
    }

    /// A request to an address of this server. `calls`: whether it calls a tool.
    pub(super) fn request(
        &self,
        (method, url): (&str, &Url),
        mut headers: Vec<(String, String)>,
        body: Option<Vec<u8>>,
        calls: bool,
    ) -> Outgoing {
        headers.extend(self.headers.iter().cloned());
        let (method, url) = (method.to_owned(), url.clone());
        Outgoing { method, url, headers, body, changes_state: calls, confirmed: calls }
    }

    /// What the server is shown.
    ///
    /// # Errors
    /// There is something for it, and it can't be got.
    pub(super) async fn credential(&self) -> Result<Option<Credential>, Refusal> {
        self.credentials.get(&self.origin, ANY_TOOL).await
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// Nothing was sent, or no answer came that is handed on.
    pub(super) async fn ask(&self, outgoing: &Outgoing) -> Result<Answer, Refusal> {
        let vetted = self.net.vet(&outgoing.url).await?;
        let credential = self.credential().await?;
        self.net.send(outgoing, vetted, credential.as_ref()).await
    }

    /// Tells the server something that is not answered here: the status that it is taken with. What else comes with that
    /// nobody asked for, whatever it is.
    ///
    /// # Errors
    /// Nothing was sent, or nobody took it.
    pub(super) async fn tell(
        &self,
        outgoing: &Outgoing,
        credential: Option<&Credential>,
    ) -> Result<u16, Refusal> {
        let mut answer = self.open(outgoing, credential).await?;
        let status = answer.status();
        let _ = tokio::time::timeout(ASIDE_WITHIN, async {
            let mut read = 0;
            while let Ok(Some(piece)) = answer.piece().await
                && read < ASIDE
            {
                read += piece.len();
            }
        })
        .await;
        Ok(status)
    }

    /// Asks, and waits for the head of the answer alone.
    ///
    /// # Errors
    /// Nothing was sent, or no answer began that is handed on.
    pub(super) async fn open(
        &self,
        outgoing: &Outgoing,
        credential: Option<&Credential>,
    ) -> Result<Stream, Refusal> {
        let vetted = self.net.vet(&outgoing.url).await?;
        self.net.open(outgoing, &vetted, credential).await
    }
}

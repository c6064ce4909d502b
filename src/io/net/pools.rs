//! Connections that are kept: one client for each server and the addresses that were judged for it. A call goes over
//! a connection that stands only if this very call would have been allowed to open it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use rustls::ClientConfig;

use super::lookup::{Judged, Lookup};
use super::unfit::Unfit;
use crate::enforce::guard::origin::Origin;

/// How long a connection is kept that nobody uses.
pub(super) const IDLE: Duration = Duration::from_secs(30);
/// How many of them for one server.
const IDLE_EACH: usize = 8;
/// Most clients that are kept: names whose addresses change with each question would make ever more.
const MOST: usize = 64;

/// A server, and the addresses that were judged for it, in order.
type Key = (Origin, Vec<IpAddr>);

/// The clients.
pub(super) struct Pools {
    tls: ClientConfig,
    connect: Duration,
    proxy: Option<Url>,
    lookup: Arc<dyn Lookup>,
    /// The one used last stands last.
    kept: Mutex<Vec<(Key, reqwest::Client)>>,
}

impl Pools {
    /// No clients yet.
    pub(super) fn new(
        tls: ClientConfig,
        connect: Duration,
        proxy: Option<Url>,
        lookup: Arc<dyn Lookup>,
    ) -> Pools {
        Pools { tls, connect, proxy, lookup, kept: Mutex::default() }
    }

    /// Whether a proxy carries the requests.
    pub(super) fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    /// The client for a server at these addresses, which are in order.
    ///
    /// # Errors
    /// It can't be made.
    pub(super) fn client(&self, origin: &Origin, addresses: &[IpAddr]) -> Result<reqwest::Client, Unfit> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|((server, judged), _)| server == origin && judged == addresses);
        let entry = match at {
            Some(at) => kept.remove(at),
            None => ((origin.clone(), addresses.to_vec()), self.make(origin, addresses)?),
        };
        if kept.len() >= MOST {
            kept.remove(0);
        }
        let client = entry.1.clone();
        kept.push(entry);
        Ok(client)
    }

    fn make(&self, origin: &Origin, addresses: &[IpAddr]) -> Result<reqwest::Client, Unfit> {
        let bad = |what: &str| Unfit::means(format!("{what} can't be used"), "see what --proxy says");
        let proxy = self.proxy.as_ref();
        let host = proxy.and_then(Url::host_str).map(|host| host.trim_end_matches('.').to_owned());
        let judged = Judged {
            name: origin.host.clone(),
            addresses: addresses.to_vec(),
            proxy: host.map(|host| (host, Arc::clone(&self.lookup))),
        };
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .dns_resolver(Arc::new(judged))
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_EACH)
            // Neither HTTP_PROXY nor what the system has set.
            .no_proxy();
        if let Some(proxy) = proxy {
            let carrier = reqwest::Proxy::all(proxy.clone()).map_err(|_| bad("the proxy"))?;
            client = client.proxy(carrier);
        }
        client.build().map_err(|_| bad("the network"))
    }
}

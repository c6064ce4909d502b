//! The client under every request: no redirect, no second try and no proxy but as we say.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::address::is_loopback;
use super::names::Names;
use super::roots;
use super::unfit::Unfit;
use super::way::Way;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// A client for requests to these servers; each may take as long as `patience`.
///
/// # Errors
/// Certificates or a proxy that can't be used.
pub fn client(way: &Way, servers: &[Url], patience: Duration) -> Result<reqwest::Client, Unfit> {
    let tls = roots::tls(way.roots.as_deref(), way.more_roots.as_deref())?;
    let bad = |what: &str, error: reqwest::Error| {
        let reason = format!("{what} can't be used: {}", error.without_url());
        Unfit::means(reason, "see what HTTPS_PROXY and NO_PROXY say")
    };
    let mut client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .dns_resolver(Arc::new(Names::default()))
        .connect_timeout(CONNECT)
        .timeout(patience)
        .no_proxy();
    if let Some(proxy) = way.proxy.as_ref().filter(|_| !servers.iter().all(is_loopback)) {
        let none = way.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
        let proxy = reqwest::Proxy::https(proxy).map_err(|error| bad("the proxy", error))?;
        client = client.proxy(proxy.no_proxy(none));
    }
    client.build().map_err(|error| bad("the network", error))
}

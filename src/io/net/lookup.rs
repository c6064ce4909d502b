//! A name in, its addresses out; and the opposite of a lookup: for a connection, only addresses that were judged.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Addresses that are being looked for.
pub type Found<'a> = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Who knows the addresses of names.
pub trait Lookup: Send + Sync {
    /// The addresses of a name.
    fn lookup<'a>(&'a self, name: &'a str) -> Found<'a>;
}

/// The resolver of a client that connects to one name: it looks nothing up, so a name that changed its mind since
/// it was judged changes nothing.
pub(super) struct Judged {
    /// The name.
    pub(super) name: String,
    /// What was judged for it.
    pub(super) addresses: Vec<IpAddr>,
    /// The name of the proxy and who finds it: it was named by whoever runs this, not by a toolpack.
    pub(super) proxy: Option<(String, Arc<dyn Lookup>)>,
}

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        if let Some((_, lookup)) = self.proxy.as_ref().filter(|(proxy, _)| *proxy == asked) {
            let lookup = Arc::clone(lookup);
            return Box::pin(async move { Ok(addresses(lookup.lookup(&asked).await?)) });
        }
        let found = (asked == self.name).then(|| addresses(self.addresses.clone()));
        Box::pin(async move { found.ok_or_else(|| "a name that was not judged".into()) })
    }
}

fn addresses(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)))
}

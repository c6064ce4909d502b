//! Names to addresses. A static binary has no resolver of the system, so it brings its own; where that one has
//! no configuration or no answer (names that only the system's own sources know), the system is asked.

use std::net::SocketAddr;
use std::sync::OnceLock;

use hickory_resolver::TokioResolver;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::sync::Arc;

/// The resolver; made when the first name is asked for.
#[derive(Default)]
pub struct Names {
    own: Arc<OnceLock<Option<TokioResolver>>>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let own = Arc::clone(&self.own);
        Box::pin(async move {
            // Without /etc/resolv.conf there is none: no server of a third party is asked instead.
            let resolver = own.get_or_init(|| TokioResolver::builder_tokio().ok()?.build().ok());
            if let Some(resolver) = resolver
                && let Ok(found) = resolver.lookup_ip(name.as_str()).await
            {
                let found: Vec<SocketAddr> = found.iter().map(|ip| SocketAddr::new(ip, 0)).collect();
                if !found.is_empty() {
                    return Ok(Box::new(found.into_iter()) as Addrs);
                }
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

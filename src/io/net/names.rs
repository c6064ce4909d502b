//! Names to addresses. A static binary has no resolver of the system, so it brings its own; where that one has
//! no configuration or no answer (names that only the system's own sources know), the system is asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use hickory_resolver::TokioResolver;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::sync::Arc;

use super::lookup::{Found, Lookup};

/// The resolver; made when the first name is asked for.
#[derive(Clone, Default)]
pub struct Names {
    own: Arc<OnceLock<Option<TokioResolver>>>,
}

impl Names {
    async fn find(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        // Without /etc/resolv.conf there is none: no server of a third party is asked instead.
        let resolver = self.own.get_or_init(|| TokioResolver::builder_tokio().ok()?.build().ok());
        if let Some(resolver) = resolver
            && let Ok(found) = resolver.lookup_ip(name).await
        {
            let found: Vec<IpAddr> = found.iter().collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}

impl Lookup for Names {
    fn lookup<'a>(&'a self, name: &'a str) -> Found<'a> {
        Box::pin(self.find(name))
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.find(name.as_str()).await?;
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

//! How a toolpack is served: what whoever starts the server said, read and checked.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::enforce::guard::address::Opened;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::io::net::outgoing::Rules;

/// How it is served.
pub struct How {
    /// The toolset; none serves every tool, where a toolpack has no toolsets.
    pub toolset: Option<String>,
    /// Whether calls are decided and not sent.
    pub dry_run: bool,
    /// Where calls go instead of the tools' own hosts.
    pub base: Option<Base>,
    /// Private networks that may be reached.
    pub opened: Opened,
    /// Whether redirects are followed.
    pub redirects: bool,
    /// The proxy that carries calls.
    pub proxy: Option<Url>,
    /// How long a call may take as a whole.
    pub total: Duration,
    /// Most bytes of an answer.
    pub most_bytes: usize,
    /// Certificates beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Seconds that a person has to grant a call.
    pub confirm_ttl: u32,
    /// Whether agents get a handle that nobody can grant by.
    pub handle_only: bool,
    /// Whether grants count that nobody signed.
    pub unsafe_unsigned_grant: bool,
    /// Whether agents are told that a tool is there and not approved.
    pub tell_unapproved: bool,
    /// Whether only calls that read are made, without asking anybody, and no server of a tool is started.
    pub reads_only: bool,
    /// Calls at one time.
    pub max_calls: usize,
    /// Options that `cask confirm grant` needs to find the same store, log and trust, as they are typed.
    pub grant_options: String,
    /// What of this loosens something, as people call it.
    pub loosened: Vec<String>,
}

/// Another server than the tools' own.
#[derive(Debug, Clone)]
pub struct Base {
    /// Its address, with a path that stays in front.
    pub url: Url,
    /// Its origin.
    pub origin: Origin,
    /// Whether it counts though nobody approved it.
    pub is_unsafe: bool,
}

impl How {
    /// What every request is held to, for a toolpack with these approved hosts.
    ///
    /// # Errors
    /// An entry that is no host.
    pub fn rules(&self, hosts: &[String]) -> Result<Rules, String> {
        let mut allowed = Allowed::read(hosts.iter().map(String::as_str))?;
        if let Some(base) = self.base.as_ref().filter(|base| base.is_unsafe) {
            allowed = allowed.and(base.origin.clone());
        }
        let rules = Rules::new(allowed, self.opened.clone());
        Ok(Rules {
            redirects: self.redirects,
            total: self.total,
            most_bytes: self.most_bytes,
            ca_file: self.ca_file.clone(),
            proxy: self.proxy.clone(),
            ..rules
        })
    }

    /// The part of a path that stands in front of every call; empty where calls go to the tools' own servers.
    pub fn before(&self) -> &str {
        self.base.as_ref().map_or("", |base| base.url.path().trim_end_matches('/'))
    }

    /// How the server was started, as far as it changes what a call does: a confirmation is bound to it.
    pub fn mode(&self) -> &'static str {
        if self.dry_run { "dry_run" } else { "execute" }
    }
}

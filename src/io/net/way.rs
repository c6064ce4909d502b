//! How this machine reaches servers: proxies and certificates. The environment is handed in.

use std::fmt;
use std::path::PathBuf;

/// The way out of this machine.
#[derive(Clone, Default)]
pub struct Way {
    /// Proxy of https requests.
    pub proxy: Option<String>,
    /// Hosts that are asked without it.
    pub no_proxy: Option<String>,
    /// The roots of this machine, instead of where the system has them.
    pub roots: Option<PathBuf>,
    /// Roots of this machine beside them: of an enterprise.
    pub more_roots: Option<PathBuf>,
}

impl Way {
    /// As the environment says. What is set and empty says nothing.
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Way {
        let var = |names: &[&str]| names.iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
        Way {
            proxy: var(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            no_proxy: var(&["no_proxy", "NO_PROXY"]),
            roots: var(&["SSL_CERT_FILE"]).map(PathBuf::from),
            more_roots: var(&["NODE_EXTRA_CA_CERTS"]).map(PathBuf::from),
        }
    }
}

impl fmt::Debug for Way {
    // A proxy may have a password in its address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("proxy", &self.proxy.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_says_nothing_and_passwords_of_proxies_are_not_shown() {
        let env = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://me:secret@proxy.example:3128".to_owned()),
            "https_proxy" => Some(String::new()),
            _ => None,
        };
        let way = Way::of(&env);
        assert_eq!(way.proxy.as_deref(), Some("http://me:secret@proxy.example:3128"));
        assert!(!format!("{way:?}").contains("secret"));
    }
}

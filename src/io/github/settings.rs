//! What the API is asked with: addresses, token, proxies, certificates. The environment is handed in.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::pace::{Machine, Pace};

/// A token. It is shown to the server that it is for and to nobody else: not to logs, messages or children.
#[derive(Clone, Default)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A token; the blanks around it are not part of it.
    pub fn new(text: &str) -> Token {
        Token(Zeroizing::new(text.trim().to_owned()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the header that shows it.
    pub(super) fn bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }

    /// A text of the world without it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        if self.is_empty() { text.to_owned() } else { text.replace(self.0.as_str(), "***") }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "no token" } else { "a token" })
    }
}

/// How the API is asked.
#[derive(Clone)]
pub struct Settings {
    /// `GITHUB_API_URL`.
    pub rest: String,
    /// `GITHUB_GRAPHQL_URL`.
    pub graphql: String,
    /// The token.
    pub token: Token,
    /// Proxy of https requests.
    pub proxy: Option<String>,
    /// Hosts that are asked without it.
    pub no_proxy: Option<String>,
    /// The roots of this machine, instead of where the system has them.
    pub roots: Option<PathBuf>,
    /// Roots of this machine beside them: of an enterprise.
    pub more_roots: Option<PathBuf>,
    /// How long a request may take.
    pub patience: Duration,
    /// The clock.
    pub pace: Arc<dyn Pace>,
}

impl Settings {
    /// As the environment of a run says.
    pub fn of(env: &dyn Fn(&str) -> Option<String>, token: &str) -> Settings {
        let var = |names: &[&str]| names.iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
        Settings {
            rest: var(&["GITHUB_API_URL"]).unwrap_or_else(|| "https://api.github.com".to_owned()),
            graphql: var(&["GITHUB_GRAPHQL_URL"])
                .unwrap_or_else(|| "https://api.github.com/graphql".to_owned()),
            token: Token::new(token),
            proxy: var(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            no_proxy: var(&["no_proxy", "NO_PROXY"]),
            roots: var(&["SSL_CERT_FILE"]).map(PathBuf::from),
            more_roots: var(&["NODE_EXTRA_CA_CERTS"]).map(PathBuf::from),
            patience: Duration::from_secs(30),
            pace: Arc::new(Machine::default()),
        }
    }
}

impl fmt::Debug for Settings {
    // A proxy may have a password in its address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("rest", &self.rest)
            .field("graphql", &self.graphql)
            .field("token", &self.token)
            .field("proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_those_of_the_runner_each_by_itself() {
        let env = |name: &str| match name {
            "GITHUB_API_URL" => Some("https://ghe.example/api/v3".to_owned()),
            "HTTPS_PROXY" => Some("http://me:secret@proxy.example:3128".to_owned()),
            "https_proxy" => Some(String::new()),
            _ => None,
        };
        let settings = Settings::of(&env, " ghs_secret\n");
        assert_eq!(settings.rest, "https://ghe.example/api/v3");
        assert_eq!(settings.graphql, "https://api.github.com/graphql", "never made of the other");
        assert_eq!(settings.proxy.as_deref(), Some("http://me:secret@proxy.example:3128"));
        let shown = format!("{settings:?} {:?}", settings.token);
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(settings.token.hidden_in("echo ghs_secret!"), "echo ***!");
        assert_eq!(Token::default().hidden_in("as it is"), "as it is");
    }
}

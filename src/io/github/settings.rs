//! What the API is asked with: addresses, token, proxies, certificates. The environment is handed in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::pace::{Machine, Pace};
use crate::io::net::token::Token;
use crate::io::net::way::Way;

/// How the API is asked.
#[derive(Clone)]
pub struct Settings {
    /// `GITHUB_API_URL`.
    pub rest: String,
    /// `GITHUB_GRAPHQL_URL`.
    pub graphql: String,
    /// The token.
    pub token: Token,
    /// The way out of this machine.
    pub way: Way,
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
            way: Way::of(env),
            patience: Duration::from_secs(30),
            pace: Arc::new(Machine::default()),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("rest", &self.rest)
            .field("graphql", &self.graphql)
            .field("token", &self.token)
            .field("way", &self.way)
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
            _ => None,
        };
        let settings = Settings::of(&env, " ghs_secret\n");
        assert_eq!(settings.rest, "https://ghe.example/api/v3");
        assert_eq!(settings.graphql, "https://api.github.com/graphql", "never made of the other");
        assert_eq!(settings.way.proxy.as_deref(), Some("http://me:secret@proxy.example:3128"));
        assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
    }
}

//! The name of an entry of a keyring, and why there is no secret under it.

use crate::io::net::unfit::Unfit;

/// Most bytes of each half of a name.
const LONGEST: usize = 256;

/// The name of an entry.
#[derive(Clone)]
#[cfg_attr(
    all(not(feature = "keyring"), not(test)),
    expect(dead_code, reason = "a program without the keyring reads the form and looks nothing up")
)]
pub(super) struct Entry {
    /// What it is for.
    pub(super) service: String,
    /// Who is known by it there.
    pub(super) account: String,
}

/// Why there is no secret: behind "the entry …", and what helps. Nothing of what the keyring itself says is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Why.
    pub(super) why: &'static str,
    /// What helps.
    pub(super) fix: &'static str,
}

impl Entry {
    /// Reads `SERVICE/ACCOUNT`; a service may have slashes of its own. `named` is what named the entry.
    ///
    /// # Errors
    /// It is no such name. It is not repeated: it may be a secret that stands in the wrong place.
    pub(super) fn read(text: &str, named: &str) -> Result<Entry, Unfit> {
        let is_half =
            |half: &str| !half.is_empty() && half.len() <= LONGEST && !half.contains(char::is_control);
        match text.rsplit_once('/') {
            Some((service, account)) if is_half(service) && is_half(account) => {
                Ok(Entry { service: service.to_owned(), account: account.to_owned() })
            }
            _ => Err(Unfit::means(
                format!("{named} names no entry of a keyring"),
                "name it as SERVICE/ACCOUNT, as it was stored",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_service_and_an_account_and_nothing_else_is_told() {
        let entry = Entry::read("https://api.shop.example/v1/cask", "--auth-keyring").unwrap();
        assert_eq!((entry.service.as_str(), entry.account.as_str()), ("https://api.shop.example/v1", "cask"));
        let long = format!("{}/a", "s3cret".repeat(50));
        for bad in ["", "s3cret", "/s3cret", "s3cret/", "s3cret\n/a", &long] {
            let refused = Entry::read(bad, "--auth-keyring").err().unwrap().to_string();
            assert!(refused.contains("--auth-keyring") && !refused.contains("s3cret"), "{refused}");
        }
    }
}

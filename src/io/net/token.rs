//! What a server knows us by.

use std::fmt;

use zeroize::Zeroizing;

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
    pub(in crate::io) fn bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }

    /// As it is, for who puts it into a header by other rules.
    pub(in crate::io) fn text(&self) -> &str {
        &self.0
    }

    /// A text of the world without it.
    pub(in crate::io) fn hidden_in(&self, text: &str) -> String {
        if self.is_empty() { text.to_owned() } else { text.replace(self.0.as_str(), "***") }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "no token" } else { "a token" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(" ghs_secret\n");
        assert_eq!(token.hidden_in("echo ghs_secret!"), "echo ***!");
        assert_eq!(Token::default().hidden_in("as it is"), "as it is");
        assert!(!format!("{token:?}").contains("secret"));
    }
}

//! Why a key is refused: one closed list for public and private keys, in whatever form they came.

use std::fmt;

/// Why a text is no key that may sign here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyFault {
    /// Longer than any key of the kinds that are known.
    TooLong,
    /// Not strict base64.
    Base64,
    /// Not the number of bytes that a key has.
    Length,
    /// Not the structure that the form of key asks for.
    Syntax,
    /// A key of another kind (RSA, ECDSA …) or of another kind than was said.
    Kind,
    /// An OpenSSH certificate: who may sign is said by the trust file alone.
    Certificate,
    /// A line of `authorized_keys` with options before the key: they wouldn't be honoured.
    Options,
    /// A security key bound to something else than `ssh:…`.
    Application,
    /// The bytes are no point of the curve.
    NotAPoint,
    /// A second spelling of a point: the same key would have two key ids.
    NotCanonical,
    /// A point of small order, for which signatures can be made up.
    SmallOrder,
    /// A point outside the prime-order group: verifiers disagree about its signatures.
    MixedOrder,
    /// The private key is encrypted and no passphrase was given.
    Encrypted,
    /// The passphrase does not open the private key, or the file was changed.
    Passphrase,
    /// An empty passphrase where one was to protect a key.
    EmptyPassphrase,
    /// The work that opening the key would take is unreasonable.
    Work,
    /// The private and the public half do not belong together.
    Halves,
    /// The comment has control characters or is too long.
    Comment,
}

impl KeyFault {
    /// What the owner of the key can do.
    pub fn hint(self) -> &'static str {
        match self {
            KeyFault::Kind => "make an Ed25519 key: cask key new, or ssh-keygen -t ed25519 (or ed25519-sk)",
            KeyFault::Certificate => "give the plain public key, not the certificate",
            KeyFault::Options => "give the line without options: type, key, comment",
            KeyFault::Application => "make the key with an application that starts with ssh:",
            KeyFault::SmallOrder | KeyFault::MixedOrder | KeyFault::NotAPoint | KeyFault::NotCanonical => {
                "make a new key; no honest program makes such a one"
            }
            KeyFault::Encrypted | KeyFault::Passphrase => "give the passphrase of the key",
            KeyFault::EmptyPassphrase => "give a passphrase, or say --no-passphrase",
            KeyFault::Work => "write the key anew with fewer rounds: ssh-keygen -p -a 64 -f FILE",
            KeyFault::Comment => "give a comment of one line and at most 255 bytes",
            KeyFault::TooLong | KeyFault::Base64 | KeyFault::Length | KeyFault::Syntax | KeyFault::Halves => {
                "copy the key again from where it was made"
            }
        }
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFault::TooLong => "the text is too long for a key",
            KeyFault::Base64 => "the key is not strict base64",
            KeyFault::Length => "the key has not the number of bytes that a key of its type has",
            KeyFault::Syntax => "the text has not the structure of such a key",
            KeyFault::Kind => "the key is not of the Ed25519 type that was named",
            KeyFault::Certificate => "an OpenSSH certificate is not accepted as a key",
            KeyFault::Options => "the key line starts with options",
            KeyFault::Application => "the security key is not bound to an ssh: application",
            KeyFault::NotAPoint => "the key is not a point of the curve",
            KeyFault::NotCanonical => "the key is not in its canonical encoding",
            KeyFault::SmallOrder => "the key is a point of small order",
            KeyFault::MixedOrder => "the key is a point outside the prime-order group",
            KeyFault::Encrypted => "the private key is encrypted and no passphrase was given",
            KeyFault::Passphrase => "the passphrase does not open the private key",
            KeyFault::EmptyPassphrase => "the passphrase is empty",
            KeyFault::Work => "the private key asks for an unreasonable number of rounds to open it",
            KeyFault::Halves => "the private and the public half of the key do not belong together",
            KeyFault::Comment => "the comment has control characters or is too long",
        })
    }
}

impl std::error::Error for KeyFault {}

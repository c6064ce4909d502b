//! The envelope around everything that is signed: what for and how long, before the bytes themselves.
//!
//! DSSE v1 pre-authentication encoding (<https://github.com/secure-systems-lab/dsse>, protocol.md). The
//! lengths leave no two readings of one message, and the type keeps a signature for one purpose from
//! counting for another.

/// What a signature is for. A signature for one purpose never verifies for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A statement about a tool or a surface: approve, reject, withdraw, exempt.
    Approval,
    /// A version of the trust file.
    Trust,
    /// A version of the gate configuration.
    Gate,
    /// A person's word that one call may be made, once.
    Confirmation,
    /// A person's word that an evidence bundle is theirs. It approves nothing.
    Evidence,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 5] =
        [Purpose::Approval, Purpose::Trust, Purpose::Gate, Purpose::Confirmation, Purpose::Evidence];

    /// The payload type in the envelope.
    pub const fn media_type(self) -> &'static str {
        match self {
            Purpose::Approval => "application/vnd.cask.approval+json",
            Purpose::Trust => "application/vnd.cask.trust+json",
            Purpose::Gate => "application/vnd.cask.gate+json",
            Purpose::Confirmation => "application/vnd.cask.confirmation+json",
            Purpose::Evidence => "application/vnd.cask.evidence+json",
        }
    }

    /// The SSHSIG namespace: what `ssh-keygen -Y sign -n` is given.
    pub const fn namespace(self) -> &'static str {
        match self {
            Purpose::Approval => "cask.approval",
            Purpose::Trust => "cask.trust",
            Purpose::Gate => "cask.gate",
            Purpose::Confirmation => "cask.confirmation",
            Purpose::Evidence => "cask.evidence",
        }
    }
}

/// The exact bytes that are signed: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`, each LEN the number
/// of bytes in ASCII decimal.
pub fn pae(purpose: Purpose, body: &[u8]) -> Vec<u8> {
    encode(purpose.media_type(), body)
}

fn encode(media_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {media_type} {} ", media_type.len(), body.len());
    let mut bytes = Vec::with_capacity(head.len() + body.len());
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_dsse_protocol() {
        assert_eq!(
            encode("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn each_purpose_has_its_own_bytes() {
        assert_eq!(pae(Purpose::Approval, b"{}"), b"DSSEv1 34 application/vnd.cask.approval+json 2 {}");
        assert_eq!(pae(Purpose::Trust, b"{}"), b"DSSEv1 31 application/vnd.cask.trust+json 2 {}");
        assert_eq!(pae(Purpose::Gate, b""), b"DSSEv1 30 application/vnd.cask.gate+json 0 ");
    }

    #[test]
    fn lengths_count_bytes_not_characters() {
        assert_eq!(encode("é", "✓".as_bytes()), "DSSEv1 2 é 3 ✓".as_bytes());
    }

    proptest! {
        #[test]
        fn two_different_messages_never_share_bytes(
            a in (0usize..Purpose::ALL.len(), proptest::collection::vec(any::<u8>(), 0..40)),
            b in (0usize..Purpose::ALL.len(), proptest::collection::vec(any::<u8>(), 0..40)),
        ) {
            let bytes = |m: &(usize, Vec<u8>)| pae(Purpose::ALL[m.0], &m.1);
            prop_assert_eq!(bytes(&a) == bytes(&b), a == b);
        }
    }
}

//! Whether a signature holds.

use super::def::rules;

rules! { Sig =>
    /// The signature does not verify over what it is said to sign: forged, or the text around it was edited.
    INVALID = "sig.invalid", Critical, [Trust],
        "signature does not hold",
        "a signature does not hold",
        fix: "find out who wrote it; `cask gate sync` drops it";
    /// The entry says approved and nothing is signed.
    MISSING = "sig.missing", Critical, [Trust],
        "approved without a signature",
        "an approval carries no signature",
        fix: "look at the tool, then `cask gate allow <tool>`";
    /// Nobody that the trust file lists has this key.
    UNKNOWN_KEY = "sig.unknown-key", Critical, [Trust],
        "signed by an unknown key",
        "a signature comes from an unknown key",
        fix: "if the signer is to be trusted, an owner adds the key in a pull request of its own";
    /// The key was revoked as compromised: nothing that it signed counts.
    REVOKED_KEY = "sig.revoked-key", Critical, [Trust],
        "signed by a revoked key",
        "a signature comes from a revoked key",
        fix: "let a signer with a live key look at it and sign";
    /// The key belongs to another signer than the approval names.
    WRONG_SIGNER = "sig.wrong-signer", Critical, [Trust],
        "key of another signer",
        "an approval names somebody who did not sign it",
        fix: "find out who wrote it; `cask gate sync` drops it";
    /// The text of the signature is not one.
    MALFORMED = "sig.malformed", Critical, [Trust],
        "not a signature",
        "an approval holds text that is no signature",
        fix: "`cask gate sync` drops it; then sign again";
    /// An SSH signature that was made for another purpose.
    NAMESPACE_MISMATCH = "sig.namespace-mismatch", Critical, [Trust],
        "signature for another purpose",
        "a signature was made for another purpose",
        fix: "sign with `cask gate allow`, which sets the namespace";
    /// The signature is genuine, for another tool, toolpack or repository.
    REPLAYED = "sig.replayed", Critical, [Trust],
        "signature of something else",
        "a signature was copied from something else",
        fix: "find out who copied it; `cask gate sync` drops it";
    /// The key was retired at the time of signing, or the time of signing lies in the future.
    OUTSIDE_VALIDITY = "sig.outside-validity", High, [Trust],
        "signed outside the key's time",
        "a signature lies outside the time in which its key counts",
        fix: "sign again with a live key and a correct clock";
    /// Signed long ago and never merged: an old approval is not a statement about today.
    STALE = "sig.stale", High, [Trust],
        "signed too long ago",
        "a signature is too old to be merged",
        fix: "look at it again, then `cask gate allow <tool>`";
    /// A signature of the reference system. It covers neither schema, nor description, nor risk, nor policy,
    /// so it is told and never counted.
    LEGACY_PAYLOAD = "sig.legacy-payload", Medium, [Trust],
        "signature of the old format",
        "an approval is in the old format, which does not cover what a tool does",
        fix: "`cask migrate`, then look at the tools and sign them";
    /// A failed approval beside enough valid ones changes nothing.
    IGNORED = "sig.ignored", Low, [Trust],
        "an approval that does not count",
        "an approval that is not needed does not count",
        fix: "nothing; `cask gate sync` tidies it away";
}

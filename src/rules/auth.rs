//! What a caller must prove, and to whom.

use super::def::rules;

rules! { Auth =>
    /// The operation can be called without a credential: anybody who reaches the host can.
    REMOVED = "auth.removed", Critical, [Capability],
        "no credential needed any more",
        "an operation no longer asks who calls",
        fix: "find out whether the API is really open, and take the change back if it is not";
    /// The caller's credential now goes to another host: whoever runs that host can use it.
    CROSS_HOST_CREDENTIAL = "auth.cross-host-credential", Critical, [Capability],
        "credential goes to another host",
        "a credential would be sent to another host",
        fix: "give the new host a credential of its own, or take the change back";
    /// The authority that a call needs reaches wider: `orders:read` became `orders:*` or `admin`.
    SCOPE_BROADENED = "auth.scope-broadened", Critical, [Capability],
        "wider scope",
        "a tool asks for more authority than it was approved with",
        fix: "ask for the narrow scope, or give the agent a credential of its own";
    /// Tokens are fetched from another place: it sees the client's secret.
    TOKEN_URL_CHANGED = "auth.token-url-changed", Critical, [Contract, Capability],
        "tokens from another address",
        "tokens are fetched from another address",
        fix: "find out who runs it, then sign or take the change back";
    /// People are sent to another place to sign in.
    AUTHORIZE_URL_CHANGED = "auth.authorize-url-changed", Critical, [Contract, Capability],
        "sign-in at another address",
        "people would sign in at another address",
        fix: "find out who runs it, then sign or take the change back";
    /// Another identity provider vouches for callers.
    ISSUER_CHANGED = "auth.issuer-changed", Critical, [Contract, Capability],
        "another identity provider",
        "another identity provider vouches for callers",
        fix: "find out who runs it, then sign or take the change back";
    /// The operation now asks for a credential: calls without one fail.
    ADDED = "auth.added", High, [Contract],
        "credential needed now",
        "an operation now asks for a credential",
        fix: "give the agent the credential, then sign";
    /// There is one more, other way to prove who calls: the easiest one counts.
    ALTERNATIVE_ADDED = "auth.alternative-added", High, [Capability],
        "another way in",
        "there is one more way to prove who calls",
        fix: "check that it is no easier than the others";
    /// One way to prove who calls is gone: those who use it fail.
    ALTERNATIVE_REMOVED = "auth.alternative-removed", High, [Contract],
        "one way in less",
        "one way to prove who calls is gone",
        fix: "see that the agent's credential is of a kind that is left";
    /// Calls prove who they are in a way that is easier to steal or to guess.
    SCHEME_WEAKENED = "auth.scheme-weakened", High, [Capability],
        "weaker credential",
        "calls carry a credential that is easier to steal",
        fix: "keep the stronger way";
    /// The description of a credential points at something that is not there: nobody can tell what a caller must prove,
    /// or to whom.
    SCHEME_UNRESOLVED = "auth.scheme-unresolved", High, [Contract, Capability],
        "credential that is defined nowhere",
        "what a caller must prove is defined nowhere",
        fix: "add the definition, or point at one that exists";
    /// Calls prove who they are in another way.
    SCHEME_CHANGED = "auth.scheme-changed", High, [Contract, Capability],
        "another kind of credential",
        "calls carry another kind of credential",
        fix: "give the agent the new credential, then sign";
    /// The key travels elsewhere in the call: header, query or cookie. In a URL it lands in logs.
    KEY_LOCATION_CHANGED = "auth.key-location-changed", High, [Contract, Capability],
        "key elsewhere in the call",
        "the key travels elsewhere in the call",
        fix: "keep it in a header";
    /// The header, parameter or cookie that carries the credential has another name.
    HEADER_NAME_CHANGED = "auth.header-name-changed", High, [Contract],
        "credential under another name",
        "the credential travels under another name",
        fix: "check that the server reads it there, then sign";
    /// A call needs one more scope: tokens without it fail.
    SCOPE_REQUIRED_ADDED = "auth.scope-required-added", High, [Contract],
        "one more scope needed",
        "calls need one more scope",
        fix: "grant the scope to the agent's credential knowingly, then sign";
    /// A call needs less authority than before: who could not make it now can.
    SCOPE_REQUIRED_REMOVED = "auth.scope-required-removed", High, [Capability],
        "less authority needed",
        "calls need less authority than before",
        fix: "check that the API means it, then sign";
    /// What a document asks of callers by default is another: every operation without a requirement of its own
    /// follows. The finding names them, and weighs as much as the gravest change that it stands for.
    GLOBAL_DEFAULT_CHANGED = "auth.global-default-changed", High, [Contract, Capability],
        "another default credential",
        "the credential that operations ask for by default is another",
        fix: "read which operations follow the default, then lock anew or take the change back";
    /// Recorded calls succeeded without a credential, though one is asked for: whoever reaches the host can make them.
    OBSERVED_ANONYMOUS_SUCCESS = "auth.observed-anonymous-success", Critical, [Capability],
        "answered without a credential",
        "an operation answers whoever calls",
        fix: "find out whether the API is really open, and close it if it should not be";
    /// Every recorded call was refused with 401 or 403, though it carried a credential or needed none.
    OBSERVED_STATUS_CHANGED = "auth.observed-status-changed", High, [Contract],
        "calls are refused now",
        "calls that worked are refused now",
        fix: "find out what the credential lacks, or record again with one that is valid";
}

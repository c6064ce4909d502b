//! Recorded calls against a surface: what they show that it does not say. A recording is a sample, so nothing is told
//! of what merely does not occur in it.

use super::def::rules;

rules! { Obs =>
    /// Calls go to a host that the surface does not name: whoever makes them reaches further than anybody looked at.
    HOST_NEW = "obs.host-new", High, [Capability],
        "calls to a host that is not known",
        "calls go to a host that nobody looked at",
        fix: "find out who runs the host; make the toolpack anew if it belongs to the API";
    /// Calls go to an operation that the surface does not have. No tool makes them, but something does: how grave that
    /// is follows from what the call does.
    UNDOCUMENTED_ENDPOINT = "obs.undocumented-endpoint", ByRisk, [Capability],
        "calls to an operation that is not known",
        "calls go to an operation that nobody looked at",
        fix: "find out who calls it; make the toolpack anew if agents need it";
    /// A stored capture holds credentials. As cask stores it, it has none: it was changed, or stored by something else.
    TOKEN_LIKE_LEAK = "obs.token-like-leak", Critical, [Capability],
        "credentials in a stored capture",
        "a stored capture holds credentials that work for whoever reads it",
        fix: "make the credentials void, delete the capture also from history, and import the recording anew";
    /// Every recorded call of it was answered with 404 or 410.
    GONE = "obs.gone", High, [Contract],
        "operation answers that it is gone",
        "an operation that agents use is gone",
        fix: "bring it back, or `cask gate withdraw <tool>`";
    /// A recorded body does not fulfil the schema: callers that rely on the schema fail, or get what they do not expect.
    SCHEMA_VIOLATION = "obs.schema-violation", High, [Contract],
        "body is not as its schema says",
        "what is sent or answered is not as it was locked",
        fix: "correct the API or the schema, whichever is wrong";
    /// Calls carry a parameter or a field that the surface does not name: the operation may do more than is known.
    PARAM_UNSEEN_BEFORE = "obs.param-unseen-before", Low, [Capability],
        "parameter that is not known",
        "calls carry what the surface does not name",
        fix: "see what it does; make the toolpack anew if agents need it";
    /// More calls than before, and more than the limit, were answered with a failure of the server.
    ERROR_RATE = "obs.error-rate", Medium, [Contract],
        "server fails more often",
        "calls fail more often than before",
        fix: "look at the server; the owners set the limit in gate.yaml";
    /// Calls take far longer than when the surface was recorded.
    LATENCY_CLASS = "obs.latency-class", Low, [Contract],
        "answers take far longer",
        "answers take far longer than before",
        fix: "look at the server, and at the time limits of callers";
    /// A page stands where data should: something before the API asked whether a person calls. The recording says
    /// nothing of the operation then.
    CHALLENGE_PAGE = "obs.challenge-page", Info, [Hygiene],
        "a page instead of an answer",
        "a page came where data should",
        fix: "record again from where no such page is shown";
    /// Fewer operations were called than is asked for: that nothing else drifted is not known.
    COVERAGE_LOW = "obs.coverage-low", Medium, [Hygiene],
        "too little was called",
        "too little was called to say that nothing drifted",
        fix: "record more calls, or ask for less: `--min-coverage`, `coverage.min` of gate.yaml";
}

//! Operations: what a tool calls, apart from its parameters, bodies and answers.

use super::def::rules;

rules! { Op =>
    /// An operation that deletes, purges or revokes can be called. What it removes may not come back.
    ADDED_DESTRUCTIVE = "op.added-destructive", Critical, [Capability],
        "new tool that deletes",
        "an agent could delete or revoke something new",
        fix: "read what it removes, then `cask gate allow <tool>`";
    /// An operation on money, rights, credentials or sign-in can be called.
    ADDED_PRIVILEGED = "op.added-privileged", Critical, [Capability],
        "new tool on money, rights or credentials",
        "an agent could touch money, rights or credentials",
        fix: "check who may do this by hand, then `cask gate allow <tool>`";
    /// An operation that changes state can be called.
    ADDED_WRITE = "op.added-write", High, [Capability],
        "new tool that writes",
        "an agent could change something new",
        fix: "read what it changes, then `cask gate allow <tool>`";
    /// An operation that only reads can be called: an agent learns what it could not know before.
    ADDED_READ = "op.added-read", Medium, [Capability],
        "new tool that reads",
        "an agent could read something new",
        fix: "read what it returns, then `cask gate allow <tool>`";
    /// A name or id that agents know now stands for another operation: a call that meant one thing does another.
    OPERATION_ID_REUSED = "op.operation-id-reused", Critical, [Contract, Capability],
        "name now means another operation",
        "a name that agents know now does something else",
        fix: "give the other operation a name of its own";
    /// The method went from reading to writing, or from writing to deleting.
    METHOD_ESCALATED = "op.method-escalated", Critical, [Contract, Capability],
        "method does more",
        "an approved tool now does more than it was approved for",
        fix: "find out what the call does now, then sign it anew or take it back";
    /// Same tool, another method of the same kind: servers may refuse it or treat it otherwise.
    METHOD_CHANGED = "op.method-changed", High, [Contract],
        "another method",
        "calls go out with another method",
        fix: "check that the server still takes the call, then sign";
    /// A call that could be repeated safely (PUT, DELETE, a key against repeats) no longer can: a retry acts twice.
    IDEMPOTENCY_LOST = "op.idempotency-lost", High, [Contract, Capability],
        "not safe to repeat any more",
        "a repeated call now acts twice",
        fix: "keep the idempotent method or its key, or see that nothing retries";
    /// A fixed part of the path became a parameter: the caller now chooses what it addresses.
    PATH_BROADENED = "op.path-broadened", High, [Capability],
        "path takes more",
        "the caller can now choose a part of the path that was fixed",
        fix: "check what else the path can address, then sign";
    /// The path differs: the call goes to another resource.
    PATH_CHANGED = "op.path-changed", High, [Contract],
        "another path",
        "calls go to another path",
        fix: "check that the new path is the same resource, then sign";
    /// A parameter of the path became a fixed word.
    PATH_NARROWED = "op.path-narrowed", Medium, [Contract],
        "path takes less",
        "a part of the path is fixed now",
        fix: "check that callers need only this one, then sign";
    /// Same position in the path, another name.
    PATH_PARAM_RENAMED = "op.path-param-renamed", Low, [Contract],
        "path parameter renamed",
        "a parameter of the path has another name",
        fix: "sign it again";
    /// The operation is gone and nothing announced it.
    REMOVED = "op.removed", High, [Contract],
        "operation gone without notice",
        "an operation that agents use is gone",
        fix: "bring it back, or `cask gate withdraw <tool>`";
    /// No recorded call is one of it. That is no sign that it is gone: a recording shows what was used.
    NOT_OBSERVED = "op.not-observed", Info, [Contract],
        "not called in the recording",
        "an operation was not called, so nothing is known of it",
        fix: "record a call of it, where you want to know";
    /// It was announced for a later day and is gone already.
    REMOVED_BEFORE_SUNSET = "op.removed-before-sunset", High, [Contract],
        "operation gone before its day",
        "an operation is gone before the day that was announced",
        fix: "keep it until its day, or `cask gate withdraw <tool>`";
    /// It was deprecated and its day has come.
    REMOVED_AFTER_SUNSET = "op.removed-after-sunset", Low, [Contract],
        "operation gone as announced",
        "an operation is gone as announced",
        fix: "`cask gate withdraw <tool>`";
    /// The tool answers to another name: calls by the old one fail.
    RENAMED = "op.renamed", High, [Contract],
        "tool renamed",
        "a tool has another name",
        fix: "tell those who call it, then sign it again";
    /// One call now acts on many things where it acted on one.
    BATCH_ENABLED = "op.batch-enabled", High, [Capability],
        "acts on many at once",
        "one call can now act on many things",
        fix: "set a limit on how many, then sign";
    /// The operation begins to take files, hand out files or execute something.
    CONTENT_EFFECT_CHANGED = "op.content-effect-changed", High, [Capability],
        "uploads, downloads or executes",
        "an approved tool begins to move files or to execute",
        fix: "find out what is moved or run, then sign it anew";
    /// Pages are asked for in another way: callers see the first page only, or the same one again.
    PAGINATION_CHANGED = "op.pagination-changed", Medium, [Contract],
        "pages in another way",
        "pages are asked for in another way",
        fix: "tell those who page through it, then sign";
    /// Deprecated, and no day is given (or none that can be read).
    DEPRECATED_NO_SUNSET = "op.deprecated-no-sunset", Medium, [Hygiene],
        "deprecated without a day",
        "an operation is deprecated and nobody says until when",
        fix: "ask the owner of the API for the day, and plan without it";
    /// The day on which it goes came closer.
    SUNSET_MOVED_EARLIER = "op.sunset-moved-earlier", Medium, [Contract],
        "goes earlier than announced",
        "an operation goes earlier than announced",
        fix: "stop using it before the new day";
    /// Deprecated, with the day on which it goes.
    DEPRECATED = "op.deprecated", Low, [Hygiene],
        "deprecated, end date given",
        "an operation is deprecated",
        fix: "stop using it before its day";
    /// The deprecation was taken back.
    UNDEPRECATED = "op.undeprecated", Info, [Hygiene],
        "no longer deprecated",
        "an operation is no longer deprecated",
        fix: "nothing";
}

/// The rules of a new operation.
pub const ADDED: [&Rule; 4] = [ADDED_DESTRUCTIVE, ADDED_PRIVILEGED, ADDED_WRITE, ADDED_READ];

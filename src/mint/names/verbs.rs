//! The verbs that tools are named with: what a method does, what a segment of a path asks for, and which words of
//! an operation id are verbs.

/// What a method does when the path says nothing else.
pub(super) fn of_method(method: &str) -> &'static str {
    match method {
        "GET" => "get",
        "POST" => "create",
        "PUT" | "PATCH" => "update",
        "DELETE" => "delete",
        "HEAD" => "check",
        "OPTIONS" => "options",
        _ => "call",
    }
}

/// What a method is called where another method of the same path is called as usual.
pub(super) fn other_of_method(method: &str) -> Option<&'static str> {
    match method {
        "PUT" => Some("replace"),
        "PATCH" => Some("patch"),
        _ => None,
    }
}

/// Segments that, wherever they stand in a path, say what a call does.
pub(super) fn anywhere(method: &str, word: &str) -> Option<&'static str> {
    const GET: &[&str] = &["search", "query", "find"];
    const POST: &[&str] = &[
        "search", "query", "login", "logout", "register", "signup", "signin", "refresh", "verify",
        "validate", "upload", "import", "export",
    ];
    let among = |list: &'static [&'static str]| list.iter().copied().find(|verb| *verb == word);
    match method {
        "GET" => among(GET),
        "POST" if word == "graphql" => Some("query"),
        "POST" => among(POST),
        "DELETE" => among(&["logout"]),
        _ => None,
    }
}

/// Segments that say so at the end of a path only.
pub(super) fn at_end(method: &str, word: &str) -> Option<&'static str> {
    match (method, word) {
        ("GET", "list") => Some("list"),
        ("GET", "count") => Some("count"),
        ("GET", "exists") => Some("check"),
        _ => None,
    }
}

/// What is done with the thing before it in a path: `/orders/{id}/cancel`.
const ACTIONS: &[&str] = &[
    "accept",
    "activate",
    "adjust",
    "apply",
    "approve",
    "archive",
    "assign",
    "authorize",
    "ban",
    "block",
    "cancel",
    "capture",
    "charge",
    "claim",
    "clone",
    "close",
    "complete",
    "confirm",
    "convert",
    "copy",
    "deactivate",
    "decline",
    "disable",
    "dismiss",
    "duplicate",
    "enable",
    "execute",
    "expire",
    "finalize",
    "follow",
    "fork",
    "hide",
    "invite",
    "invoke",
    "join",
    "leave",
    "like",
    "lock",
    "merge",
    "move",
    "mute",
    "pause",
    "pay",
    "pin",
    "preview",
    "promote",
    "publish",
    "reactivate",
    "redeem",
    "refund",
    "regenerate",
    "reject",
    "rename",
    "render",
    "reopen",
    "resend",
    "reset",
    "restart",
    "restore",
    "resume",
    "retry",
    "revert",
    "revoke",
    "rollback",
    "rotate",
    "run",
    "send",
    "ship",
    "sign",
    "star",
    "start",
    "stop",
    "submit",
    "subscribe",
    "suspend",
    "sync",
    "terminate",
    "transfer",
    "trigger",
    "unarchive",
    "unassign",
    "unban",
    "unblock",
    "unfollow",
    "unlike",
    "unlock",
    "unmute",
    "unpin",
    "unpublish",
    "unstar",
    "unsubscribe",
    "void",
    "withdraw",
];

/// Verbs that begin a name of several words: `create-user`, `transferFunds`. None that is as often a noun or
/// an adjective there: `refresh-tokens`, `search-results`.
const CALLS: &[&str] = &[
    "add",
    "assign",
    "calculate",
    "cancel",
    "change",
    "clear",
    "compute",
    "create",
    "delete",
    "destroy",
    "disable",
    "drop",
    "enable",
    "evaluate",
    "execute",
    "fetch",
    "find",
    "generate",
    "get",
    "invite",
    "list",
    "make",
    "move",
    "purge",
    "reactivate",
    "remove",
    "rename",
    "replace",
    "resend",
    "reset",
    "restart",
    "resume",
    "retrieve",
    "retry",
    "revoke",
    "send",
    "set",
    "start",
    "stop",
    "submit",
    "subscribe",
    "suspend",
    "terminate",
    "transfer",
    "trigger",
    "unsubscribe",
    "update",
    "upsert",
    "wipe",
];

/// Further verbs that operation ids begin with.
const OF_IDS: &[&str] = &[
    "append",
    "approve",
    "archive",
    "attach",
    "authenticate",
    "authorize",
    "batch",
    "bulk",
    "check",
    "close",
    "complete",
    "confirm",
    "convert",
    "copy",
    "count",
    "deactivate",
    "decline",
    "deploy",
    "describe",
    "detach",
    "download",
    "edit",
    "estimate",
    "exchange",
    "export",
    "filter",
    "import",
    "insert",
    "invoke",
    "lock",
    "login",
    "logout",
    "lookup",
    "mark",
    "merge",
    "modify",
    "open",
    "patch",
    "pause",
    "place",
    "preview",
    "publish",
    "put",
    "query",
    "read",
    "redeem",
    "refresh",
    "refund",
    "register",
    "reject",
    "render",
    "restore",
    "rotate",
    "run",
    "save",
    "schedule",
    "search",
    "show",
    "sign",
    "store",
    "sync",
    "test",
    "toggle",
    "unlock",
    "upload",
    "use",
    "validate",
    "verify",
    "view",
    "void",
    "withdraw",
    "write",
];

/// Verbs that only read.
const READS: &[&str] = &[
    "check",
    "count",
    "describe",
    "download",
    "estimate",
    "export",
    "fetch",
    "filter",
    "find",
    "get",
    "list",
    "lookup",
    "preview",
    "query",
    "read",
    "render",
    "retrieve",
    "search",
    "show",
    "test",
    "validate",
    "verify",
    "view",
    "calculate",
    "compute",
    "evaluate",
];

/// Reading verbs that are sent with a body: what is looked for stands in it.
const ASKS: &[&str] = &[
    "batch",
    "calculate",
    "check",
    "compute",
    "count",
    "estimate",
    "evaluate",
    "export",
    "filter",
    "find",
    "lookup",
    "preview",
    "query",
    "render",
    "search",
    "test",
    "validate",
    "verify",
];

/// Whether a segment is what is done with the thing before it.
pub(in crate::mint) fn is_action(word: &str) -> bool {
    ACTIONS.contains(&word)
}

/// Whether a word begins the name of a call.
pub(in crate::mint) fn begins_call(word: &str) -> bool {
    CALLS.contains(&word)
}

/// Whether a word is a verb that an operation id may begin with.
pub(super) fn begins_id(word: &str) -> bool {
    CALLS.contains(&word) || OF_IDS.contains(&word) || ACTIONS.contains(&word)
}

/// Whether a verb may stand for a method: one that reads never names a call that changes something, unless
/// what it asks for is sent as a body.
pub(super) fn fits(verb: &str, method: &str) -> bool {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" => true,
        "POST" => !READS.contains(&verb) || ASKS.contains(&verb),
        "DELETE" => {
            !READS.contains(&verb)
                && !["add", "create", "insert", "update", "save", "put", "set"].contains(&verb)
        }
        _ => !READS.contains(&verb),
    }
}

/// Verbs that name many things although a body is sent.
pub(super) fn names_many(verb: &str) -> bool {
    ["search", "query", "list", "find", "count", "check", "options", "call"].contains(&verb)
}

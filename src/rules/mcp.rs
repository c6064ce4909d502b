//! What an MCP server answers when it is asked who it is and what it can do.

use super::def::rules;

rules! { Mcp =>
    /// Two listings of one run gave different tools. What was read is not what will be served, and no
    /// signature over it means anything.
    TOOLS_UNSTABLE = "mcp.tools-unstable", Critical, [Contract, Capability],
        "two listings differ",
        "a server lists other tools each time it is asked",
        fix: "do not use the server until two listings are the same";
    /// The server can do something that it could not: ask the model or the user, run tasks, write logs, complete
    /// what is typed. Clients open what a server declares.
    CAPABILITY_ADDED = "mcp.capability-added", High, [Capability],
        "new capability of a server",
        "a server opens a new channel to its client",
        fix: "find out what the server needs it for, then sign the surface";
    /// What clients used is no longer there.
    CAPABILITY_REMOVED = "mcp.capability-removed", Medium, [Contract],
        "capability of a server gone",
        "a server no longer can what clients use",
        fix: "check which agents use it";
    /// Clients put a server's instructions into the prompt of the model: another text, other orders.
    INSTRUCTIONS_CHANGED = "mcp.instructions-changed", Medium, [Capability],
        "instructions of a server changed",
        "the instructions of a server are others",
        fix: "read them as the model would, then sign the surface";
    /// Server and client talk another version of the protocol, in which things may mean something else.
    PROTOCOL_VERSION_CHANGED = "mcp.protocol-version-changed", Low, [Contract],
        "other version of the protocol",
        "a server talks another version of the protocol",
        fix: "check that your clients talk it";
    /// The server announces that its lists may change while it runs: what was read at the start is then not what
    /// is served.
    LIST_CHANGED_ENABLED = "mcp.list-changed-enabled", Low, [Capability],
        "lists may change while it runs",
        "a server may change its lists while it runs",
        fix: "serve it through a gate that compares each listing with the lock";
}

//! Servers that agents are given: how they are started or reached, what they answer when they are asked who they
//! are and what they can do, and what their clients may do unasked.

use super::def::rules;

rules! { Mcp =>
    /// Another program, or other arguments: whatever stands there runs on the machine of everyone who opens the
    /// repository, with their rights.
    LAUNCH_COMMAND_CHANGED = "mcp.launch-command-changed", Critical, [Contract, Capability],
        "launched otherwise",
        "a server is launched otherwise",
        fix: "read the new launch line as code that will run, then approve it or take it back";
    /// The launch line hands text to a shell or an interpreter: it can do anything, and what it does can be made
    /// up while it runs.
    LAUNCH_SHELL = "mcp.launch-shell", Critical, [Capability],
        "launched through a shell",
        "a server is launched through a shell",
        fix: "start the program itself, with its arguments as a list";
    /// The version and its name are the same, the bytes are not.
    LAUNCH_INTEGRITY_CHANGED = "mcp.launch-integrity-changed", Critical, [Capability],
        "same version, other digest",
        "a server has the same version and another digest",
        fix: "find out who published the version anew; take the known digest until then";
    /// The server, or its container, sees more of the machine: a folder further up, a folder that can be written,
    /// the network of the host.
    LAUNCH_MOUNT_WIDENED = "mcp.launch-mount-widened", Critical, [Capability],
        "sees more of the machine",
        "a server sees more of the machine",
        fix: "give it the one folder that it needs, for reading where that is enough";
    /// The address to which a client sends what the agent asks, and from which it takes tools, is another one.
    URL_CHANGED = "mcp.url-changed", Critical, [Contract, Capability],
        "another address",
        "a server is called at another address",
        fix: "find out who runs the new address, then approve it or take it back";
    /// The client sends no credential any more: the server answers anyone, or it is not the one that knew you.
    AUTH_REMOVED = "mcp.auth-removed", Critical, [Contract, Capability],
        "no credential any more",
        "a server is called without its credential",
        fix: "put the header back, or find out why the server no longer asks for it";
    /// Calls of the client's own tools, or of a server's, that a person had to allow are now made unasked.
    AUTO_APPROVE_WIDENED = "mcp.auto-approve-widened", Critical, [Capability],
        "more is done unasked",
        "a client does more without asking",
        fix: "leave the question in place; allow single calls that only read";
    /// The client would start cask with options or variables that take its guard away: unsafe modes, another trust
    /// file or lockfile, a host that nobody approved.
    LAUNCH_CASK_WEAKENED = "mcp.launch-cask-weakened", Critical, [Capability],
        "starts cask without its guard",
        "a client starts cask without its guard",
        fix: "start it by its toolpack alone; trust and lockfile are found by themselves";
    /// Two listings of one run gave different tools. What was read is not what will be served, and no
    /// signature over it means anything.
    TOOLS_UNSTABLE = "mcp.tools-unstable", Critical, [Contract, Capability],
        "two listings differ",
        "a server lists other tools each time it is asked",
        fix: "do not use the server until two listings are the same";
    /// A server that clients start or call, and whose tools agents see, as soon as someone opens the repository.
    SERVER_ADDED = "mcp.server-added", High, [Capability],
        "new server",
        "clients are given a new server",
        fix: "look at the server, then lock it in a toolpack, or let the owners accept it in gate.yaml";
    /// Without an exact version or digest, the next start can run other code than the one that somebody looked at.
    LAUNCH_UNPINNED = "mcp.launch-unpinned", High, [Capability],
        "no exact version",
        "a server is launched without an exact version",
        fix: "name the exact version, or the digest of the image";
    /// The process gets a variable whose name is that of a credential.
    LAUNCH_ENV_ADDED = "mcp.launch-env-added", High, [Capability],
        "gets a credential",
        "a server gets a credential from the environment",
        fix: "give it a credential of its own that can do no more than the server needs";
    /// Calls that stayed on the machine leave it, or the other way round.
    TRANSPORT_CHANGED = "mcp.transport-changed", High, [Contract, Capability],
        "another transport",
        "a server is spoken to in another way",
        fix: "look at the new server as a new one";
    /// The client sends a credential to the server that it did not send before.
    AUTH_ADDED = "mcp.auth-added", High, [Contract, Capability],
        "sends a credential",
        "a server is sent a credential",
        fix: "check that the credential is meant for this address";
    /// A rule that forbade something, or made the client ask, is gone.
    DENY_REMOVED = "mcp.deny-removed", High, [Capability],
        "a prohibition is gone",
        "a client may do what was forbidden",
        fix: "put the rule back";
    /// The server can do something that it could not: ask the model or the user, run tasks, write logs, complete
    /// what is typed. Clients open what a server declares.
    CAPABILITY_ADDED = "mcp.capability-added", High, [Capability],
        "new capability of a server",
        "a server opens a new channel to its client",
        fix: "find out what the server needs it for, then sign the surface";
    /// Another version of the same package runs.
    LAUNCH_VERSION_CHANGED = "mcp.launch-version-changed", Medium, [Contract, Capability],
        "another version",
        "a server runs in another version",
        fix: "read what the new version changes; list its tools again if they are locked";
    /// A server that agents had is no longer given to them.
    SERVER_REMOVED = "mcp.server-removed", Medium, [Contract],
        "server gone",
        "clients lose a server",
        fix: "nothing, if it is meant";
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
    /// A setting of a client's configuration differs, and it is none of those that are understood here: it may run, allow
    /// or redirect anything.
    CLIENT_SETTING_CHANGED = "mcp.client-setting-changed", Medium, [Capability, Hygiene],
        "another setting of a client",
        "a client has another setting that is not understood here",
        fix: "look up what the client does with it";
    /// The same launch line under another name. Rules of clients name servers, and so do texts.
    SERVER_RENAMED = "mcp.server-renamed", Low, [Contract],
        "server renamed",
        "a server has another name",
        fix: "look for permission rules that name it";
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

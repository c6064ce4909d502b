//! Resources of MCP servers, and templates of their addresses.

use super::def::rules;

rules! { Mcpr =>
    /// The server hands out files: of its own host, which may be the user's.
    SCHEME_FILE_ADDED = "mcpr.scheme-file-added", High, [Capability],
        "files can be read",
        "a server now hands out files",
        fix: "check which folder it is bound to, then sign the surface";
    /// What was written in the address can now be chosen by the caller: more can be read than before.
    TEMPLATE_BROADENED = "mcpr.template-broadened", High, [Capability],
        "template reaches further",
        "a template of resources reaches further",
        fix: "put the literal part back, or check what the variable can reach";
    /// A whole class of addresses can be read that could not.
    TEMPLATE_ADDED = "mcpr.template-added", High, [Capability],
        "new template of resources",
        "a server offers a new class of resources",
        fix: "check what its variables can reach, then sign the surface";
    /// A class of addresses can no longer be read.
    TEMPLATE_REMOVED = "mcpr.template-removed", High, [Contract],
        "template of resources gone",
        "a class of resources is gone",
        fix: "check who reads them, then sign the surface";
    /// A resource can be read that was not there: its text goes to the model.
    RESOURCE_ADDED = "mcpr.resource-added", Medium, [Capability],
        "new resource",
        "a server offers a new resource",
        fix: "check whose text it is, then sign the surface";
    /// The resource is gone: who reads it fails.
    RESOURCE_REMOVED = "mcpr.resource-removed", Medium, [Contract],
        "resource gone",
        "a resource that agents read is gone",
        fix: "check who reads it, then sign the surface";
    /// The resource is of another type: it is read, or shown, in another way.
    MIME_CHANGED = "mcpr.mime-changed", Medium, [Contract, Capability],
        "other type of content",
        "a resource is of another type",
        fix: "check that clients do not run what they should show";
    /// Clients can be told of changes of resources while they run.
    SUBSCRIBE_ENABLED = "mcpr.subscribe-enabled", Low, [Capability],
        "resources can be subscribed to",
        "a server can push changes of resources",
        fix: "nothing, if it is meant";
}

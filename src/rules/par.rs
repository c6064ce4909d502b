//! Parameters: path, query, header, cookie, and the top-level inputs of a tool.

use super::def::rules;

rules! { Par =>
    /// Calls that were complete lack the new parameter and fail.
    REQUIRED_ADDED = "par.required-added", High, [Contract],
        "new required parameter",
        "an agent must now send one more parameter",
        fix: "make it optional or give it a default; else tell those who call the tool";
    /// An agent can send one more thing. Old calls still work.
    OPTIONAL_ADDED = "par.optional-added", Low, [Capability],
        "new optional parameter",
        "an agent can send one more parameter",
        fix: "read what it does, then sign";
    /// The value of the new parameter is an address, a file, a command, a query or the like: whoever steers the
    /// agent chooses where the call reaches or what it runs.
    OPTIONAL_ADDED_SINK = "par.optional-added-sink", High, [Capability],
        "new parameter that takes an address, file or command",
        "an agent can choose an address, file or command",
        fix: "limit it by an enum, a pattern or a policy, or leave it out";
    /// Any text or any object can be sent to a call that changes something: nothing limits what goes out with it.
    OPTIONAL_ADDED_FREEFORM = "par.optional-added-freeform", Medium, [Capability],
        "new parameter for any text or object",
        "an agent can send any text with a call that changes something",
        fix: "give it a maximum length, a pattern, or named properties";
    /// Calls that send the parameter are refused, or it is silently ignored and they mean something else.
    REMOVED = "par.removed", Medium, [Contract],
        "parameter gone",
        "an agent can no longer send a parameter",
        fix: "keep it for a while and ignore it; else tell those who call the tool";
    /// Calls without the parameter used to work and fail now.
    BECAME_REQUIRED = "par.became-required", High, [Contract],
        "parameter required now",
        "an agent must now send a parameter that it could leave out",
        fix: "give it a default, or tell those who call the tool";
    /// What had to be said may be left out; what the call then does is the server's choice.
    BECAME_OPTIONAL = "par.became-optional", Low, [Capability],
        "parameter optional now",
        "an agent may leave out a parameter",
        fix: "check what a call without it does, then sign";
    /// The parameter kept a call in its bounds: whose data, how much, only a trial, really meant. Left out, the
    /// bound is gone.
    GUARD_BECAME_OPTIONAL = "par.guard-became-optional", High, [Capability],
        "guarding parameter optional now",
        "an agent may leave out the parameter that kept a call in bounds",
        fix: "keep it required, or set a safe default on the server";
    /// A call that says nothing used to be a trial, or to ask back, or to stay small; now it acts.
    GUARD_DEFAULT_FLIPPED = "par.guard-default-flipped", Critical, [Capability],
        "safe default turned round",
        "a call that says nothing now acts without the guard",
        fix: "put the safe default back";
    /// The same name is sent elsewhere in the request: calls put it where it is no longer read.
    LOCATION_CHANGED = "par.location-changed", High, [Contract],
        "parameter moved within the request",
        "a parameter is sent in another place of the request",
        fix: "accept it in both places for a while";
    /// The way in which lists and objects are written into the request differs: the server reads another value.
    STYLE_CHANGED = "par.style-changed", Medium, [Contract],
        "parameter written another way",
        "a parameter is written another way",
        fix: "check that the server reads both, then sign";
    /// URLs end up in logs, histories and the headers of other requests; so will the credential.
    SECRET_IN_QUERY = "par.secret-in-query", High, [Capability],
        "credential in the URL",
        "a credential is sent in the URL",
        fix: "send it in a header";
    /// Values that were right are of the wrong type now.
    TYPE_CHANGED = "par.type-changed", High, [Contract],
        "parameter of another type",
        "a parameter has another type",
        fix: "accept both types, or give the new one another name";
    /// Values of more types are accepted.
    TYPE_WIDENED = "par.type-widened", Low, [Capability],
        "parameter takes more types",
        "a parameter takes more kinds of value",
        fix: "check that the server expects them, then sign";
    /// Only some of the types that were right still are.
    TYPE_NARROWED = "par.type-narrowed", High, [Contract],
        "parameter takes fewer types",
        "a parameter takes fewer kinds of value",
        fix: "keep accepting the others, or tell those who call the tool";
    /// A call that says nothing means something now.
    DEFAULT_ADDED = "par.default-added", Medium, [Contract, Capability],
        "new default of a parameter",
        "a call that leaves out a parameter means something else",
        fix: "check that the default is what callers expect, then sign";
    /// A call that says nothing means something else now.
    DEFAULT_CHANGED = "par.default-changed", Medium, [Contract, Capability],
        "other default of a parameter",
        "a call that leaves out a parameter means something else",
        fix: "check what calls without it do now, then sign";
    /// What a call without the parameter means is no longer said.
    DEFAULT_REMOVED = "par.default-removed", Medium, [Contract, Capability],
        "default of a parameter gone",
        "a call that leaves out a parameter means something else",
        fix: "state the default, or make the parameter required";
    /// The same parameter has another name: calls send the old one, which is no longer read.
    RENAMED = "par.renamed", High, [Contract],
        "parameter renamed",
        "a parameter has another name",
        fix: "accept both names for a while";
}

//! Tools of MCP servers and of pages: what they say, take, give back and promise.

use super::def::rules;

rules! { Mcpt =>
    /// A server offers a tool that was not there. Whoever runs the toolpack will be able to call it once it is
    /// approved.
    ADDED = "mcpt.added", ByRisk, [Capability],
        "new tool of a server",
        "an agent could call a new tool of a server",
        fix: "read what it says and takes, then `cask gate allow <tool>`";
    /// The tool is gone: agents that call it will fail. A signed withdrawal says that this is meant.
    REMOVED = "mcpt.removed", High, [Contract],
        "tool of a server gone",
        "a server's tool that agents use is gone",
        fix: "bring it back, or `cask gate withdraw <tool>`";
    /// The same tool answers to another name: calls by the old one fail, and whoever listens to it next gets them.
    RENAMED = "mcpt.renamed", High, [Contract],
        "tool of a server renamed",
        "a server's tool answers to another name",
        fix: "tell those who call it, then sign it";
    /// The tool was withdrawn and the server offers it again. Approvals from before the withdrawal do not count.
    REAPPEARED = "mcpt.reappeared", High, [Capability],
        "withdrawn tool of a server is back",
        "a withdrawn tool of a server is back",
        fix: "find out why it went, then sign it anew or leave it out";
    /// The tool now says that it only reads, and its name, its text or its own earlier word say that it changes
    /// something. Clients run what only reads without asking.
    READONLY_CLAIMED = "mcpt.readonly-claimed", Critical, [Capability],
        "claims to only read",
        "a tool that changes things claims to only read",
        fix: "put the hint back; a hint follows from what the tool does";
    /// The tool now says that it destroys nothing, though it does what it did when it said that it does.
    DESTRUCTIVE_HIDDEN = "mcpt.destructive-hidden", Critical, [Capability],
        "claims to destroy nothing",
        "a tool that destroys claims that it does not",
        fix: "put the hint back; a hint follows from what the tool does";
    /// The tool said that it only reads, and no longer does: it may change what it reaches.
    READONLY_DROPPED = "mcpt.readonly-dropped", High, [Capability],
        "no longer only reads",
        "a tool that only read may now change things",
        fix: "find out what it changes, then sign it again";
    /// The tool may now destroy what it changes: it said that it does not, or does so no more.
    DESTRUCTIVE_ADDED = "mcpt.destructive-added", High, [Capability],
        "may now destroy",
        "a tool may now destroy what it changes",
        fix: "find out what it destroys, then sign it again";
    /// The tool talked to a closed set of things and now to the open world: what it returns may be anybody's.
    OPENWORLD_ADDED = "mcpt.openworld-added", High, [Capability],
        "now talks to the open world",
        "a tool now talks to the open world",
        fix: "check where it goes and whose texts it returns, then sign it again";
    /// The tool now says that it talks to a closed set of things, and takes an address that the caller chooses.
    OPENWORLD_HIDDEN = "mcpt.openworld-hidden", High, [Capability],
        "claims a closed world",
        "a tool that takes addresses claims a closed world",
        fix: "put the hint back, or bound the addresses that it takes";
    /// Every hint is gone. By the protocol a tool without hints may change and destroy, in an open world.
    ANNOTATIONS_OMITTED = "mcpt.annotations-omitted", High, [Capability],
        "says nothing of its effect any more",
        "a tool no longer says what it does to the world",
        fix: "have the server say it again, or sign it as a tool that may destroy";
    /// The input schema is gone or says nothing: the model no longer knows what to send, and anything is taken.
    INPUT_SCHEMA_MISSING = "mcpt.input-schema-missing", High, [Contract, Capability],
        "input schema lost",
        "a tool no longer says what it takes",
        fix: "restore the schema; a loose dependency of the server often empties it";
    /// Answers no longer follow a schema: what callers read out of them may be missing.
    OUTPUT_SCHEMA_REMOVED = "mcpt.output-schema-removed", High, [Contract],
        "output schema gone",
        "a tool no longer promises what it gives back",
        fix: "restore the schema, or tell those who read the answers";
    /// The title that people see is the name or title of another tool: what they approve is not what runs.
    TITLE_MASKS_NAME = "mcpt.title-masks-name", High, [Capability],
        "title of another tool",
        "a tool shows itself under the title of another one",
        fix: "give it a title of its own";
    /// The text is more than twice as long as before, and long: room for what a reviewer skips.
    DESCRIPTION_GREW = "mcpt.description-grew", Medium, [Capability],
        "description grew",
        "a tool says twice as much as before",
        fix: "read all of it as the model would, then sign";
    /// The model is told nothing about the tool any more, and guesses what it does from its name.
    DESCRIPTION_EMPTIED = "mcpt.description-emptied", Medium, [Contract],
        "description emptied",
        "a tool no longer says what it does",
        fix: "restore the text";
    /// A hint is no boolean: one client takes it as said, the next takes the default.
    ANNOTATION_TYPE_INVALID = "mcpt.annotation-type-invalid", Medium, [Contract],
        "hint is no boolean",
        "a hint of a tool is no boolean",
        fix: "write the hint as true or false";
    /// The tool says that it can be repeated without harm. Clients then repeat what failed.
    IDEMPOTENT_CLAIMED = "mcpt.idempotent-claimed", Medium, [Capability],
        "claims that repeating is harmless",
        "a tool claims that repeating a call is harmless",
        fix: "check that a second call changes nothing, then sign";
    /// Repeating a call may now do its work twice.
    IDEMPOTENT_DROPPED = "mcpt.idempotent-dropped", Medium, [Contract],
        "repeating is no longer harmless",
        "repeating a call of a tool may do its work twice",
        fix: "check how agents retry it";
    /// The tool now must, or must not, be run as a task: calls in the old way fail.
    TASK_SUPPORT_CHANGED = "mcpt.task-support-changed", Medium, [Contract],
        "run in another way",
        "a tool is to be called in another way",
        fix: "check that your clients call it so";
    /// An icon or a page that clients show with the tool is loaded from a remote host: it sees who uses the tool,
    /// and shows what it likes.
    ICON_REMOTE = "mcpt.icon-remote", Medium, [Capability],
        "loads an image or page from a host",
        "a tool loads an image or a page from a remote host",
        fix: "check the host, or have the server embed the data";
    /// Data beside the definition changed: what clients or models make of it is theirs to know.
    META_CHANGED = "mcpt.meta-changed", Medium, [Capability],
        "data beside the definition changed",
        "data beside the definition of a tool changed",
        fix: "read what it is, then sign";
    /// The text of a parameter was reworded, without any cue that it instructs.
    PARAM_DESCRIPTION_CHANGED = "mcpt.param-description-changed", Low, [Hygiene],
        "text of a parameter reworded",
        "the text of a parameter was reworded",
        fix: "read it as the model would, then sign";
    /// The text of the tool was reworded, without any cue that it instructs.
    DESCRIPTION_CHANGED = "mcpt.description-changed", Low, [Hygiene],
        "description of a server's tool reworded",
        "a server describes a tool in other words",
        fix: "read it as the model would, then sign";
    /// People see the tool under another title.
    TITLE_CHANGED = "mcpt.title-changed", Low, [Hygiene],
        "title changed",
        "a tool shows itself under another title",
        fix: "check that it says what the tool does, then sign";
    /// Answers now follow a schema: callers can rely on more.
    OUTPUT_SCHEMA_ADDED = "mcpt.output-schema-added", Low, [Contract],
        "output schema added",
        "a tool now promises what it gives back",
        fix: "nothing, if it is meant; clients check answers against it";
}

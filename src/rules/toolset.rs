//! Named groups of tools.

use super::def::rules;

rules! { Toolset =>
    /// A set that is named read-only, or says so, holds a tool that changes state. Whoever runs an agent with
    /// it relies on the word.
    READONLY_VIOLATED = "toolset.readonly-violated", Critical, [Capability],
        "a writing tool in a read-only set",
        "a read-only set holds a tool that changes things",
        fix: "take the tool out of the set, or rename the set";
    /// A whole new set that an agent can be run with.
    ADDED = "toolset.added", Medium, [Capability],
        "new toolset",
        "agents can be run with a new toolset",
        fix: "check its members, then sign the surface";
    /// Agents that are run with this set no longer start.
    REMOVED = "toolset.removed", Medium, [Contract],
        "toolset gone",
        "a toolset that agents are run with is gone",
        fix: "bring it back, or tell those who use it";
    /// Text of strangers, private data and a way out in one set: whoever writes the text can have the data sent.
    TRIFECTA_FORMED = "toolset.trifecta-formed", Critical, [Capability],
        "strangers' text, private data and a way out in one set",
        "a stranger's text could now have private data sent out",
        fix: "keep one of the three out of the set";
}

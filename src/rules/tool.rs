//! What a toolpack offers.

use super::def::rules;

rules! { Tool =>
    /// A tool is in the head toolpack and was not in the base. Whoever runs the toolpack will be able to call
    /// it once it is approved.
    ADDED = "tool.added", ByRisk, [Capability],
        "new tool",
        "an agent could call a new tool",
        fix: "read what it does, then `cask gate allow <tool>`";
    /// The base offered the tool and the head does not: agents that call it will fail. A signed withdrawal
    /// says that this is meant.
    REMOVED = "tool.removed", High, [Contract],
        "tool gone",
        "a tool that agents use is gone",
        fix: "bring it back, or `cask gate withdraw <tool>`";
    /// The tool was withdrawn and is back. Approvals from before the withdrawal do not count.
    REAPPEARED = "tool.reappeared", High, [Capability],
        "withdrawn tool is back",
        "a withdrawn tool is back",
        fix: "find out why it went, then sign it anew or leave it out";
    /// Two tools answer to one name (also when only case or look-alike letters differ): which one is called
    /// depends on the reader.
    DUPLICATE_NAME = "tool.duplicate-name", Critical, [Contract, Capability],
        "two tools with one name",
        "two tools answer to one name",
        fix: "rename one of them";
    /// A tool of another toolpack has this name, or one that looks like it. An agent that is run with both may call the
    /// one when the other is meant, and hand it what was meant for the other.
    SHADOWS_OTHER = "tool.shadows-other", Critical, [Capability],
        "name of another toolpack's tool",
        "a tool answers to the name of another toolpack's tool",
        fix: "give it a name of its own";
    /// The tool's risk tier went up: it can do more harm than the one that was approved.
    RISK_RAISED = "tool.risk-raised", High, [Capability],
        "higher risk",
        "a tool has become more dangerous",
        fix: "read why (risk reasons), then sign it again";
    /// The tier went down although what the tool does did not change: a way to need fewer signatures.
    RISK_LOWERED = "tool.risk-lowered", High, [Capability],
        "lower risk without a reason",
        "a tool is declared harmless without having become so",
        fix: "put the tier back; a tier follows from what the tool does";
    /// The tier went down because the tool does less.
    RISK_LOWERED_JUSTIFIED = "tool.risk-lowered-justified", Low, [Capability],
        "lower risk, does less",
        "a tool does less than before",
        fix: "sign it again";
    /// A person was asked before each call, and no longer is.
    CONFIRMATION_DROPPED = "tool.confirmation-dropped", Critical, [Capability],
        "no confirmation any more",
        "a tool runs without the confirmation that it needed",
        fix: "put the confirmation back, or sign knowing that nobody is asked";
    /// The tool has no limit on calls any more.
    RATE_BUDGET_REMOVED = "tool.rate-budget-removed", High, [Capability],
        "no rate limit any more",
        "a tool can be called without limit",
        fix: "set a limit";
    /// The tool may be called more often.
    RATE_BUDGET_RAISED = "tool.rate-budget-raised", Medium, [Capability],
        "higher rate limit",
        "a tool may be called more often",
        fix: "check that the API and its bill can bear it, then sign";
    /// Agents that run with this toolset can call the tool from now on.
    TOOLSET_ADDED_TO = "tool.toolset-added-to", Medium, [Capability],
        "in another toolset",
        "agents with another toolset can call a tool",
        fix: "sign the tool for this toolset";
    /// Agents that run with this toolset can no longer call the tool.
    TOOLSET_REMOVED_FROM = "tool.toolset-removed-from", Medium, [Contract],
        "left a toolset",
        "agents with a toolset lose a tool",
        fix: "nothing, if it is meant";
    /// The tool says more than is read here: no cue in the rest would have been seen, and a model reads it.
    TEXT_UNREAD = "tool.text-unread", High, [Capability],
        "more text than is read",
        "a tool says more than was looked at",
        fix: "shorten its texts, or read the rest yourself before you sign";
    /// The text that tells a model what the tool does was reworded, without any cue that it instructs.
    DESCRIPTION_CHANGED = "tool.description-changed", Low, [Hygiene],
        "description reworded",
        "a description was reworded",
        fix: "read it as the model would, then sign";
    /// Something else of the tool is not what was approved: its request, its inputs, its answer, its
    /// credential. No finer rule speaks of it, so nobody but its reader judges it.
    DEFINITION_CHANGED = "tool.definition-changed", Medium, [Contract, Capability],
        "defined otherwise",
        "a tool is defined otherwise than before",
        fix: "read what changed, then sign it again";
    /// Something that belongs to no tool alone is not what was approved: toolpack.yaml, the policy, toolsets,
    /// the baseline beside the operations of tools. No finer rule speaks of it, so nobody but its reader
    /// judges it.
    SURFACE_CHANGED = "tool.surface-changed", Medium, [Contract, Capability],
        "what all tools share is another",
        "what all tools share is not what it was",
        fix: "read what changed, then sign the surface";
}

/// The rules that say that something differs and not what it means: nothing rests on their severity.
pub const UNJUDGED: [&Rule; 2] = [DEFINITION_CHANGED, SURFACE_CHANGED];

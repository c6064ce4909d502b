//! Prompts of MCP servers.

use super::def::rules;

rules! { Mcpp =>
    /// A server offers a prompt that was not there: its text goes to the model as the user's own.
    PROMPT_ADDED = "mcpp.prompt-added", Medium, [Capability],
        "new prompt",
        "a server offers a new prompt",
        fix: "read what it asks of the model, then sign the surface";
    /// The prompt is gone: who starts from it fails.
    PROMPT_REMOVED = "mcpp.prompt-removed", Medium, [Contract],
        "prompt gone",
        "a prompt that people use is gone",
        fix: "check who uses it, then sign the surface";
    /// The prompt cannot be had without an argument that nobody gave before.
    ARGUMENT_REQUIRED_ADDED = "mcpp.argument-required-added", High, [Contract],
        "prompt needs a new argument",
        "a prompt fails without a new argument",
        fix: "tell those who use it, then sign the surface";
    /// The prompt no longer takes an argument: what was given there is lost.
    ARGUMENT_REMOVED = "mcpp.argument-removed", Medium, [Contract],
        "argument of a prompt gone",
        "a prompt no longer takes an argument",
        fix: "tell those who use it, then sign the surface";
    /// The text of a prompt was reworded, without any cue that it instructs beyond its purpose.
    TEXT_CHANGED = "mcpp.text-changed", Low, [Hygiene],
        "text of a prompt reworded",
        "the text of a prompt was reworded",
        fix: "read it as the model would, then sign the surface";
}

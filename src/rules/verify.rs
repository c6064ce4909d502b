//! What a toolpack is checked against beside what it was: contracts that were written for it, its own surface, calls
//! that were recorded.

use super::def::rules;

rules! { Verify =>
    /// An assertion of contracts.yaml does not hold, or what a compiled contract says that a call takes or answers is no
    /// longer what is locked; or a page that was played does not show what was written down that it should. Somebody wrote
    /// down that agents rely on it.
    CONTRACT_BROKEN = "verify.contract-broken", High, [Contract],
        "contract does not hold",
        "something that was written down as relied upon does not hold",
        fix: "put back what the contract asks for, or change the contract together with those who rely on it";
    /// A contract is about a tool or an operation that the toolpack does not have, or not under one meaning. Whoever
    /// relies on it relies on nothing.
    TARGET_MISSING = "verify.target-missing", High, [Contract],
        "contract about something that is not there",
        "a contract is about something that the toolpack does not have",
        fix: "put the tool back, correct the name in contracts.yaml, or take the contract out";
    /// An assertion could not be told to hold or not to: the field is not there, was taken out of the recording, or was
    /// never recorded. What could not be told is no pass; with --no-strict it is told and does not count.
    ASSERTION_UNKNOWN = "verify.assertion-unknown", Medium, [Contract],
        "assertion that can't be told",
        "nobody can tell whether something holds that was written down",
        fix: "record the call (`--capture`) or make it (`--live`), correct the assertion, or say `--no-strict`";
    /// The baseline has an operation on which no tool stands. Agents cannot call what was locked for them.
    TOOL_MISSING = "verify.tool-missing", High, [Contract],
        "locked operation without its tool",
        "an operation was locked for agents and has no tool",
        fix: "put the tool back into tools.json, or make the toolpack anew without the operation";
    /// A tool stands on an operation that the baseline does not have. Nothing of what it calls was locked, so nothing of
    /// it can be compared, by drift neither.
    OPERATION_MISSING = "verify.operation-missing", High, [Contract, Capability],
        "tool without its locked operation",
        "a tool calls something that was never locked",
        fix: "make the toolpack anew from its source, so that baseline.json has the operation";
    /// The answer that a tool names is none that its operation was locked with.
    OUTPUT_MISSING = "verify.output-missing", High, [Contract],
        "tool names an answer that was not locked",
        "a tool promises an answer that its operation does not give",
        fix: "correct `output` of the tool, or make the toolpack anew from its source";
    /// What a page shows comes from no call that can be named with enough confidence. Alone it does not count: the
    /// share of such assertions is held against the budget.
    UNMAPPED = "verify.unmapped", Info, [Contract],
        "what a page shows is of no certain call",
        "something that a page shows comes from no call that can be named",
        fix: "record the page (`--capture`), or let the assertion expect a value that one call alone answers";
    /// More of what pages show could not be traced to a call than the budget lets pass.
    UNKNOWN_BUDGET = "verify.unknown-budget", Medium, [Hygiene],
        "too much of what pages show is of no certain call",
        "too much of what pages show could not be traced to a call",
        fix: "record the pages (`--capture`), or allow more: `--unknown-budget`";
}

//! What tools come to together: data that can now travel, and how much there is of them.

use super::def::rules;

rules! { Flow =>
    /// One tool returns private data and another sends to where its caller says: an agent that can call both can be
    /// talked into carrying the data out.
    NEW_EGRESS_PATH = "flow.new-egress-path", Critical, [Capability],
        "private data can now be sent out",
        "an agent could read private data and send it out",
        fix: "keep the two in different toolsets, or sign knowing that the data can leave";
    /// Text that strangers wrote reaches an agent that can change things: the text can tell it to.
    UNTRUSTED_INLET = "flow.untrusted-inlet", High, [Capability],
        "text of strangers beside tools that write",
        "an agent that can change things now reads what strangers wrote",
        fix: "keep the tool out of sets that write, or have a person confirm each write";
    /// The field that another tool's argument is filled from no longer comes back.
    DEPENDENCY_BROKEN = "flow.dependency-broken", High, [Contract],
        "another tool needs the field that is gone",
        "a field is gone that another tool is called with",
        fix: "keep the field, or give the other tool another way to be called";
    /// There are more hints of which tool feeds which than are followed: that a tool still gets what it needs is not
    /// known for the rest.
    UNFOLLOWED = "flow.unfollowed", Medium, [Contract],
        "more hints than are followed",
        "what feeds what was not followed to the end",
        fix: "keep fewer flows in the baseline, or look at the rest yourself before you sign";
    /// Agents are told to take the value from another tool than before: it may be another value.
    DEPENDENCY_RETARGETED = "flow.dependency-retargeted", Medium, [Contract, Capability],
        "value comes from another tool",
        "an argument is now to be filled from another tool",
        fix: "see that the other tool gives the same thing";
    /// With too many tools, or too much text about them, models choose the wrong one.
    TOOL_COUNT_BUDGET = "flow.tool-count-budget", Medium, [Contract],
        "toolset is over its budget",
        "a toolset is larger than its budget",
        fix: "split the toolset, or let the owners raise the limit in gate.yaml";
    /// Many small steps are one large one: what agents can do together has grown by more than the limit.
    TOTAL_SURFACE_GREW = "flow.total-surface-grew", Medium, [Capability],
        "far more can be done than before",
        "agents could do far more than before",
        fix: "look at the whole, not only at each tool; the owners set the limit in gate.yaml";
}

//! Request bodies, and the inputs of a tool below the top level.

use super::def::rules;

rules! { Req =>
    /// Calls without a body used to work.
    BODY_REQUIRED_ADDED = "req.body-required-added", High, [Contract],
        "body needed",
        "a call now needs a body",
        fix: "make it optional, or tell those who call the tool";
    /// A call can carry a body.
    BODY_OPTIONAL_ADDED = "req.body-optional-added", Medium, [Capability],
        "body accepted",
        "a call can now carry a body",
        fix: "read what it can hold, then sign";
    /// Calls with a body are refused, or it is silently ignored.
    BODY_REMOVED = "req.body-removed", High, [Contract],
        "body no longer accepted",
        "a call can no longer carry a body",
        fix: "keep accepting it for a while";
    /// Calls without a body used to work and fail now.
    BODY_BECAME_REQUIRED = "req.body-became-required", High, [Contract],
        "body required now",
        "a call can no longer go without its body",
        fix: "keep it optional, or tell those who call the tool";
    /// A call may go without its body.
    BODY_BECAME_OPTIONAL = "req.body-became-optional", Low, [Capability],
        "body optional now",
        "a call may go without its body",
        fix: "check what a call without it does, then sign";
    /// Bodies of this type are refused.
    MEDIA_REMOVED = "req.media-removed", High, [Contract],
        "media type refused",
        "bodies of one media type are refused",
        fix: "keep accepting it for a while";
    /// Bodies of one more type are accepted. Types that carry files or markup reach other parsers.
    MEDIA_ADDED = "req.media-added", Low, [Capability],
        "media type accepted",
        "bodies of one more media type are accepted",
        fix: "check what reads them, then sign";
    /// Calls that were complete lack the new field and fail.
    FIELD_REQUIRED_ADDED = "req.field-required-added", High, [Contract],
        "new required field",
        "an agent must now send one more field",
        fix: "make it optional or give it a default; else tell those who call the tool";
    /// An agent can send one more thing. Old calls still work.
    FIELD_OPTIONAL_ADDED = "req.field-optional-added", Low, [Capability],
        "new optional field",
        "an agent can send one more field",
        fix: "read what it does, then sign";
    /// The value of the new field is an address, a file, a command, a query or the like: whoever steers the agent
    /// chooses where the call reaches or what it runs.
    FIELD_SINK_ADDED = "req.field-sink-added", High, [Capability],
        "new field that takes an address, file or command",
        "an agent can choose an address, file or command",
        fix: "limit it by an enum, a pattern or a policy, or leave it out";
    /// Calls that send the field are refused, or it is silently ignored and they mean something else.
    FIELD_REMOVED = "req.field-removed", Medium, [Contract],
        "field gone",
        "an agent can no longer send a field",
        fix: "keep it for a while and ignore it; else tell those who call the tool";
    /// Calls without the field used to work and fail now.
    FIELD_BECAME_REQUIRED = "req.field-became-required", High, [Contract],
        "field required now",
        "an agent must now send a field that it could leave out",
        fix: "give it a default, or tell those who call the tool";
    /// What had to be said may be left out; what the call then does is the server's choice.
    FIELD_BECAME_OPTIONAL = "req.field-became-optional", Low, [Capability],
        "field optional now",
        "an agent may leave out a field",
        fix: "check what a call without it does, then sign";
    /// The field kept a call in its bounds: whose data, how much, only a trial, really meant. Left out, the bound
    /// is gone.
    FIELD_GUARD_BECAME_OPTIONAL = "req.field-guard-became-optional", High, [Capability],
        "guarding field optional now",
        "an agent may leave out the field that kept a call in bounds",
        fix: "keep it required, or set a safe default on the server";
    /// A call that says nothing used to be a trial, or to ask back, or to stay small; now it acts.
    FIELD_GUARD_DEFAULT_FLIPPED = "req.field-guard-default-flipped", Critical, [Capability],
        "safe default of a field turned round",
        "a call that says nothing now acts without the guard",
        fix: "put the safe default back";
    /// Values that were right are of the wrong type now.
    FIELD_TYPE_CHANGED = "req.field-type-changed", High, [Contract],
        "field of another type",
        "a field has another type",
        fix: "accept both types, or give the new one another name";
    /// Values of more types are accepted.
    FIELD_TYPE_WIDENED = "req.field-type-widened", Low, [Capability],
        "field takes more types",
        "a field takes more kinds of value",
        fix: "check that the server expects them, then sign";
    /// Only some of the types that were right still are.
    FIELD_TYPE_NARROWED = "req.field-type-narrowed", High, [Contract],
        "field takes fewer types",
        "a field takes fewer kinds of value",
        fix: "keep accepting the others, or tell those who call the tool";
    /// A call that says nothing means something now.
    FIELD_DEFAULT_ADDED = "req.field-default-added", Medium, [Contract, Capability],
        "new default of a field",
        "a call that leaves out a field means something else",
        fix: "check that the default is what callers expect, then sign";
    /// A call that says nothing means something else now.
    FIELD_DEFAULT_CHANGED = "req.field-default-changed", Medium, [Contract, Capability],
        "other default of a field",
        "a call that leaves out a field means something else",
        fix: "check what calls without it do now, then sign";
    /// What a call without the field means is no longer said.
    FIELD_DEFAULT_REMOVED = "req.field-default-removed", Medium, [Contract, Capability],
        "default of a field gone",
        "a call that leaves out a field means something else",
        fix: "state the default, or make the field required";
    /// The same field has another name: calls send the old one, which is no longer read.
    FIELD_RENAMED = "req.field-renamed", High, [Contract],
        "field renamed",
        "a field has another name",
        fix: "accept both names for a while";
    /// The whole body went one level down or up: every call has the wrong shape.
    WRAPPED = "req.wrapped", High, [Contract],
        "body wrapped or unwrapped",
        "a whole body went one level down or up",
        fix: "accept both shapes for a while";
    /// What is sent with every call and can't be chosen is another query or another value: the tool does
    /// something else under the same name.
    FIXED_BODY_CHANGED = "req.fixed-body-changed", Critical, [Contract, Capability],
        "other fixed part of the body",
        "a tool sends another fixed query or value",
        fix: "read the new one as if the tool were new, then sign";
    /// A list used to be sent, and now an object.
    ARRAY_BECAME_OBJECT = "req.array-became-object", High, [Contract],
        "object instead of a list",
        "an agent must send an object instead of a list",
        fix: "accept both shapes for a while";
    /// An object used to be sent, and now a list.
    OBJECT_BECAME_ARRAY = "req.object-became-array", High, [Contract],
        "list instead of an object",
        "an agent must send a list instead of an object",
        fix: "accept both shapes for a while";
    /// The field says who owns the thing, what state it is in or what somebody may do: a caller that can set it
    /// can give itself rights.
    MASS_ASSIGNMENT_FIELD = "req.mass-assignment-field", Critical, [Capability],
        "field of rights or state can be set",
        "an agent can set rights, an owner or a state",
        fix: "leave the field out of what callers can send";
}

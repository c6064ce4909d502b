//! Responses: what comes back.

use super::def::rules;

rules! { Res =>
    /// Callers wait for a status that no longer comes.
    STATUS_SUCCESS_REMOVED = "res.status-success-removed", High, [Contract],
        "success status gone",
        "a status that meant success no longer comes",
        fix: "keep it, or tell those who call the tool";
    /// Success is said by another status: callers that look for the old one take it for a failure.
    STATUS_SUCCESS_CHANGED = "res.status-success-changed", High, [Contract],
        "another success status",
        "success is said by another status",
        fix: "keep the old status, or tell those who call the tool";
    /// Success may be said by one more status.
    STATUS_SUCCESS_ADDED = "res.status-success-added", Medium, [Contract],
        "one more success status",
        "success may be said by one more status",
        fix: "check that callers can handle it, then sign";
    /// One more way to fail is declared.
    STATUS_ERROR_ADDED = "res.status-error-added", Low, [Contract],
        "one more error status",
        "a call can fail in one more way",
        fix: "check that callers can handle it, then sign";
    /// One way to fail is no longer declared.
    STATUS_ERROR_REMOVED = "res.status-error-removed", Low, [Contract],
        "error status gone",
        "a call no longer fails in one of the known ways",
        fix: "check what comes instead, then sign";
    /// Answers of this type no longer come.
    MEDIA_REMOVED = "res.media-removed", High, [Contract],
        "answer in one media type gone",
        "answers no longer come in one media type",
        fix: "keep it for a while";
    /// Answers come in another type: callers can't read them.
    MEDIA_CHANGED = "res.media-changed", High, [Contract],
        "answer in another media type",
        "answers come in another media type",
        fix: "keep the old one for a while";
    /// A field that was always there is gone.
    FIELD_REQUIRED_REMOVED = "res.field-required-removed", High, [Contract],
        "promised field no longer returned",
        "a field that was always returned is gone",
        fix: "keep it for a while";
    /// A field that was sometimes there is gone.
    FIELD_OPTIONAL_REMOVED = "res.field-optional-removed", Medium, [Contract],
        "field no longer returned",
        "a field that was sometimes returned is gone",
        fix: "check that nobody reads it, then sign";
    /// A field that was always there may be missing.
    FIELD_BECAME_OPTIONAL = "res.field-became-optional", High, [Contract],
        "returned field may be missing",
        "a field that was always returned may be missing",
        fix: "keep returning it, or tell those who call the tool";
    /// Null may come where a value always came.
    FIELD_BECAME_NULLABLE = "res.field-became-nullable", High, [Contract],
        "null may be returned",
        "null may come where a value came",
        fix: "keep returning a value, or tell those who call the tool";
    /// One more field comes back; it looks harmless.
    FIELD_ADDED = "res.field-added", Info, [Hygiene],
        "new field returned",
        "one more field is returned",
        fix: "nothing, if it is meant";
    /// The new field looks like a secret, a token or data about a person: the agent, its model and its logs get
    /// to see it.
    FIELD_SENSITIVE_ADDED = "res.field-sensitive-added", High, [Capability],
        "new sensitive field returned",
        "a secret or data about people is returned",
        fix: "leave it out or redact it by policy";
    /// The policy took the field out of answers and no longer does: the agent, its model and its logs get to see what
    /// somebody chose to hide.
    REDACTION_RELAXED = "res.redaction-relaxed", Critical, [Capability],
        "field no longer redacted",
        "a field that was redacted is returned",
        fix: "put the field back into the redact rule, or sign the surface knowing who sees it";
    /// The new field holds text that others write, of any length: instructions for the model can come in with it.
    FIELD_FREEFORM_ADDED = "res.field-freeform-added", Medium, [Capability],
        "new field with text of others",
        "text that others write is returned",
        fix: "check who writes it; limit its length or leave it out";
    /// What comes back is of another type.
    TYPE_CHANGED = "res.type-changed", High, [Contract],
        "returned value of another type",
        "a returned value has another type",
        fix: "keep the old type, or give the new one another name";
    /// Callers must handle more kinds of value.
    TYPE_WIDENED = "res.type-widened", Medium, [Contract],
        "returned value of more types",
        "a returned value can be of more kinds",
        fix: "check that callers can handle them, then sign";
    /// Callers get fewer kinds of value.
    TYPE_NARROWED = "res.type-narrowed", Info, [Hygiene],
        "returned value promised more exactly",
        "a returned value is promised more exactly",
        fix: "nothing, if it is meant";
    /// A value may come that callers do not know.
    ENUM_VALUE_ADDED = "res.enum-value-added", Medium, [Contract],
        "unknown value may be returned",
        "a value may come that callers do not know",
        fix: "check that callers can handle it, then sign";
    /// One value less may come.
    ENUM_VALUE_REMOVED = "res.enum-value-removed", Info, [Hygiene],
        "a value is no longer returned",
        "one value less may be returned",
        fix: "nothing, if it is meant";
    /// More or longer values may come than callers were told: they can fill a model's context.
    BOUND_RAISED = "res.bound-raised", Medium, [Contract, Capability],
        "looser limit on what is returned",
        "more may be returned than callers expect",
        fix: "check that callers can take it, then sign";
    /// Nothing limits what comes back any more: it can fill a model's context.
    BOUND_REMOVED = "res.bound-removed", Medium, [Contract, Capability],
        "limit on what is returned gone",
        "what is returned is no longer limited",
        fix: "put a limit back, or page the answer";
    /// A list came back and now an object, or the other way round.
    SHAPE_ARRAY_OBJECT = "res.shape-array-object", High, [Contract],
        "list and object exchanged",
        "an object is returned instead of a list, or a list instead of an object",
        fix: "keep the old shape, or tell those who call the tool";
    /// The whole answer went one level down or up: callers look in the wrong place.
    ENVELOPE_CHANGED = "res.envelope-changed", High, [Contract],
        "answer wrapped or unwrapped",
        "a whole answer went one level down or up",
        fix: "keep the old shape, or tell those who call the tool";
    /// A header that was always there is gone: callers that page, cache or follow by it stop.
    HEADER_REQUIRED_REMOVED = "res.header-required-removed", Medium, [Contract],
        "promised header gone",
        "a header that was always returned is gone",
        fix: "keep it for a while";
    /// An answer that ended comes in pieces now, maybe without end.
    STREAM_ENABLED = "res.stream-enabled", Medium, [Contract, Capability],
        "answer comes as a stream",
        "an answer comes in pieces",
        fix: "check that callers can read a stream, then sign";
    /// What comes back is no longer described: anything may.
    SCHEMA_LOST = "res.schema-lost", Medium, [Contract, Capability],
        "answer no longer described",
        "what is returned is no longer described",
        fix: "put the schema back";
}

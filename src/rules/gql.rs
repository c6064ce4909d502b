//! GraphQL operations: which there are, what each does, and what it asks for.

use super::def::rules;

rules! { Gql =>
    /// A new query reads, and an agent can now ask it.
    OPERATION_ADDED_QUERY = "gql.operation-added-query", Medium, [Capability],
        "new GraphQL query",
        "an agent can ask a new query",
        fix: "look at what it reads, then sign";
    /// A new mutation changes state, and an agent can now call it.
    OPERATION_ADDED_MUTATION = "gql.operation-added-mutation", High, [Capability],
        "new GraphQL mutation",
        "an agent can call a new mutation",
        fix: "look at what it changes and whether a person is asked first, then sign";
    /// A subscription keeps sending: what it says reaches the agent without a call for each of it.
    OPERATION_ADDED_SUBSCRIPTION = "gql.operation-added-subscription", High, [Capability],
        "new GraphQL subscription",
        "an agent can subscribe to something new",
        fix: "look at what it sends and for how long, then sign";
    /// The operation is gone from its endpoint: calls of it fail.
    OPERATION_REMOVED = "gql.operation-removed", High, [Contract],
        "named GraphQL operation gone",
        "a GraphQL operation is gone",
        fix: "keep it for a while, or withdraw the tool with a signature";
    /// What was approved as a read now changes state, under the same name.
    KIND_ESCALATED = "gql.kind-escalated", Critical, [Contract, Capability],
        "query became a mutation",
        "a GraphQL query is now a mutation",
        fix: "give the mutation a name and a tool of its own, and look at it as at a new one";
    /// The document or its hash is what the server runs; another one is another operation under the same name.
    DOCUMENT_HASH_CHANGED = "gql.document-hash-changed", Critical, [Contract, Capability],
        "other GraphQL document",
        "a tool sends another GraphQL document",
        fix: "read the new document as if the tool were new, then sign";
    /// The tool sent one fixed operation; now whoever steers the agent can write any, mutations too.
    FALLBACK_GENERIC = "gql.fallback-generic", Critical, [Capability],
        "any GraphQL operation may be sent",
        "an agent can send any GraphQL operation",
        fix: "pin each operation in a tool of its own";
    /// Calls that do not send the variable fail.
    VARIABLE_REQUIRED_ADDED = "gql.variable-required-added", High, [Contract],
        "new required variable",
        "a GraphQL operation asks for one more variable",
        fix: "give the variable a default";
    /// The variable that every call had to send is no longer read: what it chose is chosen otherwise.
    VARIABLE_REQUIRED_REMOVED = "gql.variable-required-removed", Medium, [Contract],
        "required variable gone",
        "a GraphQL operation no longer reads a variable that it asked for",
        fix: "see what the operation does without it, and take it out of the callers";
    /// More fields come back: an agent learns more than was approved.
    SELECTION_WIDENED = "gql.selection-widened", Medium, [Capability],
        "more fields selected",
        "a GraphQL operation asks for more fields",
        fix: "see whether the agent should know the new fields, then sign";
    /// The document asks the server for its own schema: names of everything that could be called.
    INTROSPECTION_ENABLED = "gql.introspection-enabled", Medium, [Capability],
        "introspection selected",
        "a GraphQL operation reads the server's schema",
        fix: "take the introspection out, or sign if the agent is to know the schema";
}

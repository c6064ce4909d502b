//! Values: what a parameter, a field of a body or an input may be. For what comes back the same rows speak
//! in the other direction, at the severity that they have there.

use super::def::rules;

rules! { Val =>
    /// The schema points at a definition that is not in the file: nobody can tell what is accepted.
    REF_UNRESOLVED = "val.ref-unresolved", High, [Contract, Capability],
        "schema points at nothing",
        "a schema can not be read to its end",
        fix: "add the definition, or point at one that exists";
    /// Values above the new limit used to work.
    MAX_LOWERED = "val.max-lowered", Medium, [Contract],
        "lower maximum",
        "large values that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// Values below the new limit used to work.
    MIN_RAISED = "val.min-raised", Medium, [Contract],
        "higher minimum",
        "small values that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// There was no upper limit; values above it are refused.
    MAX_SET = "val.max-set", Medium, [Contract],
        "new maximum",
        "large values that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// There was no lower limit; values below it are refused.
    MIN_SET = "val.min-set", Medium, [Contract],
        "new minimum",
        "small values that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// Larger values are accepted.
    MAX_RAISED = "val.max-raised", Low, [Capability],
        "higher maximum",
        "larger values are accepted",
        fix: "check that the new limit is meant, then sign";
    /// Smaller values are accepted.
    MIN_LOWERED = "val.min-lowered", Low, [Capability],
        "lower minimum",
        "smaller values are accepted",
        fix: "check that the new limit is meant, then sign";
    /// Nothing limits the value in that direction any more.
    BOUND_REMOVED = "val.bound-removed", Medium, [Capability],
        "limit gone",
        "a value is no longer limited",
        fix: "put a limit back, or sign knowing that there is none";
    /// The value counts money, things or time, and nothing limits it any more.
    AMOUNT_BOUND_REMOVED = "val.amount-bound-removed", High, [Capability],
        "limit of an amount gone",
        "an amount is no longer limited",
        fix: "put a limit back";
    /// Texts that do not match used to work.
    PATTERN_ADDED = "val.pattern-added", Medium, [Contract],
        "new pattern",
        "texts that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// The new pattern takes only part of what the old one took.
    PATTERN_TIGHTENED = "val.pattern-tightened", Medium, [Contract],
        "stricter pattern",
        "texts that worked are refused",
        fix: "tell those who call the tool, then sign";
    /// Any text is accepted.
    PATTERN_REMOVED = "val.pattern-removed", Medium, [Capability],
        "pattern gone",
        "texts are no longer checked",
        fix: "put a pattern back, or sign knowing that any text passes";
    /// The new pattern takes all that the old one took, and more.
    PATTERN_LOOSENED = "val.pattern-loosened", Medium, [Capability],
        "looser pattern",
        "more texts are accepted",
        fix: "check what passes now, then sign";
    /// Which of the two patterns takes more can't be told in general.
    PATTERN_UNDECIDABLE = "val.pattern-undecidable", Medium, [Contract, Capability],
        "other pattern",
        "other texts are accepted",
        fix: "compare the two patterns, then sign";
    /// A value that agents may send is refused.
    ENUM_VALUE_REMOVED = "val.enum-value-removed", High, [Contract],
        "a choice is gone",
        "a choice that agents use is refused",
        fix: "keep accepting it for a while";
    /// There is one more value to choose.
    ENUM_VALUE_ADDED = "val.enum-value-added", Low, [Capability],
        "a new choice",
        "an agent has one more choice",
        fix: "check what it does, then sign";
    /// The new value stands for rights, for everything, or for destroying.
    ENUM_PRIVILEGED_ADDED = "val.enum-privileged-added", High, [Capability],
        "a new choice with power",
        "an agent can choose a value that stands for rights, for all or for destroying",
        fix: "leave it out, or sign knowing what it grants";
    /// There was a list of values to choose from; now anything of the type passes.
    ENUM_DROPPED = "val.enum-dropped", Medium, [Capability],
        "list of choices gone",
        "values are no longer a choice from a list",
        fix: "put the list back, or sign knowing that anything passes";
    /// Only the listed values are accepted.
    BECAME_ENUM = "val.became-enum", High, [Contract],
        "only listed choices now",
        "values outside a list are refused",
        fix: "tell those who call the tool, then sign";
    /// Only one value is accepted.
    CONST_ADDED = "val.const-added", High, [Contract],
        "only one value now",
        "all values but one are refused",
        fix: "tell those who call the tool, then sign";
    /// The value was fixed; now it can be chosen.
    CONST_REMOVED = "val.const-removed", Medium, [Capability],
        "fixed value open now",
        "an agent can choose a value that was fixed",
        fix: "fix it again, or check what it can be, then sign";
    /// The text is to be read as something else.
    FORMAT_CHANGED = "val.format-changed", Medium, [Contract, Capability],
        "other format",
        "a value has another format",
        fix: "check that callers and server read it alike, then sign";
    /// The text is an address now: whoever steers the agent chooses where the call reaches.
    FORMAT_TO_URI = "val.format-to-uri", High, [Capability],
        "text is an address now",
        "a value is used as an address",
        fix: "limit it by an enum or a pattern, or sign knowing where it can point";
    /// Properties that nobody has named are accepted.
    ADDITIONAL_PROPERTIES_OPENED = "val.additional-properties-opened", Medium, [Capability],
        "unnamed properties accepted",
        "an agent can send properties that nobody has named",
        fix: "close the object again, or name what it may hold";
    /// Properties beyond the named ones used to be accepted.
    ADDITIONAL_PROPERTIES_CLOSED = "val.additional-properties-closed", High, [Contract],
        "unnamed properties refused",
        "properties that nobody has named are refused",
        fix: "name the ones that callers send";
    /// Null is one more value.
    NULLABLE_ADDED = "val.nullable-added", Info, [Capability],
        "null accepted",
        "null is accepted",
        fix: "nothing, if the server expects it";
    /// Calls that send null fail.
    NULLABLE_REMOVED = "val.nullable-removed", Medium, [Contract],
        "null refused",
        "null is refused",
        fix: "tell those who call the tool, then sign";
    /// Lists with equal items used to work.
    UNIQUE_ITEMS_TIGHTENED = "val.unique-items-tightened", Medium, [Contract],
        "equal items refused",
        "lists with equal items are refused",
        fix: "tell those who call the tool, then sign";
    /// Objects with fewer properties used to work.
    MIN_PROPERTIES_TIGHTENED = "val.min-properties-tightened", Medium, [Contract],
        "more properties needed",
        "objects with few properties are refused",
        fix: "tell those who call the tool, then sign";
    /// Numbers between the new steps used to work.
    MULTIPLE_OF_TIGHTENED = "val.multiple-of-tightened", Medium, [Contract],
        "coarser steps",
        "numbers between the steps are refused",
        fix: "tell those who call the tool, then sign";
    /// One way to write the value is gone.
    ONE_OF_BRANCH_REMOVED = "val.one-of-branch-removed", High, [Contract],
        "an alternative is gone",
        "one way to write a value is refused",
        fix: "keep accepting it for a while";
    /// There is one more way to write the value.
    ONE_OF_BRANCH_ADDED = "val.one-of-branch-added", Low, [Capability],
        "a new alternative",
        "there is one more way to write a value",
        fix: "check what it can say, then sign";
    /// The value must fit one more schema.
    ALL_OF_ADDED = "val.all-of-added", High, [Contract],
        "one more condition",
        "a value must fit one more schema",
        fix: "tell those who call the tool, then sign";
    /// The value must fit one schema less.
    ALL_OF_REMOVED = "val.all-of-removed", Medium, [Capability],
        "a condition is gone",
        "a value must fit one schema less",
        fix: "check what passes now, then sign";
    /// A condition of the schema changed whose effect can't be told from its keyword alone: not, if and then,
    /// what depends on another property, or a keyword that is not known.
    NOT_OR_IF_THEN_CHANGED = "val.not-or-if-then-changed", Medium, [Contract, Capability],
        "other condition",
        "a condition on a value changed",
        fix: "compare the two conditions, then sign";
    /// By this property the server tells what the object is: objects are read as something else, or refused.
    DISCRIMINATOR_CHANGED = "val.discriminator-changed", High, [Contract],
        "other discriminator",
        "objects are told apart by something else",
        fix: "keep the old property and its values for a while";
    /// Whether the field is sent or only returned changed.
    READ_ONLY_FLAG_CHANGED = "val.read-only-flag-changed", Medium, [Contract, Capability],
        "other direction: read-only",
        "a field can or can not be written any more",
        fix: "check that callers may set it, then sign";
    /// Whether the field is returned or only sent changed.
    WRITE_ONLY_FLAG_CHANGED = "val.write-only-flag-changed", Medium, [Contract, Capability],
        "other direction: write-only",
        "a field is or is not returned any more",
        fix: "check that callers may see it, then sign";
    /// The schema contains itself: values can be nested without end.
    RECURSION_ADDED = "val.recursion-added", Low, [Hygiene],
        "schema contains itself",
        "values can be nested without end",
        fix: "check that the server limits the depth, then sign";
}

//! Which rule speaks where: one row for each kind of change, for what is sent and for what comes back. The
//! tables are the dispatch; no check chooses a rule of its own.

use super::place::Level;
use crate::rules::{Level as Grade, Rule, Severity, par, req, res, val};

/// A kind of change: its rule for what is sent, its rule for what comes back, and the severity there if it
/// is not the rule's own (rules.md, ruling 5: what is promised more exactly is only told).
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    sent: &'static Rule,
    returned: &'static Rule,
    mild: bool,
}

const fn row(sent: &'static Rule, returned: &'static Rule) -> Row {
    Row { sent, returned, mild: false }
}

/// Told only, where it is about what comes back.
const fn mild(rule: &'static Rule) -> Row {
    Row { sent: rule, returned: rule, mild: true }
}

impl Row {
    /// The rule at a place, and its severity there.
    pub(super) fn at(self, level: Level) -> (&'static Rule, Severity) {
        match level {
            Level::Returned if self.mild => (self.returned, Severity::Info),
            Level::Returned => (self.returned, severity(self.returned)),
            _ => (self.sent, severity(self.sent)),
        }
    }
}

/// The severity of a rule before anything else counts.
pub(super) fn severity(rule: &Rule) -> Severity {
    match rule.level {
        Grade::Fixed(severity) => severity,
        Grade::ByRisk | Grade::Unjudged => Severity::High,
    }
}

pub(super) const REF_UNRESOLVED: Row = row(val::REF_UNRESOLVED, val::REF_UNRESOLVED);
pub(super) const RECURSION: Row = row(val::RECURSION_ADDED, val::RECURSION_ADDED);
pub(super) const MAX_LOWERED: Row = mild(val::MAX_LOWERED);
pub(super) const MIN_RAISED: Row = mild(val::MIN_RAISED);
pub(super) const MAX_SET: Row = mild(val::MAX_SET);
pub(super) const MIN_SET: Row = mild(val::MIN_SET);
pub(super) const MIN_PROPERTIES: Row = mild(val::MIN_PROPERTIES_TIGHTENED);
pub(super) const UNIQUE: Row = mild(val::UNIQUE_ITEMS_TIGHTENED);
pub(super) const STEPS_TIGHTENED: Row = mild(val::MULTIPLE_OF_TIGHTENED);
pub(super) const MAX_RAISED: Row = row(val::MAX_RAISED, res::BOUND_RAISED);
pub(super) const MIN_LOWERED: Row = row(val::MIN_LOWERED, res::BOUND_RAISED);
pub(super) const BOUND_REMOVED: Row = row(val::BOUND_REMOVED, res::BOUND_REMOVED);
pub(super) const AMOUNT_UNBOUND: Row = row(val::AMOUNT_BOUND_REMOVED, res::BOUND_REMOVED);
pub(super) const PATTERN_ADDED: Row = mild(val::PATTERN_ADDED);
pub(super) const PATTERN_TIGHTENED: Row = mild(val::PATTERN_TIGHTENED);
pub(super) const PATTERN_REMOVED: Row = row(val::PATTERN_REMOVED, val::PATTERN_REMOVED);
pub(super) const PATTERN_LOOSENED: Row = row(val::PATTERN_LOOSENED, val::PATTERN_LOOSENED);
pub(super) const PATTERN_UNDECIDABLE: Row = row(val::PATTERN_UNDECIDABLE, val::PATTERN_UNDECIDABLE);
pub(super) const ENUM_REMOVED: Row = row(val::ENUM_VALUE_REMOVED, res::ENUM_VALUE_REMOVED);
pub(super) const ENUM_ADDED: Row = row(val::ENUM_VALUE_ADDED, res::ENUM_VALUE_ADDED);
pub(super) const ENUM_PRIVILEGED: Row = row(val::ENUM_PRIVILEGED_ADDED, res::ENUM_VALUE_ADDED);
pub(super) const ENUM_DROPPED: Row = row(val::ENUM_DROPPED, val::ENUM_DROPPED);
pub(super) const BECAME_ENUM: Row = mild(val::BECAME_ENUM);
pub(super) const CONST_ADDED: Row = mild(val::CONST_ADDED);
pub(super) const CONST_REMOVED: Row = row(val::CONST_REMOVED, val::CONST_REMOVED);
pub(super) const FORMAT: Row = row(val::FORMAT_CHANGED, val::FORMAT_CHANGED);
pub(super) const FORMAT_TO_URI: Row = row(val::FORMAT_TO_URI, val::FORMAT_CHANGED);
pub(super) const OPENED: Row = mild(val::ADDITIONAL_PROPERTIES_OPENED);
pub(super) const CLOSED: Row = mild(val::ADDITIONAL_PROPERTIES_CLOSED);
pub(super) const NULL_ADDED: Row = row(val::NULLABLE_ADDED, res::FIELD_BECAME_NULLABLE);
pub(super) const NULL_REMOVED: Row = row(val::NULLABLE_REMOVED, res::TYPE_NARROWED);
pub(super) const BRANCH_REMOVED: Row = row(val::ONE_OF_BRANCH_REMOVED, res::TYPE_NARROWED);
pub(super) const BRANCH_ADDED: Row = row(val::ONE_OF_BRANCH_ADDED, res::TYPE_WIDENED);
pub(super) const ALL_OF_ADDED: Row = row(val::ALL_OF_ADDED, res::TYPE_NARROWED);
pub(super) const ALL_OF_REMOVED: Row = row(val::ALL_OF_REMOVED, res::TYPE_WIDENED);
pub(super) const CONDITION: Row = row(val::NOT_OR_IF_THEN_CHANGED, val::NOT_OR_IF_THEN_CHANGED);
pub(super) const DISCRIMINATOR: Row = row(val::DISCRIMINATOR_CHANGED, val::DISCRIMINATOR_CHANGED);
pub(super) const READ_ONLY: Row = row(val::READ_ONLY_FLAG_CHANGED, val::READ_ONLY_FLAG_CHANGED);
pub(super) const WRITE_ONLY: Row = row(val::WRITE_ONLY_FLAG_CHANGED, val::WRITE_ONLY_FLAG_CHANGED);
pub(super) const WRAPPED: Row = row(req::WRAPPED, res::ENVELOPE_CHANGED);
pub(super) const LIST_TO_OBJECT: Row = row(req::ARRAY_BECAME_OBJECT, res::SHAPE_ARRAY_OBJECT);
pub(super) const OBJECT_TO_LIST: Row = row(req::OBJECT_BECAME_ARRAY, res::SHAPE_ARRAY_OBJECT);

/// The rules of what has a name: parameters, fields, and what comes back.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) type_changed: &'static Rule,
    pub(super) type_widened: &'static Rule,
    pub(super) type_narrowed: &'static Rule,
    /// Only for what is sent.
    pub(super) sent: Option<Sent>,
}

/// The rules of what has a name and is sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) required_added: &'static Rule,
    pub(super) optional_added: &'static Rule,
    pub(super) sink_added: &'static Rule,
    /// A new text without limits has a row of its own only among parameters.
    pub(super) freeform_added: &'static Rule,
    pub(super) removed: &'static Rule,
    pub(super) became_required: &'static Rule,
    pub(super) became_optional: &'static Rule,
    pub(super) guard_became_optional: &'static Rule,
    pub(super) guard_flipped: &'static Rule,
    pub(super) default_added: &'static Rule,
    pub(super) default_changed: &'static Rule,
    pub(super) default_removed: &'static Rule,
    pub(super) renamed: &'static Rule,
}

static PARAMETER: Named = Named {
    type_changed: par::TYPE_CHANGED,
    type_widened: par::TYPE_WIDENED,
    type_narrowed: par::TYPE_NARROWED,
    sent: Some(Sent {
        required_added: par::REQUIRED_ADDED,
        optional_added: par::OPTIONAL_ADDED,
        sink_added: par::OPTIONAL_ADDED_SINK,
        freeform_added: par::OPTIONAL_ADDED_FREEFORM,
        removed: par::REMOVED,
        became_required: par::BECAME_REQUIRED,
        became_optional: par::BECAME_OPTIONAL,
        guard_became_optional: par::GUARD_BECAME_OPTIONAL,
        guard_flipped: par::GUARD_DEFAULT_FLIPPED,
        default_added: par::DEFAULT_ADDED,
        default_changed: par::DEFAULT_CHANGED,
        default_removed: par::DEFAULT_REMOVED,
        renamed: par::RENAMED,
    }),
};

static FIELD: Named = Named {
    type_changed: req::FIELD_TYPE_CHANGED,
    type_widened: req::FIELD_TYPE_WIDENED,
    type_narrowed: req::FIELD_TYPE_NARROWED,
    sent: Some(Sent {
        required_added: req::FIELD_REQUIRED_ADDED,
        optional_added: req::FIELD_OPTIONAL_ADDED,
        sink_added: req::FIELD_SINK_ADDED,
        freeform_added: req::FIELD_OPTIONAL_ADDED,
        removed: req::FIELD_REMOVED,
        became_required: req::FIELD_BECAME_REQUIRED,
        became_optional: req::FIELD_BECAME_OPTIONAL,
        guard_became_optional: req::FIELD_GUARD_BECAME_OPTIONAL,
        guard_flipped: req::FIELD_GUARD_DEFAULT_FLIPPED,
        default_added: req::FIELD_DEFAULT_ADDED,
        default_changed: req::FIELD_DEFAULT_CHANGED,
        default_removed: req::FIELD_DEFAULT_REMOVED,
        renamed: req::FIELD_RENAMED,
    }),
};

static RETURNED: Named = Named {
    type_changed: res::TYPE_CHANGED,
    type_widened: res::TYPE_WIDENED,
    type_narrowed: res::TYPE_NARROWED,
    sent: None,
};

/// The rules of what stands at a level.
pub(super) fn named(level: Level) -> &'static Named {
    match level {
        Level::Input | Level::Parameter => &PARAMETER,
        Level::Body | Level::Field => &FIELD,
        Level::Returned => &RETURNED,
    }
}

//! What each reason for which a call was refused asks for: a row a code of the audit records.

use super::action::Action;
use crate::rules::Severity;

/// Of each code of a refusal: how grave it is, whether a signature or digest did not hold, and what is to be done.
#[rustfmt::skip]
const REASONS: &[(&str, Severity, bool, Action)] = &[
    ("denied_integrity_mismatch", Severity::Critical, true, Action::Investigate),
    ("denied_approval_signature_invalid", Severity::Critical, true, Action::Investigate),
    ("denied_approval_signature_required", Severity::Critical, true, Action::Investigate),
    ("denied_not_approved", Severity::High, false, Action::Allow),
    ("denied_toolset_not_approved", Severity::High, false, Action::Allow),
    ("denied_toolset_not_allowed", Severity::Low, false, Action::Ask),
    ("denied_unknown_action", Severity::Medium, false, Action::Ask),
    ("denied_policy", Severity::Medium, false, Action::ReviewPolicy),
    ("denied_scheme_not_allowed", Severity::Medium, false, Action::ReviewHosts),
    ("denied_host_not_allowlisted", Severity::High, false, Action::ReviewHosts),
    ("denied_redirect_not_allowlisted", Severity::Medium, false, Action::ReviewHosts),
    ("denied_host_resolution_failed", Severity::High, false, Action::Ask),
    ("denied_content_type_not_allowed", Severity::Low, false, Action::Ask),
    ("denied_param_validation", Severity::Low, false, Action::Ask),
    ("denied_method_not_allowed", Severity::Low, false, Action::Ask),
    ("denied_response_too_large", Severity::Low, false, Action::Ask),
    ("denied_timeout", Severity::Low, false, Action::Ask),
    ("denied_rate_limited", Severity::Low, false, Action::Ask),
    ("denied_confirmation_invalid", Severity::Medium, false, Action::Ask),
    ("denied_confirmation_expired", Severity::Low, false, Action::Ask),
    ("denied_confirmation_replay", Severity::Medium, false, Action::Ask),
    ("error_internal", Severity::Medium, false, Action::Ask),
    ("error_upstream_unreachable", Severity::Low, false, Action::Ask),
    ("error_cancelled", Severity::Info, false, Action::Ask),
];

/// What a code asks for; none for a word that is none, or that tells of no refusal.
pub(super) fn of(code: &str) -> Option<(Severity, bool, Action)> {
    let row = REASONS.iter().find(|(known, ..)| *known == code)?;
    Some((row.1, row.2, row.3))
}

/// Whether a code is one that is known here.
pub fn knows(code: &str) -> bool {
    of(code).is_some()
}

//! Why a call was allowed, asked about or refused: the closed vocabulary of audit records and answers.
//!
//! The spellings are the reference system's, so that whoever reads its audit logs reads ours; what it never told
//! apart has words of its own at the end.

use std::fmt;

/// Why a call came to what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReasonCode {
    /// The policy allows it.
    AllowedPolicy,
    /// A person granted this very call.
    AllowedConfirmationGranted,
    /// A person has to grant it first.
    ConfirmationRequired,
    /// There is no such tool.
    UnknownAction,
    /// The policy denies it.
    Policy,
    /// Nobody approved it, or not enough people did.
    NotApproved,
    /// An approval is not signed.
    ApprovalSignatureRequired,
    /// No signature holds over what the tool is now.
    ApprovalSignatureInvalid,
    /// The tool is not in the toolset that is served.
    ToolsetNotAllowed,
    /// Nobody approved the tool for the toolset that is served.
    ToolsetNotApproved,
    /// What is on disk, or the surface around the tools, is not what was approved.
    IntegrityMismatch,
    /// The token is none, or for another call.
    ConfirmationInvalid,
    /// The token came too late.
    ConfirmationExpired,
    /// The token was used before.
    ConfirmationReplay,
    /// The arguments do not fit the tool.
    ParamValidation,
    /// The host has no address, or one that is not reached.
    HostResolutionFailed,
    /// Neither http nor https.
    SchemeNotAllowed,
    /// The answer leads elsewhere, and that is not followed.
    RedirectNotAllowlisted,
    /// The answer is of a kind that is not handed on.
    ContentTypeNotAllowed,
    /// Something failed here.
    Internal,
    /// The method is none that is sent.
    MethodNotAllowed,
    /// The answer is larger than what is read.
    ResponseTooLarge,
    /// It took too long.
    Timeout,
    /// Too many calls.
    RateLimited,
    /// The request would go to a host that was not approved. The reference system said that of a redirect.
    HostNotAllowlisted,
    /// The server could not be reached, or broke off.
    UpstreamUnreachable,
    /// Whoever asked does not want the answer any more.
    Cancelled,
}

impl ReasonCode {
    /// Every code.
    pub const ALL: [ReasonCode; 27] = [
        ReasonCode::AllowedPolicy,
        ReasonCode::AllowedConfirmationGranted,
        ReasonCode::ConfirmationRequired,
        ReasonCode::UnknownAction,
        ReasonCode::Policy,
        ReasonCode::NotApproved,
        ReasonCode::ApprovalSignatureRequired,
        ReasonCode::ApprovalSignatureInvalid,
        ReasonCode::ToolsetNotAllowed,
        ReasonCode::ToolsetNotApproved,
        ReasonCode::IntegrityMismatch,
        ReasonCode::ConfirmationInvalid,
        ReasonCode::ConfirmationExpired,
        ReasonCode::ConfirmationReplay,
        ReasonCode::ParamValidation,
        ReasonCode::HostResolutionFailed,
        ReasonCode::SchemeNotAllowed,
        ReasonCode::RedirectNotAllowlisted,
        ReasonCode::ContentTypeNotAllowed,
        ReasonCode::Internal,
        ReasonCode::MethodNotAllowed,
        ReasonCode::ResponseTooLarge,
        ReasonCode::Timeout,
        ReasonCode::RateLimited,
        ReasonCode::HostNotAllowlisted,
        ReasonCode::UpstreamUnreachable,
        ReasonCode::Cancelled,
    ];

    /// The word in answers and audit records.
    pub fn word(self) -> &'static str {
        match self {
            ReasonCode::AllowedPolicy => "allowed_policy",
            ReasonCode::AllowedConfirmationGranted => "allowed_confirmation_granted",
            ReasonCode::ConfirmationRequired => "confirmation_required",
            ReasonCode::UnknownAction => "denied_unknown_action",
            ReasonCode::Policy => "denied_policy",
            ReasonCode::NotApproved => "denied_not_approved",
            ReasonCode::ApprovalSignatureRequired => "denied_approval_signature_required",
            ReasonCode::ApprovalSignatureInvalid => "denied_approval_signature_invalid",
            ReasonCode::ToolsetNotAllowed => "denied_toolset_not_allowed",
            ReasonCode::ToolsetNotApproved => "denied_toolset_not_approved",
            ReasonCode::IntegrityMismatch => "denied_integrity_mismatch",
            ReasonCode::ConfirmationInvalid => "denied_confirmation_invalid",
            ReasonCode::ConfirmationExpired => "denied_confirmation_expired",
            ReasonCode::ConfirmationReplay => "denied_confirmation_replay",
            ReasonCode::ParamValidation => "denied_param_validation",
            ReasonCode::HostResolutionFailed => "denied_host_resolution_failed",
            ReasonCode::SchemeNotAllowed => "denied_scheme_not_allowed",
            ReasonCode::RedirectNotAllowlisted => "denied_redirect_not_allowlisted",
            ReasonCode::ContentTypeNotAllowed => "denied_content_type_not_allowed",
            ReasonCode::Internal => "error_internal",
            ReasonCode::MethodNotAllowed => "denied_method_not_allowed",
            ReasonCode::ResponseTooLarge => "denied_response_too_large",
            ReasonCode::Timeout => "denied_timeout",
            ReasonCode::RateLimited => "denied_rate_limited",
            ReasonCode::HostNotAllowlisted => "denied_host_not_allowlisted",
            ReasonCode::UpstreamUnreachable => "error_upstream_unreachable",
            ReasonCode::Cancelled => "error_cancelled",
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A refusal, or why a call failed: the code, and what it means here in one line without a stranger's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: ReasonCode,
    /// One line, lower case, no full stop. Never a secret, a path of this machine or a query string.
    pub message: String,
    /// Whether the call had left.
    pub sent: Sent,
}

/// Whether a call that gives no answer had left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Sent {
    /// Nothing was sent.
    #[default]
    No,
    /// It was on its way, and nobody knows whether it arrived.
    Perhaps,
    /// The server began to answer.
    Yes,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: ReasonCode, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), sent: Sent::No }
    }

    /// The same of a call that had left by then, as far as that is known.
    pub fn after(mut self, sent: Sent) -> Refusal {
        self.sent = self.sent.max(sent);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = ReasonCode::ALL.iter().map(|c| c.word()).collect();
        assert_eq!(words.len(), ReasonCode::ALL.len());
    }
}

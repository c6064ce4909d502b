//! Why a call was allowed, asked about or refused: the closed vocabulary of audit records and answers.
//!
//! The spellings are the reference system's, so that whoever reads its audit logs reads ours; what it never told
//! apart has words of its own at the end.

use std::fmt;

/// One row a code: what it means, its name here, its word, and what can be done.
macro_rules! reasons {
    ($( $(#[doc = $means:literal])+ $code:ident = $word:literal, fix: $fix:literal; )+) => {
        /// Why a call came to what it came to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ReasonCode {
            $( $(#[doc = $means])+ $code, )+
        }

        impl ReasonCode {
            /// Every code.
            pub const ALL: &[ReasonCode] = &[$(ReasonCode::$code),+];

            /// The code of that word.
            pub fn of(word: &str) -> Option<ReasonCode> {
                ReasonCode::ALL.iter().copied().find(|code| code.word() == word)
            }

            /// The word in answers and audit records.
            pub fn word(self) -> &'static str {
                match self { $(ReasonCode::$code => $word),+ }
            }

            /// What it means, in a sentence or two.
            pub fn means(self) -> &'static str {
                match self { $(ReasonCode::$code => concat!($($means),+).trim_ascii()),+ }
            }

            /// What can be done: lower case, no full stop.
            pub fn fix(self) -> &'static str {
                match self { $(ReasonCode::$code => $fix),+ }
            }
        }
    };
}

reasons! {
    /// The policy allows it.
    AllowedPolicy = "allowed_policy",
        fix: "nothing: `cask audit show --decision allow` lists such calls";
    /// A person granted this very call.
    AllowedConfirmationGranted = "allowed_confirmation_granted",
        fix: "nothing: `cask audit show --decision grant` says who granted it";
    /// A person has to grant it first.
    ConfirmationRequired = "confirmation_required",
        fix: "look at it with `cask confirm list` and `cask confirm show`, then `cask confirm grant` or `cask confirm deny`";
    /// There is no such tool.
    UnknownAction = "denied_unknown_action",
        fix: "ask the server for its list again; `cask gate status` says which tools the toolpack has";
    /// The policy denies it.
    Policy = "denied_policy",
        fix: "read the rules of policy.yaml; who changes one has it signed: `cask gate allow surface`";
    /// Nobody approved it, or not enough people did.
    NotApproved = "denied_not_approved",
        fix: "`cask gate status` says what is missing, `cask gate allow` signs it";
    /// An approval is not signed.
    ApprovalSignatureRequired = "denied_approval_signature_required",
        fix: "one who may looks at it and signs: `cask gate allow`";
    /// No signature holds over what the tool is now.
    ApprovalSignatureInvalid = "denied_approval_signature_invalid",
        fix: "`cask gate check` says which signature does not hold, and why";
    /// The tool is not in the toolset that is served.
    ToolsetNotAllowed = "denied_toolset_not_allowed",
        fix: "serve another toolset (`cask run --toolset NAME`), or put the tool into this one and have that signed";
    /// Nobody approved the tool for the toolset that is served.
    ToolsetNotApproved = "denied_toolset_not_approved",
        fix: "`cask gate allow --toolset NAME` adds the toolset to those that it is approved for";
    /// What is on disk, or the surface around the tools, is not what was approved.
    IntegrityMismatch = "denied_integrity_mismatch",
        fix: "`cask gate check` says what differs: restore it, or have it approved as it is now";
    /// The token is none, or for another call.
    ConfirmationInvalid = "denied_confirmation_invalid",
        fix: "call again without the token, and have that very call granted";
    /// The token came too late.
    ConfirmationExpired = "denied_confirmation_expired",
        fix: "call again without the token, and grant it in time (`cask run --confirm-ttl SECONDS`)";
    /// The token was used before.
    ConfirmationReplay = "denied_confirmation_replay",
        fix: "call again without the token: a grant is good once";
    /// The arguments do not fit the tool.
    ParamValidation = "denied_param_validation",
        fix: "send what the input schema of the tool asks for; the message names the place";
    /// The host has no address, or one that is not reached.
    HostResolutionFailed = "denied_host_resolution_failed",
        fix: "look at the name of the host; if it stands in a private network on purpose, `cask run --allow-private-cidr CIDR`";
    /// Neither http nor https.
    SchemeNotAllowed = "denied_scheme_not_allowed",
        fix: "give the tool an address of http or https, and have that approved";
    /// The answer leads elsewhere, and that is not followed.
    RedirectNotAllowlisted = "denied_redirect_not_allowlisted",
        fix: "put the host where it leads under allowed_hosts, have that approved, and serve with `cask run --allow-redirects`";
    /// The answer is of a kind that is not handed on.
    ContentTypeNotAllowed = "denied_content_type_not_allowed",
        fix: "look at the server: it may have acted, and answered with neither JSON nor text";
    /// Something failed here.
    Internal = "error_internal",
        fix: "read what the server of tools says on stderr; `cask audit verify` if it can't write its record";
    /// The method is none that is sent.
    MethodNotAllowed = "denied_method_not_allowed",
        fix: "give the tool a method that changes or reads something, and have that approved: CONNECT and TRACE are never sent";
    /// The answer is larger than what is read.
    ResponseTooLarge = "denied_response_too_large",
        fix: "ask for less at a time, or `cask run --max-response-bytes N`; the call may have acted";
    /// It took too long.
    Timeout = "denied_timeout",
        fix: "look whether it acted, then call again, or `cask run --timeout SECONDS`";
    /// Too many calls.
    RateLimited = "denied_rate_limited",
        fix: "wait; who changes the limit in policy.yaml has it signed: `cask gate allow surface`";
    /// The request would go to a host that was not approved. The reference system said that of a redirect.
    HostNotAllowlisted = "denied_host_not_allowlisted",
        fix: "put the host under allowed_hosts, and have that approved: `cask gate allow surface`";
    /// The server could not be reached, or broke off.
    UpstreamUnreachable = "error_upstream_unreachable",
        fix: "look whether the server runs, and if the call had left, whether it acted";
    /// Whoever asked does not want the answer any more.
    Cancelled = "error_cancelled",
        fix: "nothing: if the call had left, look whether it acted";
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
    fn every_code_is_found_by_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = ReasonCode::ALL.iter().map(|c| c.word()).collect();
        assert_eq!(words.len(), ReasonCode::ALL.len());
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::of(code.word()), Some(*code));
            assert!(code.means().ends_with('.') && !code.fix().ends_with('.'), "{code}");
        }
        assert_eq!(ReasonCode::of("denied"), None);
    }
}

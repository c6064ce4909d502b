//! The verdict: one pure function of a finding; a report comes to the worst of its findings.

use crate::model::finding::{ApprovalState, Covers, Finding};
use crate::model::report::Verdict;
use crate::model::risk::RiskTier;
use crate::rules::{Axis, Level, Severity, pack};

/// What one finding comes to.
pub fn weigh(finding: &Finding, min_risk: RiskTier) -> Verdict {
    if finding.rule.level == Level::Unjudged {
        return Verdict::Error;
    }
    // A missing approval weighs on the trust axis, whatever the change itself is: nothing narrows that.
    if finding.approval.waits() && finding.covers != Covers::Nothing {
        return Verdict::Breaking;
    }
    let grave = finding.severity >= Severity::High;
    if finding.rule.is_on(Axis::Trust) {
        return match (grave, finding.covers, finding.approval.state) {
            // A trust file or gate.yaml that its owners signed; a toolpack that was signed anew where it is.
            (true, Covers::Owners, ApprovalState::Acknowledged) => Verdict::Review,
            (true, Covers::Surface, ApprovalState::Acknowledged) if finding.rule == pack::MOVED => {
                Verdict::Review
            }
            (true, _, _) => Verdict::Breaking,
            _ if finding.known => Verdict::Pass,
            _ if finding.severity == Severity::Medium => Verdict::Review,
            _ => Verdict::Pass,
        };
    }
    if finding.suppressed.is_some() || finding.known || finding.risk.is_some_and(|tier| tier < min_risk) {
        return Verdict::Pass;
    }
    let acknowledged = finding.approval.state == ApprovalState::Acknowledged;
    let bites = finding.rule.is_on(Axis::Contract) || finding.rule.is_on(Axis::Capability);
    match (acknowledged, finding.severity) {
        (true, Severity::High | Severity::Critical) => Verdict::Review,
        (true, _) => Verdict::Pass,
        (false, Severity::High | Severity::Critical) if bites => Verdict::Breaking,
        (false, Severity::High | Severity::Critical | Severity::Medium) => Verdict::Review,
        (false, Severity::Low | Severity::Info) => Verdict::Pass,
    }
}

//! Whether what is here was approved, by enough people who may, for this, and still.

use super::def::rules;

rules! { Gate =>
    /// The approval was made for another content: the tool or surface changed after it was signed.
    DEFINITION_MISMATCH = "gate.definition-mismatch", Critical, [Trust],
        "changed since it was approved",
        "something changed after it was approved",
        fix: "look at the change, then `cask gate allow <tool>`";
    /// The signer may not approve this: without the role approver, the tier above its `max_risk`, or the
    /// toolpack outside its `toolpacks`.
    APPROVER_NOT_ALLOWED = "gate.approver-not-allowed", Critical, [Trust],
        "signed by someone who may not",
        "an approval comes from someone who may not give it",
        fix: "let somebody sign who may; `cask trust show` names them";
    /// Nothing valid has been signed for this subject.
    UNAPPROVED = "gate.unapproved", High, [Trust],
        "not approved",
        "something is not approved",
        fix: "look at it, then `cask gate allow <tool>`";
    /// Some people have signed, but fewer than the tier needs.
    QUORUM_NOT_MET = "gate.quorum-not-met", High, [Trust],
        "too few approvals",
        "too few people have signed",
        fix: "let another approver look at it and sign";
    /// Two signatures of one person count once.
    SAME_PRINCIPAL_TWICE = "gate.same-principal-twice", High, [Trust],
        "one person signed twice",
        "one person signed twice",
        fix: "let a second person sign";
    /// The signer is the one who wrote the change, and the trust file does not let that count here.
    AUTHOR_APPROVED = "gate.author-approved", High, [Trust],
        "approved by its author",
        "an author approved their own change",
        fix: "let somebody else sign";
    /// The tool is in a toolset that no quorum has named: it was approved for other sets.
    SCOPE_MISMATCH = "gate.scope-mismatch", High, [Trust],
        "approved for other toolsets",
        "a tool is used beyond the toolsets it was approved for",
        fix: "sign it for the set, or take it out of the set";
    /// The approval has ended.
    EXPIRED = "gate.expired", High, [Trust],
        "approval has ended",
        "an approval has ended",
        fix: "look at it again, then `cask gate allow <tool>`";
    /// The manifest gives the tool a lower tier than the rules compute: it would need fewer signatures.
    RISK_UNDERSTATED = "gate.risk-understated", High, [Trust],
        "declared less risky than it is",
        "a tool is declared less risky than it is",
        fix: "set risk_tier in tools.json to the tier that the reasons give";
    /// A person refused the tool and it is still published.
    REJECTED_PRESENT = "gate.rejected-present", Medium, [Trust],
        "refused, and still here",
        "a refused tool is still here",
        fix: "take the tool out, or let a full quorum approve it after the refusal";
    /// The approval runs longer than gate.yaml allows.
    LIFETIME_TOO_LONG = "gate.lifetime-too-long", Medium, [Trust],
        "approval runs too long",
        "an approval runs longer than allowed",
        fix: "sign again with a nearer --expires";
    /// One act approved more high and critical tools than anyone can have looked at.
    BULK_APPROVAL = "gate.bulk-approval", Medium, [Trust],
        "many approved in one act",
        "many dangerous tools were approved in one act",
        fix: "go through them one by one: `cask gate status` lists them";
    /// This tier asks for a reason and none is given.
    REASON_MISSING = "gate.reason-missing", Medium, [Trust],
        "approved without a reason",
        "an approval gives no reason",
        fix: "sign again with --reason";
    /// The approval ends soon; after that the gate blocks, and the tool is no longer to be served.
    EXPIRING = "gate.expiring", Low, [Trust],
        "approval ends soon",
        "an approval ends soon",
        fix: "`cask gate allow <tool> --expires 180d`";
    /// Served because an owner let it in when the repository was adopted, not because anyone approved it.
    EXEMPTED = "gate.exempted", Low, [Trust],
        "exempted, not approved",
        "a tool is exempted, not approved",
        fix: "look at it and sign it before the exemption ends";
}

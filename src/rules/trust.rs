//! Who may approve, and whether that changed by the rules.

use super::def::rules;

rules! { Trust =>
    /// The new trust file is not signed by enough owners of the one in force: it would let somebody choose
    /// their own judges.
    ROTATION_UNSIGNED = "trust.rotation-unsigned", Critical, [Trust],
        "new trust file is not signed by its owners",
        "a new trust file carries no signature that counts",
        fix: "take it out, or let the owners run `cask trust sign`";
    /// The version is not above the one in force, or it forgets keys or revocations.
    ROLLBACK = "trust.rollback", Critical, [Trust],
        "an older trust file comes back",
        "an older trust file comes back",
        fix: "restore the trust file of the default branch";
    /// Fewer people than before are needed for an approval or for the next trust file.
    THRESHOLD_LOWERED = "trust.threshold-lowered", Critical, [Trust],
        "fewer approvals needed",
        "fewer people would be needed to approve",
        fix: "put the threshold back, or let the owners sign it knowingly";
    /// The workflow or hook that ran the gate no longer does, or no longer stops anything: without it nobody looks
    /// at the next change.
    GATE_REMOVED = "trust.gate-removed", Critical, [Trust],
        "the gate no longer runs",
        "a workflow or hook no longer runs the gate",
        fix: "put the step back; an administrator can merge a workflow that is meant to go";
    /// The gate runs with rights or secrets that the change under review can get at.
    WORKFLOW_PRIVILEGED = "trust.workflow-privileged", Critical, [Trust],
        "the gate runs with too many rights",
        "a change under review can use the rights of the gate",
        fix: "run it on pull_request with contents: read, and without a checkout of the head elsewhere";
    /// gate.yaml decides what fails. This change of it is not signed by the owners.
    POLICY_WEAKENED = "trust.policy-weakened", High, [Trust],
        "gate configuration changed without its owners",
        "the gate's configuration changed without its owners",
        fix: "take it out, or let the owners run `cask trust sign --gate`";
    /// The pull request changes who may approve. It is shown and not used: judged was with the trust file in
    /// force.
    ROOT_CHANGED_IN_PR = "trust.root-changed-in-pr", High, [Trust],
        "trust file changed",
        "a new trust file would come into force",
        fix: "compare the fingerprints with the people they belong to";
    /// There is no trust file and no lockfile on the base: nothing here could be checked against it.
    BOOTSTRAP = "trust.bootstrap", Medium, [Trust],
        "first trust file",
        "this brings the first trust file, so nothing could be checked against one",
        fix: "compare the key with its owner by another way, then pin it with trust-pin";
    /// One owner alone could make the second approver that a tier asks for.
    QUORUM_HOLLOW = "trust.quorum-hollow", Medium, [Trust],
        "one owner could make the second approver",
        "one owner could make the second approver",
        fix: "raise `thresholds.trust` to the highest approval threshold";
    /// A threshold is out of reach of the signers whose keys are live, or no owner is spare: one lost key
    /// and nothing can be approved any more.
    QUORUM_UNREACHABLE = "trust.quorum-unreachable", Medium, [Trust],
        "too few signers for a threshold",
        "a threshold cannot be met, or only just",
        fix: "add an owner, or lower the threshold";
    /// The new trust file ends these approvals when it comes into force.
    AFTER_MERGE = "trust.after-merge", Medium, [Trust],
        "approvals that end with the merge",
        "some approvals end when this is merged",
        fix: "sign them again: `cask gate resign` for your own, else `cask gate allow`";
    /// Only the default branch's trust file and gate.yaml count; this change is on another branch.
    NOT_IN_FORCE = "trust.not-in-force", Medium, [Trust],
        "changed where it has no force",
        "a trust or gate file changed where it has no force",
        fix: "bring the change to the default branch";
    /// Lockfiles, but no trust file and no pin: a signature cannot be checked against anything.
    ROOT_MISSING = "trust.root-missing", Unjudged, [Trust],
        "no trust file",
        "there is no trust file to judge with",
        fix: "`cask init`, or give --trust-pin";
    /// There is a trust file and it cannot be read strictly.
    UNREADABLE = "trust.unreadable", Unjudged, [Trust],
        "trust file cannot be read",
        "the trust file cannot be read",
        fix: "restore it from the default branch's history";
}

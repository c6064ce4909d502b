//! Where a tool's calls go.

use super::def::rules;

rules! { Host =>
    /// Requests of this tool, with whatever credential it carries, go to another machine than the one that
    /// was approved. Nothing else about the tool needs to change for that to be an attack.
    CHANGED = "host.changed", Critical, [Contract, Capability],
        "another host",
        "an approved tool now calls another host",
        fix: "find out who runs the new host, then sign the tool again or take the change back";
    /// The new host is under another registrable domain: as far as DNS tells, another owner. A credential
    /// sent to it is a credential given away.
    REGISTRABLE_DOMAIN_CHANGED = "host.registrable-domain-changed", Critical, [Contract, Capability],
        "another registrable domain",
        "an approved tool now calls a host of another domain",
        fix: "find out who owns the domain, then sign the tool again or take the change back";
    /// The new host reads like the old one (look-alike letters, punycode, a swapped character), which is how
    /// a reviewer is made to see the host that they expect.
    LOOKALIKE = "host.lookalike", Critical, [Capability],
        "a host that imitates the old one",
        "an approved tool now calls a host that imitates the approved one",
        fix: "compare the two names character by character; refuse it unless you can prove who owns it";
    /// A tool that targets loopback, a private network, a link-local or a metadata address reaches what only
    /// the machine that runs the agent can reach.
    PRIVATE_TARGET = "host.private-target", Critical, [Capability],
        "a private address",
        "a tool reaches into a private network",
        fix: "use a public host; if the private one is meant, sign it knowingly";
    /// A wildcard lets calls go to any host under a domain, also to ones that do not exist yet.
    WILDCARDED = "host.wildcarded", Critical, [Capability],
        "a wildcard instead of a host",
        "calls may go to any host under a domain",
        fix: "name the hosts that are needed";
    /// Without TLS anybody on the way reads and changes requests, credentials and answers.
    SCHEME_DOWNGRADED = "host.scheme-downgraded", Critical, [Capability],
        "https became http",
        "calls are no longer encrypted",
        fix: "go back to https";
    /// The base path may contain a variable that the caller fills in: who fills it in chooses where the call
    /// goes.
    TEMPLATE_VARIABLE_ADDED = "host.template-variable-added", High, [Capability],
        "a variable in the server address",
        "the caller can now choose a part of the server address",
        fix: "write the server address out, or sign the tool knowing that its target can vary";
    /// A host that the toolpack may reach and that it could not reach before.
    ADDED = "host.added", High, [Capability],
        "new host in reach",
        "the toolpack can reach a new host",
        fix: "find out who runs the host, then sign the surface";
    /// A redirect is followed to wherever the answering host points, past the list of approved hosts.
    REDIRECT_POLICY_RELAXED = "host.redirect-policy-relaxed", High, [Capability],
        "redirects may be followed",
        "answers can redirect calls to other hosts",
        fix: "leave redirects off and call the final host";
    /// Same host, other server base path: every call goes elsewhere on the same machine.
    BASE_PATH_CHANGED = "host.base-path-changed", High, [Contract],
        "another base path",
        "calls go to another base path",
        fix: "check that the new path is the same API, then sign";
    /// Another port is another service on the same host.
    PORT_CHANGED = "host.port-changed", Medium, [Contract, Capability],
        "another port",
        "calls go to another port",
        fix: "check what listens there, then sign";
    /// A host that no tool uses any more. Callers of tools there can no longer call them.
    REMOVED = "host.removed", Low, [Contract],
        "host no longer in reach",
        "a host is no longer in reach",
        fix: "nothing, if the tools on it are meant to go";
}

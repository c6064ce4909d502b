//! Cues in texts that a model reads: found in the new text and not in the approved one.

use super::def::rules;

rules! { Text =>
    /// The text tells the model to drop what it was told before. No honest description needs that.
    OVERRIDE = "text.override", Critical, [Capability],
        "overrides earlier instructions",
        "a description tells the model to ignore its instructions",
        fix: "refuse it; ask the author where the text comes from";
    /// The text asks the model to hide something from the user.
    SECRECY = "text.secrecy", Critical, [Capability],
        "asks for secrecy",
        "a description instructs the model in secret",
        fix: "refuse it; nothing a tool does is to be hidden from its user";
    /// The text tells the model to send something to a fixed place.
    EXFIL_VERB = "text.exfil-verb", Critical, [Capability],
        "sends data away",
        "a description tells the model to send data away",
        fix: "refuse it unless sending there is the tool's purpose";
    /// The text names files that hold keys, passwords or configurations of clients.
    SENSITIVE_PATH = "text.sensitive-path", Critical, [Capability],
        "names a credential file",
        "a description points the model at a credential file",
        fix: "refuse it unless reading that file is the tool's purpose";
    /// The text asks the model, or the user through it, for a key, token or password.
    CREDENTIAL_REQUEST = "text.credential-request", Critical, [Capability],
        "asks for a credential",
        "a description asks for a credential",
        fix: "refuse it; credentials are configured, not asked for";
    /// Characters that a reviewer cannot see and a model reads.
    HIDDEN_UNICODE = "text.hidden-unicode", Critical, [Capability],
        "hides characters",
        "a description hides characters from reviewers",
        fix: "remove the characters; they are shown by number in the difference";
    /// Sequences that let a text rewrite what a terminal shows.
    ANSI_ESCAPE = "text.ansi-escape", Critical, [Capability],
        "controls the terminal",
        "a description holds terminal control sequences",
        fix: "remove the control characters";
    /// A value with the shape of a token or key stands in the text: it is public from now on.
    SECRET_LITERAL = "text.secret-literal", Critical, [Capability],
        "holds a credential",
        "a credential stands in a text",
        fix: "revoke the credential, then remove it";
    /// The text tells the model how to behave, rather than saying what the tool does.
    IMPERATIVE_TO_MODEL = "text.imperative-to-model", High, [Capability],
        "instructs the model",
        "a description instructs the model",
        fix: "describe what the tool does; leave the instruction out";
    /// A host that the text did not name before. Models follow links.
    URL_INTRODUCED = "text.url-introduced", High, [Capability],
        "names a new host",
        "a description points to a new host",
        fix: "check the host, then sign";
    /// An e-mail address that the text did not name before.
    EMAIL_INTRODUCED = "text.email-introduced", High, [Capability],
        "names a new e-mail address",
        "a description names a new e-mail address",
        fix: "check the address, then sign";
    /// The text speaks about a tool of another toolpack or server, and so steers when and how that one is used.
    OTHER_TOOL_REFERENCE = "text.other-tool-reference", High, [Capability],
        "speaks about another server's tool",
        "a description steers another server's tool",
        fix: "leave other servers' tools out of the text";
    /// The text claims to speak for the system, an administrator, a developer or a rule book.
    AUTHORITY_CLAIM = "text.authority-claim", High, [Capability],
        "claims authority",
        "a description claims to speak with authority",
        fix: "leave the claim out";
    /// Markup that imitates the frames in which models receive instructions.
    PSEUDO_MARKUP = "text.pseudo-markup", High, [Capability],
        "imitates system markup",
        "a description imitates system markup",
        fix: "write plain sentences";
    /// Letters of several scripts in one word: it reads like another word.
    CONFUSABLE_SCRIPT = "text.confusable-script", High, [Capability],
        "mixes scripts in a word",
        "a description writes a word in look-alike letters",
        fix: "write the word in one script";
    /// A long run that decodes to text: read by the model, skipped by the reviewer.
    ENCODED_BLOB = "text.encoded-blob", High, [Capability],
        "holds encoded text",
        "a description holds encoded text",
        fix: "decode it and read it; a description needs no encoding";
    /// So much blank space before more text that the rest is out of sight.
    WHITESPACE_PUSHOUT = "text.whitespace-pushout", High, [Capability],
        "pushes text out of sight",
        "a description pushes text out of sight",
        fix: "remove the blank space and read what follows";
    /// Commands that a model with a shell could run.
    CODE_OR_COMMAND = "text.code-or-command", High, [Capability],
        "holds a command to run",
        "a description holds a command to run",
        fix: "leave the command out";
    /// The text is in another script or language than before.
    LANGUAGE_SWITCHED = "text.language-switched", Medium, [Contract],
        "switched language",
        "a description switched its language",
        fix: "let someone who reads the language review it";
    /// A claim to change nothing was added or dropped. Agents and people rely on it.
    SCOPE_CLAIM_CHANGED = "text.scope-claim-changed", Medium, [Contract],
        "read-only claim changed",
        "a description changed its claim to be read-only",
        fix: "check it against the method and the effect";
    /// The text says in which order this pack's tools are to be called.
    OWN_TOOL_REFERENCE = "text.own-tool-reference", Low, [Hygiene],
        "says which tool to call first",
        "a description orders calls of its own tools",
        fix: "state dependencies in depends_on; they are rendered when served";
    /// Emphasis without content.
    URGENCY_MARKER = "text.urgency-marker", Low, [Hygiene],
        "marks itself urgent",
        "a description marks itself as urgent",
        fix: "leave the emphasis out";
}

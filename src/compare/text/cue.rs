//! What a judgement of a text gives: cues. A cue names the row of the catalogue (`text.…`) and shows
//! the words, so that a person can look at the place instead of believing the program.

/// One thing in a text that a reader of tool descriptions should know about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cue {
    /// Which row of the catalogue speaks.
    pub kind: CueKind,
    /// The words that show it, as written (invisible characters included, runs of blanks as one space,
    /// secrets replaced), at most 120 characters. Untrusted: renderers escape it.
    pub quote: String,
    /// How often it stands there; for invisible and control characters and for blanks, how many.
    pub count: usize,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// The rows of the family of text cues, in the order of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CueKind { $($(#[$doc])* $name,)* }

        impl CueKind {
            /// All rows, in order.
            pub const ALL: &'static [CueKind] = &[$(CueKind::$name,)*];

            /// The id of the rule in the catalogue.
            pub fn rule_id(self) -> &'static str {
                match self { $(CueKind::$name => $id,)* }
            }
        }
    };
}

kinds! {
    /// Tells the model how to use tools or its context.
    ImperativeToModel = "text.imperative-to-model",
    /// Asks to set earlier instructions aside.
    Override = "text.override",
    /// Asks to keep something from the user.
    Secrecy = "text.secrecy",
    /// Sends something to a fixed destination.
    ExfilVerb = "text.exfil-verb",
    /// Names a host.
    UrlIntroduced = "text.url-introduced",
    /// Names an e-mail address.
    EmailIntroduced = "text.email-introduced",
    /// Names a place where credentials or configuration of clients lie.
    SensitivePath = "text.sensitive-path",
    /// Asks for a key, a token, a password.
    CredentialRequest = "text.credential-request",
    /// Names a tool of another pack or server.
    OtherToolReference = "text.other-tool-reference",
    /// Names another tool of the same pack.
    OwnToolReference = "text.own-tool-reference",
    /// Speaks in the name of somebody with authority.
    AuthorityClaim = "text.authority-claim",
    /// Tags and role marks that only a model would read as structure.
    PseudoMarkup = "text.pseudo-markup",
    /// Characters that nobody sees.
    HiddenUnicode = "text.hidden-unicode",
    /// Control sequences that change what a terminal shows.
    AnsiEscape = "text.ansi-escape",
    /// A word that mixes look-alike letters of two scripts.
    ConfusableScript = "text.confusable-script",
    /// A long run that decodes to text.
    EncodedBlob = "text.encoded-blob",
    /// Blanks that push text out of sight.
    WhitespacePushout = "text.whitespace-pushout",
    /// A shell command or SQL that changes a schema.
    CodeOrCommand = "text.code-or-command",
    /// Presses the reader.
    UrgencyMarker = "text.urgency-marker",
    /// Written in another script or language than before.
    LanguageSwitched = "text.language-switched",
    /// The promise to change nothing came or went.
    ScopeClaimChanged = "text.scope-claim-changed",
    /// A value with the shape of a credential.
    SecretLiteral = "text.secret-literal",
}

impl CueKind {
    /// Whether the row compares two texts and so says nothing about one alone.
    pub fn needs_before(self) -> bool {
        matches!(self, CueKind::LanguageSwitched | CueKind::ScopeClaimChanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_the_22_of_the_catalogue_in_its_order() {
        assert_eq!(CueKind::ALL.len(), 22);
        assert!(CueKind::ALL.windows(2).all(|w| w[0] < w[1] && w[0].rule_id() != w[1].rule_id()));
        assert!(CueKind::ALL.iter().all(|k| k.rule_id().starts_with("text.")));
    }
}

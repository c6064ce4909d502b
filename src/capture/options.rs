//! What is wanted of a recording.

use super::wanted::Wanted;

/// How much is taken out of what was recorded. Credentials always go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Credentials, and personal data that is known by its form: addresses of mail, numbers of phones, cards, accounts.
    #[default]
    DefaultSafe,
    /// And all that is personal by the name of its field, and network addresses.
    HighRiskPii,
}

impl Profile {
    /// Every profile with its word.
    pub const ALL: [(Profile, &'static str); 2] =
        [(Profile::DefaultSafe, "default_safe"), (Profile::HighRiskPii, "high_risk_pii")];

    /// The word in options and files.
    pub fn word(self) -> &'static str {
        Profile::ALL.iter().find(|(profile, _)| *profile == self).map_or("", |(_, word)| word)
    }
}

/// What is wanted of a recording.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    /// Hosts whose exchanges are kept.
    pub hosts: Wanted,
    /// How much is taken out.
    pub profile: Profile,
}

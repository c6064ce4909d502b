//! What a script may have a browser do, as a closed set: types that its reader and its player share.

use std::time::Duration;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// The line of the file, for messages.
    pub line: u32,
    /// What the file calls it.
    pub name: Option<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The page of an address is loaded.
    Goto(String),
    /// An element is clicked, as a person would.
    Click(Locator),
    /// A field gets a text in the place of what it holds.
    Fill(Locator, Filled),
    /// An option of a list is chosen, by its value or its text.
    Select(Locator, String),
    /// A form is sent: the one that an element is or stands in; none: the first of the page.
    Submit(Option<Locator>),
    /// An element is brought into view; none: the end of the page is.
    Scroll(Option<Locator>),
    /// Something is waited for.
    Wait(Awaited),
    /// An element has to show a text; what that is, nobody keeps.
    Extract(Locator),
}

/// What a field is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// What the file says.
    Text(String),
    /// What a variable of the environment says; its value is written nowhere.
    Variable(String),
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// An element that can be seen.
    Element(Locator),
    /// An address of the page that has this in it.
    Address(String),
    /// So much time.
    Time(Duration),
    /// That nothing is on its way any more.
    Quiet,
}

/// How an element is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locator {
    /// By what.
    pub by: By,
    /// What that is.
    pub value: String,
    /// Of a role, the name that the element goes by.
    pub name: Option<String>,
}

/// By what an element is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its role: `button`, `link`, `textbox`.
    Role,
    /// The label of a field.
    Label,
    /// The text that is on it.
    Text,
    /// A selector of CSS.
    Css,
    /// An expression of XPath.
    Xpath,
}

impl By {
    /// Every one with its word.
    pub const ALL: [(&'static str, By); 5] = [
        ("role", By::Role),
        ("label", By::Label),
        ("text", By::Text),
        ("css", By::Css),
        ("xpath", By::Xpath),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        By::ALL.iter().find(|(_, by)| *by == self).map_or("", |(word, _)| word)
    }
}

impl Act {
    /// The word of its kind.
    pub fn word(&self) -> &'static str {
        match self {
            Act::Goto(_) => "goto",
            Act::Click(_) => "click",
            Act::Fill(..) => "fill",
            Act::Select(..) => "select",
            Act::Submit(_) => "submit",
            Act::Scroll(_) => "scroll",
            Act::Wait(_) => "wait",
            Act::Extract(_) => "extract",
        }
    }
}

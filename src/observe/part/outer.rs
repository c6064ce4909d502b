//! What the caller knows and a part does not: which texts redaction left behind.

/// Marks that stand where something was taken out. A predicate that knows more may be handed in.
const BRACKETS: [&str; 2] = ["[REDACTED", "[redacted"];
const HOST: &str = "redacted.invalid";

/// What is handed in when exchanges are taken in.
#[derive(Clone, Copy)]
pub struct Outer<'a> {
    marks: Option<&'a dyn Fn(&str) -> bool>,
}

impl<'a> Outer<'a> {
    /// With the marks that are known anyhow.
    pub fn new() -> Outer<'a> {
        Outer { marks: None }
    }

    /// With a predicate for the marks of a redactor.
    pub fn with_marks(marks: &'a dyn Fn(&str) -> bool) -> Outer<'a> {
        Outer { marks: Some(marks) }
    }

    /// Whether something was taken out of a text.
    pub fn is_mark(&self, text: &str) -> bool {
        // Nearly no text has a byte of one.
        text.contains('[') && BRACKETS.iter().any(|mark| text.contains(mark))
            || text.contains('.') && text.contains(HOST)
            || self.marks.is_some_and(|marks| marks(text))
    }
}

impl Default for Outer<'_> {
    fn default() -> Self {
        Outer::new()
    }
}

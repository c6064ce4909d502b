//! Flows that lead a person by questions, line by line: they work over ssh, with a screen reader and on a terminal that
//! can't be drawn on. Only where [`can_guide`](crate::cmd::ctx::Ctx::can_guide) says that somebody sits there.

pub mod prompt;
pub mod run;

//! Both states of one of the toolpacks that are looked at together.

use crate::model::toolpack::Toolpack;

/// Both states of a toolpack.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// What it was.
    pub base: Option<&'a Toolpack>,
    /// What it is.
    pub head: Option<&'a Toolpack>,
    /// Whether anything of it differs.
    pub touched: bool,
}

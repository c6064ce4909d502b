//! `cask hook`: the gate on a person's own machine, before a push or a commit leaves it. It judges as `cask ci`
//! does and is no lock: whoever wants to can go around it, and CI judges again.

pub mod install;
pub mod pushed;
pub mod run;
pub mod script;
mod sides;
mod told;

//! LOGINS THAT ARE KEPT: what a browser knew of somebody who logged in, sealed with a passphrase, a folder each below the
//! state folder. None is part of a toolpack, and none is shown.

mod sealed;
mod store;

pub use store::{Logins, Opened, Stored};

//! BUNDLE: the files of a toolpack that is handed over in, what says of them what they are out; such files in, whether
//! they are those, and no others.
//!
//! | file | what |
//! |---|---|
//! | `manifest` | what a bundle says of its files, and whether that is so |
//! | `left_out` | what no bundle carries |

pub mod left_out;
pub mod manifest;

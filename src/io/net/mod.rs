//! THE WAY OUT: what every request to a server stands on, whoever sends it. Which addresses may be asked, by which
//! proxy and with whose certificates, how names are found, how much of an answer is read.

pub mod address;
pub mod answer;
pub mod client;
mod names;
mod roots;
pub mod token;
pub mod unfit;
pub mod way;

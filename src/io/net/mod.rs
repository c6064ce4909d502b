//! THE WAY OUT: what every request to a server stands on, whoever sends it. Which addresses may be asked, by which
//! proxy and with whose certificates, how names are found, how much of an answer is read.

pub mod address;
pub mod answer;
pub mod client;
pub mod guarded;
pub mod lookup;
mod lost;
mod names;
pub mod outgoing;
mod pools;
mod roots;
pub mod stream;
pub mod token;
pub mod unfit;
mod unpack;
pub mod way;

//! GROUND: what can be found, as data.

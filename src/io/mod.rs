//! THE OUTSIDE: everything that can fail for reasons of the world.

// The layer that reads and writes the world.
#![allow(clippy::disallowed_methods)]

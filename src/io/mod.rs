//! THE OUTSIDE: everything that can fail for reasons of the world.

//! ENGINE: a pair of toolpacks in, findings out.

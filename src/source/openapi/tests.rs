//! Small descriptions: what they say in any version and spelling is the same surface.

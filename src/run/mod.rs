//! THE SERVER: serves what is approved, and nothing else. A call is decided by `enforce`, and carried out here.

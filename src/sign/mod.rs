//! TOOLS OF TRUST: what is signed, by whom, and whether it holds.

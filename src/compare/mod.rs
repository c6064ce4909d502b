//! TOOLS OF JUDGEMENT that more than one engine needs.

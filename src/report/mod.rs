//! RENDERERS: a report in, text out.

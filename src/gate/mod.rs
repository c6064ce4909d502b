//! ENGINE: a toolpack and its lockfile in; a new lockfile, or findings, out.

//! ENGINE: findings and approvals in, one report with one verdict out.

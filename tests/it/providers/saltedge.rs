//! Salt Edge.

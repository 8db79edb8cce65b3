//! Recorded answers of Ponto.

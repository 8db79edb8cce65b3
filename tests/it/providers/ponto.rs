//! Ponto, in both of its products.

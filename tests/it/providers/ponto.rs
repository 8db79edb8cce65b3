//! Ponto, in both of its products.

mod bench;
mod recorded;
mod sandbox;

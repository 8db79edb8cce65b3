//! Ponto, in both of its products.

mod bench;
mod linking;
mod paging;
mod recorded;
mod refreshing;
mod sandbox;
mod troubles;
mod webhooks;

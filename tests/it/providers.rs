//! Online providers: the contract that all of them keep, and what each does with the answers of its provider.

mod contract;
mod contract_recorded;
mod mutual_tls;
mod ponto;
mod saltedge;

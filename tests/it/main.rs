//! Tests across the whole product: one binary, one module a subject.

mod support;

mod architecture;
mod camt_properties;
mod coda_properties;
mod command_line;
mod corpora_report;
mod corpus_camt;
mod corpus_coda;
mod corpus_csv;
mod corpus_mt940;
mod corpus_ofx;
mod corpus_qif;
mod csv_properties;
mod errors;
mod fuzzing;
mod golden;
mod make_check;
mod mt940_properties;
mod odoo_doors;
mod ofx_properties;
mod online;
mod providers;
mod qif_properties;
mod rpc;
mod seal;
mod zip_fixtures;
mod zip_properties;

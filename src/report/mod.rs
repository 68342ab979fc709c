//! Reports: tables, provenance and figures of results that are already computed.

pub mod plot;

//! Helpers that several use cases share.

pub(in crate::usecase) mod single_flight;
pub(in crate::usecase) mod spent_codes;
pub(in crate::usecase) mod tombstones;

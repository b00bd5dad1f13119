mod anything;
mod bending;
mod corrupted;
mod support;
mod vectors;

mod corrupted;
mod malleability;
mod random_input;
mod support;
mod vectors;

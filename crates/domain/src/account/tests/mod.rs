mod properties;
mod rules;
mod small_worlds;
mod world;

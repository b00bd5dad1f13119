//! People's pictures: made fit to be shown, and kept in a folder.

mod folder;
mod picture;
mod pictures;
mod webp;

pub use folder::{AvatarFolder, CannotOpenFolder};
pub use pictures::Pictures;

//! Users' pictures: converts uploads to JPEG and stores the result in a folder.

mod convert;
mod folder;
mod jpeg_converter;
mod webp;

pub use folder::{AvatarFolder, CannotOpenFolder};
pub use jpeg_converter::JpegConverter;

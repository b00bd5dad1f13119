//! Converts an upload to a JPEG of limited size.

#[cfg(test)]
mod tests;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, Rgba};
use wxlogin_domain::model::Picture;
use wxlogin_domain::ports::PictureError;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::webp;

/// Maximum width and height of the result, in pixels.
const MAX_RESULT_SIDE: u32 = 512;

/// Maximum number of pixels of an upload. Phones take pictures of 12 or 24 million by default.
const MAX_PIXELS: u64 = 25_000_000;

/// Maximum width and height of an upload, in pixels.
const MAX_SIDE: u32 = 10_000;

/// Maximum size of the decoded pixels, in bytes. Pictures with 8 bits per channel always fit.
const MAX_BYTES: u64 = 100_000_000;

/// Maximum number of scans of a progressive JPEG. Each scan decodes the whole picture; encoders make
/// about 10.
const MAX_SCANS: usize = 32;

/// JPEG quality from 0 to 100. At 85 the loss is hardly visible.
const JPEG_QUALITY: u8 = 85;

/// A decoded picture, and how to turn it upright.
type Decoded = (DynamicImage, Orientation);

/// Converts an upload. The format is detected from the content.
pub(crate) fn convert(upload: &[u8]) -> Result<Picture, PictureError> {
    let (image, orientation) = match image::guess_format(upload) {
        Ok(ImageFormat::Jpeg) => decode_jpeg(upload)?,
        Ok(ImageFormat::Png) => decode_png_or_webp(upload, ImageFormat::Png)?,
        Ok(ImageFormat::WebP) => {
            check_webp(upload)?;
            decode_png_or_webp(upload, ImageFormat::WebP)?
        }
        Ok(_) | Err(_) => return Err(PictureError::NotAPicture),
    };
    let mut image = on_white(image);
    if image.width().max(image.height()) > MAX_RESULT_SIDE {
        image = image.resize(MAX_RESULT_SIDE, MAX_RESULT_SIDE, FilterType::Triangle);
    }
    image.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
    image.into_rgb8().write_with_encoder(encoder).map_err(|error| {
        tracing::error!(%error, "cannot encode a picture");
        PictureError::Broken
    })?;
    Ok(Picture(jpeg))
}

/// Rejects a picture whose header names too large a size.
fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    let is_small =
        u64::from(width) * u64::from(height) <= MAX_PIXELS && width.max(height) <= MAX_SIDE;
    if is_small { Ok(()) } else { Err(PictureError::TooManyPixels) }
}

/// Decodes a JPEG with the decoder that `image` uses. `image` itself accepts a truncated JPEG.
fn decode_jpeg(upload: &[u8]) -> Result<Decoded, PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(upload), options);
    decoder.decode_headers().map_err(|_| PictureError::NotAPicture)?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::NotAPicture)?;
    let side = |pixels| u32::try_from(pixels).map_err(|_| PictureError::TooManyPixels);
    let (width, height) = (side(width)?, side(height)?);
    check_size(width, height)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let pixels = decoder.decode().map_err(|_| PictureError::NotAPicture)?;
    let image = RgbImage::from_raw(width, height, pixels).ok_or(PictureError::NotAPicture)?;
    Ok((image.into(), orientation.unwrap_or(Orientation::NoTransforms)))
}

fn check_webp(upload: &[u8]) -> Result<(), PictureError> {
    let sizes = webp::sizes(upload)?;
    sizes.iter().try_for_each(|(width, height)| check_size(*width, *height))?;
    if sizes.windows(2).all(|two| two[0] == two[1]) {
        Ok(())
    } else {
        Err(PictureError::NotAPicture)
    }
}

fn decode_png_or_webp(upload: &[u8], format: ImageFormat) -> Result<Decoded, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| to_picture_error(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > MAX_BYTES {
        return Err(PictureError::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| to_picture_error(&error))?;
    Ok((image, orientation))
}

fn to_picture_error(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => PictureError::NotAPicture,
    }
}

/// Puts the picture on a white background, because JPEG has no transparency. This comes before scaling,
/// which would mix the colour of transparent pixels into the edges.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut image = image.into_rgba8();
    for Rgba([red, green, blue, alpha]) in image.pixels_mut() {
        let cover = u16::from(*alpha);
        for channel in [red, green, blue] {
            let mixed = (u16::from(*channel) * cover + 255 * (255 - cover)) / 255;
            *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        *alpha = u8::MAX;
    }
    image.into()
}

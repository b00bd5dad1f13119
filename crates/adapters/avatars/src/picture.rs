//! From what somebody has sent to a picture.

#[cfg(test)]
mod tests;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, Rgba};
use wxlogin_domain::model::Picture;
use wxlogin_domain::ports::NoPicture;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::webp;

/// Longest side of a picture that is made, in pixels.
const SIDE: u32 = 512;

/// Most pixels of a picture that is taken. Phones make pictures of 12 or 24 million by default.
const MAX_PIXELS: u64 = 25_000_000;

/// Longest side of a picture that is taken, in pixels.
const MAX_SIDE: u32 = 10_000;

/// Most bytes that its pixels may fill; those of eight bits a channel always fit.
const MAX_BYTES: u64 = 100_000_000;

/// Most scans of a progressive JPEG. Each has to go over the whole picture; encoders make about ten.
const MAX_SCANS: usize = 32;

/// Of a hundred: smaller than what the eye would miss.
const QUALITY: u8 = 85;

/// What was sent, and how it has to be turned to stand upright.
type Upload = (DynamicImage, Orientation);

/// Makes a picture that can be shown.
pub(crate) fn picture(upload: &[u8]) -> Result<Picture, NoPicture> {
    let (image, orientation) = match image::guess_format(upload) {
        Ok(ImageFormat::Jpeg) => jpeg(upload)?,
        Ok(ImageFormat::Png) => png_or_webp(upload, ImageFormat::Png)?,
        Ok(ImageFormat::WebP) => {
            check_webp(upload)?;
            png_or_webp(upload, ImageFormat::WebP)?
        }
        Ok(_) | Err(_) => return Err(NoPicture::NotAPicture),
    };
    let mut image = opaque(image);
    if image.width().max(image.height()) > SIDE {
        image = image.resize(SIDE, SIDE, FilterType::Triangle);
    }
    image.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    image.into_rgb8().write_with_encoder(encoder).map_err(|error| {
        tracing::error!(%error, "a picture could not be encoded");
        NoPicture::Broken
    })?;
    Ok(Picture(jpeg))
}

/// Refuses a picture for what its head says.
fn check_size(width: u32, height: u32) -> Result<(), NoPicture> {
    let is_small =
        u64::from(width) * u64::from(height) <= MAX_PIXELS && width.max(height) <= MAX_SIDE;
    if is_small { Ok(()) } else { Err(NoPicture::TooManyPixels) }
}

/// The decoder of `image`, asked directly: `image` takes half a JPEG for a whole one.
fn jpeg(upload: &[u8]) -> Result<Upload, NoPicture> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(upload), options);
    decoder.decode_headers().map_err(|_| NoPicture::NotAPicture)?;
    let (width, height) = decoder.dimensions().ok_or(NoPicture::NotAPicture)?;
    let side = |pixels| u32::try_from(pixels).map_err(|_| NoPicture::TooManyPixels);
    let (width, height) = (side(width)?, side(height)?);
    check_size(width, height)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let pixels = decoder.decode().map_err(|_| NoPicture::NotAPicture)?;
    let image = RgbImage::from_raw(width, height, pixels).ok_or(NoPicture::NotAPicture)?;
    Ok((image.into(), orientation.unwrap_or(Orientation::NoTransforms)))
}

fn check_webp(upload: &[u8]) -> Result<(), NoPicture> {
    let sizes = webp::sizes(upload).ok_or(NoPicture::NotAPicture)?;
    sizes.iter().try_for_each(|(width, height)| check_size(*width, *height))?;
    if sizes.windows(2).all(|two| two[0] == two[1]) { Ok(()) } else { Err(NoPicture::NotAPicture) }
}

fn png_or_webp(upload: &[u8], format: ImageFormat) -> Result<Upload, NoPicture> {
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > MAX_BYTES {
        return Err(NoPicture::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    Ok((image, orientation))
}

fn refusal(error: &image::ImageError) -> NoPicture {
    match error {
        image::ImageError::Limits(_) => NoPicture::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => NoPicture::NotAPicture,
    }
}

/// The picture on white ground: JPEG knows no transparency. It is done before the picture is scaled,
/// or the colour of what cannot be seen would come into its edges.
fn opaque(image: DynamicImage) -> DynamicImage {
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

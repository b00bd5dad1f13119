use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{GenericImageView, ImageEncoder, Rgb};

use super::*;

const RED: [u8; 3] = [220, 30, 30];
const BLUE: [u8; 3] = [30, 30, 220];

/// Red in the left half and blue in the right half.
fn halves(width: u32, height: u32) -> DynamicImage {
    let colour = |x| Rgb(if x < width / 2 { RED } else { BLUE });
    RgbImage::from_fn(width, height, |x, _| colour(x)).into()
}

/// EXIF data with this orientation, a location and a name.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 31.2304N 121.4737E, Xiaoming's phone");
    exif
}

/// The picture in each of the three formats, with this orientation.
fn uploads(image: &DynamicImage, orientation: u8) -> [(&'static str, Vec<u8>); 3] {
    let (mut jpeg, mut png, mut webp) = (Vec::new(), Vec::new(), Vec::new());
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    image.to_rgb8().write_with_encoder(encoder).unwrap();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    image.write_with_encoder(encoder).unwrap();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    image.write_with_encoder(encoder).unwrap();
    [("JPEG", jpeg), ("PNG", png), ("WebP", webp)]
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Decodes the converted picture.
fn decoded(Picture(bytes): &Picture) -> DynamicImage {
    image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).unwrap()
}

fn is_near(Rgba([r, g, b, _]): Rgba<u8>, expected: [u8; 3]) -> bool {
    [r, g, b].into_iter().zip(expected).all(|(one, other)| one.abs_diff(other) < 12)
}

#[test]
fn each_format_becomes_a_small_jpeg() {
    for (format, upload) in uploads(&halves(1200, 800), 1) {
        assert!(contains(&upload, b"121.4737E"), "{format}");
        let made = convert(&upload).unwrap();
        assert!(made.0.len() < 30_000, "{format}: {made:?}");
        let seen = decoded(&made);
        assert_eq!(seen.dimensions(), (512, 341), "{format}");
        assert!(is_near(seen.get_pixel(20, 170), RED), "{format}");
        assert!(is_near(seen.get_pixel(490, 170), BLUE), "{format}");
    }
}

#[test]
fn metadata_is_removed() {
    let tail = b"<html><script>alert(1)</script></html>PK\x03\x04\x14\0evil.js";
    for (format, mut upload) in uploads(&halves(64, 64), 1) {
        upload.extend(tail);
        let Picture(made) = convert(&upload).unwrap();
        for part in [b"GPS".as_slice(), b"Xiaoming", b"Exif", b"script", b"PK\x03\x04", b"evil"] {
            assert!(!contains(&made, part), "{format}");
        }
        assert!(made.ends_with(&[0xff, 0xd9]), "{format}");
    }
}

#[test]
fn a_picture_is_turned_upright() {
    // Six is a quarter turn to the right: the left side becomes the top.
    for (format, upload) in uploads(&halves(300, 200), 6) {
        let seen = decoded(&convert(&upload).unwrap());
        assert_eq!(seen.dimensions(), (200, 300), "{format}");
        assert!(is_near(seen.get_pixel(100, 20), RED), "{format}");
        assert!(is_near(seen.get_pixel(100, 280), BLUE), "{format}");
    }
}

#[test]
fn a_small_picture_is_not_enlarged() {
    for (width, height) in [(1, 1), (48, 20), (512, 512)] {
        for (format, upload) in uploads(&halves(width, height), 1) {
            let seen = decoded(&convert(&upload).unwrap());
            assert_eq!(seen.dimensions(), (width, height), "{format}");
        }
    }
    let (_, long) = &uploads(&halves(3000, 2), 1)[1];
    assert_eq!(decoded(&convert(long).unwrap()).dimensions(), (512, 1));
}

#[test]
fn transparent_pixels_become_white() {
    let black = image::RgbaImage::from_pixel(600, 600, Rgba([0, 0, 0, 0]));
    let grey = image::RgbaImage::from_pixel(600, 600, Rgba([0, 0, 0, 128]));
    for (image, expected) in [(black, [255; 3]), (grey, [127; 3])] {
        for (format, upload) in &uploads(&image.into(), 1)[1..] {
            let seen = decoded(&convert(upload).unwrap());
            assert!(is_near(seen.get_pixel(256, 256), expected), "{format}");
        }
    }
}

#[test]
fn sixteen_bit_and_grey_pictures_are_accepted() {
    let deep = DynamicImage::from(halves(40, 40).into_rgb16());
    let grey = DynamicImage::from(halves(40, 40).into_luma8());
    for image in [deep, grey] {
        let (_, png) = &uploads(&image, 1)[1];
        assert_eq!(decoded(&convert(png).unwrap()).dimensions(), (40, 40));
    }
}

#[test]
fn truncated_pictures_are_rejected() {
    for (format, upload) in uploads(&noise(200), 1) {
        for share in [1, 2, 10, 50, 90] {
            let cut = &upload[..upload.len() * share / 100];
            assert_eq!(convert(cut), Err(PictureError::NotAPicture), "{format}: {share} %");
        }
    }
}

/// Pixels that do not compress, so that the bytes of a file are spread over the picture.
fn noise(side: u32) -> DynamicImage {
    let mut state = 1_u32;
    RgbImage::from_fn(side, side, |_, _| {
        Rgb([0; 3].map(|_: u8| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        }))
    })
    .into()
}

#[test]
fn other_files_are_rejected() {
    let gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let others: [&[u8]; 8] = [
        b"",
        b"x",
        gif,
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"<!doctype html><title>picture.png</title>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBPVP8 ",
    ];
    for other in others {
        assert_eq!(convert(other), Err(PictureError::NotAPicture), "{other:?}");
    }
}

/// A complete PNG of black pixels, one bit each.
fn black(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8], data: &[u8]| {
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(data);
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        png.extend([name, data].concat());
        png.extend(sum.sum().to_be_bytes());
    };
    let (width_bytes, height_bytes) = (width.to_be_bytes(), height.to_be_bytes());
    chunk(b"IHDR", &[&width_bytes[..], &height_bytes, &[1, 0, 0, 0, 0]].concat());
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; 1 + usize::try_from(width.div_ceil(8)).unwrap()];
    for _ in 0..height {
        rows.write_all(&row).unwrap();
    }
    chunk(b"IDAT", &rows.finish().unwrap());
    chunk(b"IEND", b"");
    png
}

#[test]
fn too_many_pixels_are_rejected_from_the_header() {
    assert!(convert(&black(5000, 5000)).is_ok());
    let bomb = black(20_000, 20_000);
    assert!(bomb.len() < 1_000_000);
    let mut jpeg = uploads(&halves(16, 16), 1)[0].1.clone();
    // The frame's head: marker, length, bits, height, width.
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut webp = uploads(&halves(16, 16), 1)[2].1.clone();
    // The canvas of an extended file is 24 bits a side, less one.
    let canvas = webp.windows(4).position(|window| window == b"VP8X").unwrap() + 12;
    webp[canvas..canvas + 6].copy_from_slice(&[0xff, 0x3f, 0, 0xff, 0x3f, 0]);
    for (format, upload) in [
        ("PNG", bomb),
        ("PNG", black(5000, 5001)),
        ("PNG", black(10_001, 1)),
        ("JPEG", jpeg),
        ("WebP", webp),
    ] {
        assert_eq!(convert(&upload), Err(PictureError::TooManyPixels), "{format}");
    }
}

/// A WebP of these chunks.
fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, data) in chunks {
        body.extend(name.iter().chain(&u32::try_from(data.len()).unwrap().to_le_bytes()));
        body.extend(*data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF".as_slice(), &u32::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

/// A canvas of 16 by 16 pixels.
const CANVAS: (&[u8; 4], &[u8]) = (b"VP8X", &[0, 0, 0, 0, 15, 0, 0, 15, 0, 0]);

#[test]
fn a_webp_must_have_the_size_of_its_canvas() {
    let [.., (_, good)] = uploads(&halves(16, 16), 1);
    let frame = good.windows(4).position(|window| window == b"VP8L").unwrap();
    let length = usize::from(good[frame + 4]);
    let frame: (&[u8; 4], &[u8]) = (b"VP8L", &good[frame + 8..frame + 8 + length]);
    assert!(convert(&webp(&[CANVAS, frame])).is_ok());
    // 16383 by 16383, and 512 by 512.
    let bomb: (&[u8; 4], &[u8]) = (b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f]);
    let other: (&[u8; 4], &[u8]) = (b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 0, 2, 0, 2]);
    let mut cut = webp(&[CANVAS, frame, (b"EXIF", b"")]);
    let size = cut.len() - 4;
    cut[size..].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
    for (case, upload, expected) in [
        ("a huge frame", webp(&[CANVAS, bomb]), PictureError::TooManyPixels),
        ("another frame", webp(&[CANVAS, other]), PictureError::NotAPicture),
        ("two frames", webp(&[CANVAS, frame, other]), PictureError::NotAPicture),
        ("an animation", webp(&[CANVAS, (b"ANMF", &[0; 24]), frame]), PictureError::Animated),
        ("a chunk without an end", cut, PictureError::NotAPicture),
    ] {
        assert_eq!(convert(&upload), Err(expected), "{case}");
    }
}

/// A progressive JPEG of 8 by 8 grey pixels with this many equal scans.
fn progressive(scans: usize) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    jpeg.extend([1; 64]);
    jpeg.extend([0xff, 0xc2, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    // One code of one bit, which means no difference.
    jpeg.extend([0xff, 0xc4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for _ in 0..scans {
        jpeg.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x7f]);
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

#[test]
fn a_jpeg_with_too_many_scans_is_rejected() {
    assert_eq!(decoded(&convert(&progressive(10)).unwrap()).dimensions(), (8, 8));
    assert_eq!(convert(&progressive(50)), Err(PictureError::NotAPicture));
}

//! Profile pictures: upload, delivery and removal.

use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, GenericImageView, ImageEncoder, ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, Client, Harness, Process};

/// How soon a picture without a user is removed: two sweep intervals, and some time to spare.
const REMOVED_WITHIN: Duration = Duration::from_secs(50);

/// Starts wxlogin with this folder for pictures.
async fn start(folder: &Path) -> Harness {
    Harness::start(&[
        ("WXLOGIN__AVATARS__DIRECTORY", folder.to_str().unwrap()),
        ("WXLOGIN__LIMITS__AVATAR_UPLOADS_PER_MINUTE", "1000"),
    ])
    .await
}

/// A form with a file, whose name and media type can be anything.
fn form(field: &str, file_name: &str, media_type: &str, file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{file_name}\"\r\n\
         content-type: {media_type}\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat()
}

async fn send(client: &Client, token: &str, form: Vec<u8>) -> Answer {
    let request = client.request(Method::POST, "/v1/me/avatar").bearer_auth(token);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    client.send(request.body(form)).await
}

async fn upload(client: &Client, token: &str, file: &[u8]) -> Answer {
    send(client, token, form("file", "tmp_1.bin", "application/octet-stream", file)).await
}

/// The path of the picture of the user in an answer.
fn path(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    let address = answer.body["avatarUrl"].as_str().unwrap();
    address.strip_prefix("https://login.example.com").unwrap()
}

async fn exists(client: &Client, path: &str) -> bool {
    match client.request(Method::GET, path).send().await.unwrap().status().as_u16() {
        200 => true,
        404 => false,
        other => panic!("{path}: {other}"),
    }
}

fn colours(width: u32, height: u32) -> DynamicImage {
    let shade = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
    RgbImage::from_fn(width, height, |x, y| Rgb([shade(x, width), shade(y, height), 90])).into()
}

/// The picture in each format, with metadata as of a phone and data that an attacker appends.
fn uploads(image: &DynamicImage) -> [(&'static str, Vec<u8>); 3] {
    let exif = [b"MM\0*\0\0\0\x08\0\0\0\0\0\0".as_slice(), b"GPS 31.2304N 121.4737E"].concat();
    let (mut jpeg, mut png, mut webp) = (Vec::new(), Vec::new(), Vec::new());
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
    encoder.set_exif_metadata(exif.clone()).unwrap();
    image.write_with_encoder(encoder).unwrap();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif.clone()).unwrap();
    image.write_with_encoder(encoder).unwrap();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif).unwrap();
    image.write_with_encoder(encoder).unwrap();
    for file in [&mut jpeg, &mut png, &mut webp] {
        file.extend(b"<html><script>alert(1)</script></html>PK\x03\x04evil.js");
    }
    [("JPEG", jpeg), ("PNG", png), ("WebP", webp)]
}

#[tokio::test]
async fn pictures_of_every_format_are_shown_small_and_clean() {
    let folder = tempfile::tempdir().unwrap();
    let harness = start(folder.path()).await;
    let login = harness.sign_in("oAlice").await;
    let (_other, other) = harness.another().await;
    for (format, file) in uploads(&colours(1600, 1200)) {
        assert!(file.windows(3).any(|window| window == b"GPS"), "{format}");
        let user = upload(&harness.client, login.token(), &file).await;
        assert_eq!(harness.client.me(login.token()).await.body, user.body);
        for client in [&harness.client, &other] {
            let shown = client.request(Method::GET, path(&user)).send().await.unwrap();
            let header = |name: &str| shown.headers()[name].to_str().unwrap();
            assert_eq!(header("content-type"), "image/jpeg");
            assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("content-security-policy").contains("default-src 'none'"));
            let bytes = shown.bytes().await.unwrap();
            assert!(bytes.len() < 50_000, "{format}: {} bytes", bytes.len());
            let seen = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap();
            assert_eq!(seen.dimensions(), (512, 384), "{format}");
            let Rgb([red, green, _]) = *seen.to_rgb8().get_pixel(480, 20);
            assert!(red > 200 && green < 40, "{format} is not the picture that was sent");
            for part in ["GPS", "Exif", "script", "PK\x03\x04", "evil"] {
                let part = part.as_bytes();
                let is_left = bytes.windows(part.len()).any(|window| window == part);
                assert!(!is_left, "{format}");
            }
        }
        let head = harness.client.request(Method::HEAD, path(&user)).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(head.headers()["content-type"], "image/jpeg");
    }
}

/// A complete PNG of black pixels with one bit each.
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

/// The peak memory of the process so far, in MB.
fn peak(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let harness = start(folder.path()).await;
    let login = harness.sign_in("oAlice").await;
    let [(_, jpeg), (_, png), (_, webp)] = uploads(&colours(900, 700));
    let bomb = black(20_000, 20_000);
    assert!(bomb.len() < 1_000_000, "the file is small");
    let html = b"<!doctype html><title>x</title><script>alert(1)</script>".as_slice();
    let gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#.as_slice();
    let before = peak(&harness.wxlogin);
    for (what, file_name, media_type, file, status, problem) in [
        ("half a JPEG", "a.jpg", "image/jpeg", &jpeg[..jpeg.len() / 2], 400, "image_invalid"),
        ("half a PNG", "a.png", "image/png", &png[..png.len() / 2], 400, "image_invalid"),
        ("half a WebP", "a.webp", "image/webp", &webp[..webp.len() / 2], 400, "image_invalid"),
        ("a bomb", "a.png", "image/png", &bomb, 413, "payload_too_large"),
        ("SVG", "a.svg", "image/svg+xml", svg, 400, "image_invalid"),
        ("SVG as PNG", "a.png", "image/png", svg, 400, "image_invalid"),
        ("HTML as PNG", "a.png", "image/png", html, 400, "image_invalid"),
        ("GIF", "a.gif", "image/gif", gif, 400, "image_invalid"),
        ("nothing", "a.png", "image/png", b"", 400, "image_invalid"),
        ("50 MB", "a.jpg", "image/jpeg", &vec![0xff; 50_000_000], 413, "payload_too_large"),
    ] {
        let answer =
            send(&harness.client, login.token(), form("file", file_name, media_type, file));
        let answer = answer.await;
        assert_eq!((answer.status, answer.problem()), (status, problem), "{what}");
    }
    let wrong_field = form("avatar", "a.png", "image/png", &png);
    let mut two = form("file", "a.png", "image/png", &png);
    two.truncate(two.len() - b"--\r\n".len());
    two.extend(b"\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nx\r\n--edge--\r\n");
    for form in [wrong_field, two, b"--edge--\r\n".to_vec(), Vec::new()] {
        let answer = send(&harness.client, login.token(), form).await;
        assert_eq!((answer.status, answer.problem()), (400, "invalid_request"));
    }
    let grown = peak(&harness.wxlogin) - before;
    assert!(grown < 40, "{grown} MB");
    assert_eq!(harness.client.me(login.token()).await.body, login.body["user"], "nothing changed");
    assert_eq!(
        std::fs::read_dir(folder.path().join("pictures")).unwrap().count(),
        0,
        "nothing is stored"
    );
}

#[tokio::test]
async fn the_largest_pictures_of_many_people_stay_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let harness = start(folder.path()).await;
    let mut large = Cursor::new(Vec::new());
    let image = DynamicImage::from(RgbImage::from_pixel(5000, 5000, Rgb([200, 100, 50])));
    image.write_to(&mut large, ImageFormat::Jpeg).unwrap();
    let large = large.into_inner();
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(harness.sign_in(&format!("oPerson{number}")).await.token().to_owned());
    }
    let before = peak(&harness.wxlogin);
    let uploading = people.iter().map(|token| upload(&harness.client, token, &large));
    let meanwhile = async {
        for number in 0..5 {
            assert_eq!(harness.sign_in(&format!("oOther{number}")).await.status, 200);
        }
    };
    let (answers, ()) = futures_util::join!(futures_util::future::join_all(uploading), meanwhile);
    for answer in &answers {
        // On a busy machine, a request that waits too long is told when to retry.
        let is_busy = answer.status == 429 && !answer.header("retry-after").is_empty();
        assert!(answer.status == 200 || is_busy, "{answer:?}");
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    let grown = peak(&harness.wxlogin) - before;
    assert!(grown < 350, "{grown} MB");
}

#[tokio::test]
async fn a_picture_goes_when_it_is_replaced_and_when_its_user_goes() {
    let folder = tempfile::tempdir().unwrap();
    let harness = start(folder.path()).await;
    let (alice, bob) = (harness.sign_in("oAlice").await, harness.sign_in("oBob").await);
    let [(_, one), (_, other), _] = uploads(&colours(64, 64));
    let replaced = upload(&harness.client, alice.token(), &one).await;
    let latest = upload(&harness.client, alice.token(), &other).await;
    let erased = upload(&harness.client, bob.token(), &one).await;
    let all = [path(&replaced), path(&latest), path(&erased)];
    for path in all {
        assert!(exists(&harness.client, path).await);
        // The sweep spares files of the last ten minutes.
        let file = folder.path().join("pictures").join(path.strip_prefix("/avatars/").unwrap());
        let file = std::fs::File::options().write(true).open(file).unwrap();
        let made = file.metadata().unwrap().modified().unwrap();
        file.set_modified(made - Duration::from_mins(11)).unwrap();
    }
    let erase = harness.client.request(Method::DELETE, "/v1/me").bearer_auth(bob.token());
    assert_eq!(harness.client.send(erase).await.body["erased"], true);
    let asked = Instant::now();
    for path in [path(&replaced), path(&erased)] {
        while exists(&harness.client, path).await {
            assert!(asked.elapsed() < REMOVED_WITHIN, "{path} is still there");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    assert!(exists(&harness.client, path(&latest)).await, "the user has it");
}

/// Sends the whole request before it reads the answer, as simple clients do.
async fn send_first(client: &Client, token: &str, form: &[u8]) -> String {
    let address = client.base.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/me/avatar HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: multipart/form-data; boundary=edge\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        form.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(form).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_client_gets_the_answer_however_much_it_sends() {
    let folder = tempfile::tempdir().unwrap();
    let harness = start(folder.path()).await;
    let login = harness.sign_in("oAlice").await;
    let much = |bytes: usize| form("file", "a.png", "image/png", &vec![0; bytes]);
    for (token, form, status, problem) in [
        ("nonsense", much(4_000_000), 401, "token_invalid"),
        (login.token(), much(4_000_000), 400, "image_invalid"),
        (login.token(), much(20_000_000), 413, "payload_too_large"),
    ] {
        let answer = send_first(&harness.client, token, &form).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(problem), "{answer}");
    }
}

#[tokio::test]
async fn without_a_folder_uploads_are_refused() {
    let harness = Harness::start(&[]).await;
    let login = harness.sign_in("oAlice").await;
    let [(_, file), ..] = uploads(&colours(64, 64));
    let answer = upload(&harness.client, login.token(), &file).await;
    assert_eq!((answer.status, answer.problem()), (403, "avatars_disabled"));
}

//! The disk is full: what was acknowledged is kept, `/readyz` says so, and everything goes on when
//! there is room again.

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Method;
use serde_json::json;

use crate::database_outage::wait_for_readiness;
use crate::support::{Answer, Harness};

/// A file system of a few megabytes.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    const MEGABYTES: usize = 8;

    /// Mounts one, which takes root; others skip the case by name.
    #[expect(clippy::print_stderr, reason = "skipped cases must be visible")]
    fn mount(case: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={}m", Self::MEGABYTES);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!("skipped: {case}, because this user cannot mount a file system");
        }
        is_mounted.then_some(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

async fn set_status(harness: &Harness, key: &str, user: &str, status: u8) -> Answer {
    let request = harness.client.request(Method::POST, &format!("/v1/admin/users/{user}"));
    let change = json!({ "status": status, "reason": "spam" });
    harness.client.send(request.bearer_auth(key).json(&change)).await
}

async fn upload(harness: &Harness, token: &str) -> Answer {
    let mut picture = std::io::Cursor::new(Vec::new());
    let noise = |x: u32, y: u32| u8::try_from((x * 7919 + y * 104_729) % 251).unwrap();
    let image = image::GrayImage::from_fn(512, 512, |x, y| image::Luma([noise(x, y)]));
    image.write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let head =
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
    let form = [head.as_bytes(), &picture.into_inner(), b"\r\n--edge--\r\n"].concat();
    let request = harness.client.request(Method::POST, "/v1/me/avatar").bearer_auth(token);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    harness.client.send(request.body(form)).await
}

fn pictures(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("pictures")).unwrap().count()
}

/// The acknowledged logins and bans.
#[derive(Default)]
struct Acknowledged {
    logins: Vec<(String, String)>,
    banned: Vec<String>,
}

impl Acknowledged {
    /// Signs a new person in; whether that was acknowledged.
    async fn sign_in(&mut self, harness: &Harness) -> bool {
        let code = harness.simulator.code(&format!("oPerson{}", next())).await;
        let login = harness.client.try_login(&code).await;
        let is_signed_in = login.is_some();
        self.logins.extend(login);
        is_signed_in
    }

    async fn ban(&mut self, harness: &Harness, key: &str, number: usize) -> bool {
        let user = self.logins[number].0.clone();
        let is_banned = set_status(harness, key, &user, 0).await.status == 200;
        if is_banned {
            self.banned.push(user);
        }
        is_banned
    }
}

fn next() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::SeqCst)
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount("a_full_disk_loses_nothing_that_was_acknowledged") else {
        return;
    };
    let ballast = disk.path("ballast");
    std::fs::write(&ballast, vec![0; 5 << 20]).unwrap();
    let url = format!("sqlite:{}", disk.path("wxlogin.db").display());
    let avatars = disk.path("avatars");
    let mut harness = Harness::start(&[
        ("WXLOGIN__DATABASE__URL", &url),
        ("WXLOGIN__AVATARS__DIRECTORY", avatars.to_str().unwrap()),
        ("WXLOGIN__LIMITS__FAILED_LOGINS_PER_MINUTE", "10000"),
    ])
    .await;
    let key = harness.api_key("support", &["admin"]).await;
    let mut acknowledged = Acknowledged::default();

    while acknowledged.sign_in(&harness).await {
        assert!(acknowledged.logins.len() < 2000, "the disk is never full");
    }
    wait_for_readiness(&harness, 503).await;
    let before = acknowledged.logins.len();
    for number in 0..20 {
        acknowledged.sign_in(&harness).await;
        acknowledged.ban(&harness, &key, number).await;
    }
    wait_for_readiness(&harness, 503).await;
    let answer = harness.sign_in("oAlice").await;
    assert_eq!((answer.status, answer.problem()), (503, "store_unavailable"));
    let token = acknowledged.logins[before - 1].1.clone();
    assert!(upload(&harness, &token).await.status >= 500);
    assert_eq!(pictures(&avatars), 0, "no half of a picture is left");

    std::fs::remove_file(ballast).unwrap();
    wait_for_readiness(&harness, 200).await;
    for number in 20..40 {
        assert!(acknowledged.sign_in(&harness).await, "there is room again");
        assert!(acknowledged.ban(&harness, &key, number).await);
    }
    assert_eq!(upload(&harness, &token).await.status, 200);

    harness.crash().await;
    for (user, token) in &acknowledged.logins {
        let me = harness.client.me(token).await;
        if acknowledged.banned.contains(user) {
            assert_eq!((me.status, me.problem()), (403, "user_disabled"));
        } else {
            assert_eq!((me.status, me.body["id"].as_str()), (200, Some(user.as_str())));
        }
    }
}

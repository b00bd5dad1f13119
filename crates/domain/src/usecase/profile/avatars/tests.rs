use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

use super::*;
use crate::ports::StoredAvatar;
use crate::testing::MemoryAvatars;
use crate::testing::contract::avatar;
use crate::usecase::harness::Harness;

const HOUR: Duration = Duration::from_hours(1);

/// An instance whose avatar store the tests can look into.
struct AvatarHarness {
    harness: Harness,
    kept: Arc<MemoryAvatars>,
}

impl Deref for AvatarHarness {
    type Target = Harness;

    fn deref(&self) -> &Harness {
        &self.harness
    }
}

impl AvatarHarness {
    async fn new() -> Self {
        let harness = Harness::new().await;
        let kept = Arc::new(MemoryAvatars::new(harness.clock.clone()));
        let store = kept.clone();
        let harness = harness.another(|ports, _| ports.avatars = Some(store)).await;
        Self { harness, kept }
    }

    /// Another instance that looks for unused avatars in this store.
    async fn sweep_of(&self, store: Arc<dyn AvatarStore>) -> Arc<AvatarSweep> {
        let other = self.another(|ports, _| ports.avatars = Some(store)).await;
        other.avatar_sweep.clone().unwrap()
    }

    async fn sweep(&self) -> Result<u64, AvatarSweepError> {
        self.avatar_sweep.as_ref().unwrap().run().await
    }

    /// Uploads a picture and returns its name.
    async fn upload(&self, token: &str, picture: &[u8]) -> AvatarName {
        let uploader = self.avatars.admit(token).await.unwrap();
        let user = self.avatars.replace(uploader, picture.to_vec()).await.unwrap();
        AvatarName::parse(user.avatar_url.unwrap().as_str()).unwrap()
    }

    async fn is_kept(&self, name: &AvatarName) -> bool {
        self.avatars.show(name).await.unwrap().is_some()
    }
}

fn refused<T>(result: Result<T, AvatarError>) -> AvatarError {
    result.err().expect("it is refused")
}

#[tokio::test]
async fn an_avatar_is_stored_and_served() {
    let harness = AvatarHarness::new().await;
    let (user, _, access, _) = harness.sign_in("oAlice").await;
    let uploader = harness.avatars.admit(&access).await.unwrap();
    let changed = harness.avatars.replace(uploader, b"picture 1".to_vec()).await.unwrap();
    assert_eq!(changed.id, user.id);
    let avatar = changed.avatar_url.as_ref().unwrap();
    let address = harness.avatars.address(avatar);
    let name = address.strip_prefix("https://login.example/avatars/").unwrap();
    let name = AvatarName::parse(name).unwrap();
    let shown = harness.avatars.show(&name).await;
    assert_eq!(shown, Ok(Some(Picture(b"picture 1".to_vec()))));
    assert_eq!(harness.stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    assert_eq!(harness.avatars.show(&avatar::name(1)).await, Ok(None));
}

#[tokio::test]
async fn an_invalid_image_changes_nothing() {
    let harness = AvatarHarness::new().await;
    let (user, _, access, _) = harness.sign_in("oAlice").await;
    let retry_after = Duration::from_secs(7);
    for (upload, error) in [
        ("<svg/>", AvatarError::NotAPicture),
        ("huge", AvatarError::TooManyPixels),
        ("busy", AvatarError::Busy { retry_after }),
        ("broken", AvatarError::Internal),
    ] {
        let uploader = harness.avatars.admit(&access).await.unwrap();
        let result = harness.avatars.replace(uploader, upload.into()).await;
        assert_eq!(refused(result), error);
    }
    assert_eq!(harness.stores.accounts.find_user(user.id).await, Ok(Some(user)));
    assert_eq!(harness.kept.list().count().await, 0);
}

#[tokio::test]
async fn only_signed_in_users_upload_and_one_at_a_time() {
    let harness = AvatarHarness::new().await;
    let avatars = &harness.avatars;
    let (user, session, access, _) = harness.sign_in("oAlice").await;
    let (_, _, bobs, _) = harness.sign_in("oBob").await;
    let original = harness.token(TokenKind::Original, &user, &session);
    for token in ["nonsense", &original] {
        let nobody = AvatarError::Authentication(AuthenticationError::TokenInvalid);
        assert_eq!(refused(avatars.admit(token).await), nobody);
    }
    let uploader = avatars.admit(&access).await.unwrap();
    assert!(matches!(refused(avatars.admit(&access).await), AvatarError::Busy { .. }));
    assert!(avatars.admit(&bobs).await.is_ok());
    drop(uploader);
    assert!(avatars.admit(&access).await.is_ok());
}

#[tokio::test]
async fn disabled_avatars_are_neither_stored_nor_served() {
    let harness = Harness::with(|ports, _| ports.avatars = None).await;
    let avatars = &harness.avatars;
    let (_, _, access, _) = harness.sign_in("oAlice").await;
    assert_eq!(refused(avatars.admit(&access).await), AvatarError::Disabled);
    assert_eq!(avatars.show(&avatar::name(1)).await, Ok(None));
}

#[tokio::test]
async fn an_unused_avatar_is_deleted_once_it_is_old_enough() {
    let harness = AvatarHarness::new().await;
    let (_, _, access, _) = harness.sign_in("oAlice").await;
    let first = harness.upload(&access, b"picture 1").await;
    let second = harness.upload(&access, b"picture 2").await;
    // As a crash between the picture and its user leaves it.
    let orphan = avatar::name(7);
    harness.kept.put(&orphan, &Picture(b"picture 3".to_vec())).await.unwrap();
    assert_eq!(harness.sweep().await, Ok(0));
    assert!(harness.is_kept(&first).await && harness.is_kept(&orphan).await);
    harness.clock.advance(Duration::from_mins(10));
    let young = avatar::name(8);
    harness.kept.put(&young, &Picture(b"picture 4".to_vec())).await.unwrap();
    assert_eq!(harness.sweep().await, Ok(2));
    assert!(!harness.is_kept(&first).await && !harness.is_kept(&orphan).await);
    assert!(harness.is_kept(&second).await, "the user has it");
    assert!(harness.is_kept(&young).await, "a user may be about to have it");
}

#[tokio::test]
async fn an_avatar_is_deleted_after_its_user() {
    let harness = AvatarHarness::new().await;
    let (_, _, access, _) = harness.sign_in("oAlice").await;
    let name = harness.upload(&access, b"picture 1").await;
    harness.account.erase(&access).await.unwrap();
    harness.clock.advance(HOUR);
    assert_eq!(harness.sweep().await, Ok(1));
    assert!(!harness.is_kept(&name).await);
}

#[tokio::test]
async fn one_instance_at_a_time_deletes_avatars() {
    let harness = AvatarHarness::new().await;
    let other = harness.sweep_of(harness.kept.clone()).await;
    harness.kept.put(&avatar::name(1), &Picture(Vec::new())).await.unwrap();
    assert_eq!(harness.sweep().await, Ok(0));
    harness.clock.advance(HOUR);
    assert_eq!(other.run().await, Ok(0), "the first one still has the task");
    assert_eq!(harness.sweep().await, Ok(1));
}

/// More pictures than one run looks at, and a disk that fails when it is told to.
struct Many {
    kept: Arc<MemoryAvatars>,
    fails: AtomicBool,
}

#[async_trait]
impl AvatarStore for Many {
    async fn put(&self, name: &AvatarName, picture: &Picture) -> Result<(), AvatarStoreError> {
        self.kept.put(name, picture).await
    }

    async fn get(&self, name: &AvatarName) -> Result<Option<Picture>, AvatarStoreError> {
        self.kept.get(name).await
    }

    async fn delete(&self, name: &AvatarName) -> Result<(), AvatarStoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(AvatarStoreError("the disk is away".into()));
        }
        self.kept.delete(name).await
    }

    fn list(&self) -> BoxStream<'static, Result<StoredAvatar, AvatarStoreError>> {
        let used = (0..20_000).map(|number| {
            let since = crate::model::Timestamp::from_millis(0);
            Ok(StoredAvatar { name: avatar::name(1_000_000 + number), stored_at: since })
        });
        stream::iter(used).chain(self.kept.list()).boxed()
    }
}

#[tokio::test]
async fn a_run_continues_the_last_one_and_starts_over_after_a_failure() {
    let harness = AvatarHarness::new().await;
    let many = Arc::new(Many { kept: harness.kept.clone(), fails: AtomicBool::new(false) });
    let orphan = avatar::name(1);
    many.put(&orphan, &Picture(Vec::new())).await.unwrap();
    harness.clock.advance(HOUR);
    let sweep = harness.sweep_of(many.clone()).await;
    assert_eq!(sweep.run().await, Ok(20_000));
    assert!(harness.is_kept(&orphan).await, "it is left for the next run");
    many.fails.store(true, Ordering::SeqCst);
    let failed = sweep.run().await;
    assert!(matches!(failed, Err(AvatarSweepError::Avatars(_))), "{failed:?}");
    many.fails.store(false, Ordering::SeqCst);
    assert_eq!(sweep.run().await, Ok(20_000));
    assert_eq!(sweep.run().await, Ok(1));
    assert!(!harness.is_kept(&orphan).await);
}

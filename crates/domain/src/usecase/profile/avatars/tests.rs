use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

use super::*;
use crate::ports::StoredAvatar;
use crate::testing::MemoryAvatars;
use crate::testing::contract::avatar;
use crate::usecase::test_house::House;

const HOUR: Duration = Duration::from_hours(1);

/// A house with pictures.
struct Gallery {
    house: House,
    kept: Arc<MemoryAvatars>,
    avatars: Avatars,
    sweep: AvatarSweep,
}

impl Gallery {
    async fn new() -> Self {
        let house = House::new().await;
        let kept = Arc::new(MemoryAvatars::new(house.clock.clone()));
        let avatars = house.avatars(Some(kept.clone()));
        let sweep = house.avatar_sweep(kept.clone());
        Self { house, kept, avatars, sweep }
    }

    /// Uploads a picture and tells its name.
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
async fn a_picture_is_kept_and_shown() {
    let gallery = Gallery::new().await;
    let (user, _, access, _) = gallery.house.sign_in("oAlice").await;
    let uploader = gallery.avatars.admit(&access).await.unwrap();
    let changed = gallery.avatars.replace(uploader, b"picture 1".to_vec()).await.unwrap();
    assert_eq!(changed.id, user.id);
    let avatar = changed.avatar_url.as_ref().unwrap();
    let address = gallery.avatars.address(avatar);
    let name = address.strip_prefix("https://login.example/avatars/").unwrap();
    let name = AvatarName::parse(name).unwrap();
    let shown = gallery.avatars.show(&name).await;
    assert_eq!(shown, Ok(Some(Picture(b"picture 1".to_vec()))));
    assert_eq!(gallery.house.stores.accounts.find_user(user.id).await, Ok(Some(changed)));
    assert_eq!(gallery.avatars.show(&avatar::name(1)).await, Ok(None));
}

#[tokio::test]
async fn what_is_no_picture_changes_nothing() {
    let gallery = Gallery::new().await;
    let (user, _, access, _) = gallery.house.sign_in("oAlice").await;
    let retry_after = Duration::from_secs(7);
    for (upload, error) in [
        ("<svg/>", AvatarError::NotAPicture),
        ("huge", AvatarError::TooManyPixels),
        ("busy", AvatarError::Busy { retry_after }),
        ("broken", AvatarError::Broken),
    ] {
        let uploader = gallery.avatars.admit(&access).await.unwrap();
        let result = gallery.avatars.replace(uploader, upload.into()).await;
        assert_eq!(refused(result), error);
    }
    assert_eq!(gallery.house.stores.accounts.find_user(user.id).await, Ok(Some(user)));
    assert_eq!(gallery.kept.list().count().await, 0);
}

#[tokio::test]
async fn only_who_is_signed_in_uploads_and_one_at_a_time() {
    let gallery = Gallery::new().await;
    let avatars = &gallery.avatars;
    let (user, session, access, _) = gallery.house.sign_in("oAlice").await;
    let (_, _, bobs, _) = gallery.house.sign_in("oBob").await;
    let original = gallery.house.token(TokenKind::Original, &user, &session);
    for token in ["nonsense", &original] {
        let nobody = AvatarError::NotSignedIn(NotSignedIn::TokenInvalid);
        assert_eq!(refused(avatars.admit(token).await), nobody);
    }
    let uploader = avatars.admit(&access).await.unwrap();
    assert!(matches!(refused(avatars.admit(&access).await), AvatarError::Busy { .. }));
    assert!(avatars.admit(&bobs).await.is_ok());
    drop(uploader);
    assert!(avatars.admit(&access).await.is_ok());
}

#[tokio::test]
async fn where_no_pictures_are_kept_none_is_taken_or_shown() {
    let house = House::new().await;
    let avatars = house.avatars(None);
    let (_, _, access, _) = house.sign_in("oAlice").await;
    assert_eq!(refused(avatars.admit(&access).await), AvatarError::Disabled);
    assert_eq!(avatars.show(&avatar::name(1)).await, Ok(None));
}

#[tokio::test]
async fn a_picture_that_no_user_has_goes_once_it_is_old_enough() {
    let gallery = Gallery::new().await;
    let (_, _, access, _) = gallery.house.sign_in("oAlice").await;
    let first = gallery.upload(&access, b"picture 1").await;
    let second = gallery.upload(&access, b"picture 2").await;
    // As a crash between the picture and its user leaves it.
    let orphan = avatar::name(7);
    gallery.kept.put(&orphan, &Picture(b"picture 3".to_vec())).await.unwrap();
    assert_eq!(gallery.sweep.run().await, Ok(0));
    assert!(gallery.is_kept(&first).await && gallery.is_kept(&orphan).await);
    gallery.house.clock.advance(Duration::from_mins(10));
    let young = avatar::name(8);
    gallery.kept.put(&young, &Picture(b"picture 4".to_vec())).await.unwrap();
    assert_eq!(gallery.sweep.run().await, Ok(2));
    assert!(!gallery.is_kept(&first).await && !gallery.is_kept(&orphan).await);
    assert!(gallery.is_kept(&second).await, "the user has it");
    assert!(gallery.is_kept(&young).await, "a user may be about to have it");
}

#[tokio::test]
async fn a_picture_goes_with_its_user() {
    let gallery = Gallery::new().await;
    let (_, _, access, _) = gallery.house.sign_in("oAlice").await;
    let name = gallery.upload(&access, b"picture 1").await;
    gallery.house.account(Duration::ZERO).erase(&access).await.unwrap();
    gallery.house.clock.advance(HOUR);
    assert_eq!(gallery.sweep.run().await, Ok(1));
    assert!(!gallery.is_kept(&name).await);
}

#[tokio::test]
async fn one_instance_at_a_time_removes_pictures() {
    let gallery = Gallery::new().await;
    let other = gallery.house.avatar_sweep(gallery.kept.clone());
    gallery.kept.put(&avatar::name(1), &Picture(Vec::new())).await.unwrap();
    assert_eq!(gallery.sweep.run().await, Ok(0));
    gallery.house.clock.advance(HOUR);
    assert_eq!(other.run().await, Ok(0), "the first one still has the task");
    assert_eq!(gallery.sweep.run().await, Ok(1));
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
async fn a_run_goes_on_where_the_one_before_stopped_and_begins_anew_after_a_failure() {
    let gallery = Gallery::new().await;
    let many = Arc::new(Many { kept: gallery.kept.clone(), fails: AtomicBool::new(false) });
    let orphan = avatar::name(1);
    many.put(&orphan, &Picture(Vec::new())).await.unwrap();
    gallery.house.clock.advance(HOUR);
    let sweep = gallery.house.avatar_sweep(many.clone());
    assert_eq!(sweep.run().await, Ok(20_000));
    assert!(gallery.is_kept(&orphan).await, "it is left for the next run");
    many.fails.store(true, Ordering::SeqCst);
    let failed = sweep.run().await;
    assert!(matches!(failed, Err(AvatarSweepError::Avatars(_))), "{failed:?}");
    many.fails.store(false, Ordering::SeqCst);
    assert_eq!(sweep.run().await, Ok(20_000));
    assert_eq!(sweep.run().await, Ok(1));
    assert!(!gallery.is_kept(&orphan).await);
}

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::model::{Nickname, User, VisibleApps};
use crate::ports::LegacyNumber::{Absent, Other, Whole};
use crate::ports::{Place, Stores};
use crate::testing::contract::{Sample, app_id, open_id};
use crate::testing::{FakeSealer, ManualClock, MemoryStore, SequenceRandomness};

const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";

/// Shared, so that no two imports create the same ids.
static RANDOMNESS: LazyLock<Arc<SequenceRandomness>> = LazyLock::new(Arc::default);

/// The old users, two at a time.
struct Old(Vec<LegacyUser>);

#[async_trait]
impl LegacyUsers for Old {
    async fn count(&mut self) -> Result<u64, LegacyUsersError> {
        Ok(self.0.len() as u64)
    }

    async fn next(&mut self) -> Result<Vec<LegacyUser>, LegacyUsersError> {
        Ok(self.0.drain(..self.0.len().min(2)).collect())
    }
}

struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// A row as the original back end writes it.
fn row(number: u32) -> LegacyUser {
    LegacyUser {
        id: format!("5f00000000000000000000{number:02}"),
        open_id: Some(format!("oPerson{number}")),
        session_key: Some(KEY.into()),
        user_type: Whole(2),
        status: Whole(1),
        user_name: Some(format!("Person {number}")),
        avatar_url: Some("https://cdn.example.com/a.png".into()),
        created_at: Some(Timestamp::from_seconds(1_600_000_000)),
    }
}

async fn imported_with(
    stores: &Stores,
    statuses: StatusMeanings,
    rows: Vec<LegacyUser>,
) -> ImportReport {
    let users = ImportUsers {
        app_id: app_id(1),
        statuses,
        import: stores.import.clone(),
        sealer: Arc::new(FakeSealer),
        clock: Arc::new(ManualClock::default()),
        randomness: RANDOMNESS.clone(),
    };
    users.import(&mut Old(rows), &NoProgress).await.unwrap()
}

async fn imported(stores: &Stores, rows: Vec<LegacyUser>) -> ImportReport {
    imported_with(stores, StatusMeanings::default(), rows).await
}

/// The user of an imported row.
async fn user_of(row: LegacyUser) -> User {
    let stores = MemoryStore::stores();
    let report = imported(&stores, vec![row]).await;
    assert_eq!(report.made, 1, "{report:?}");
    stores.accounts.find_user(report.user_ids[0].1).await.unwrap().unwrap()
}

/// Why a row was skipped.
async fn why_not(row: LegacyUser) -> WhyNot {
    let stores = MemoryStore::stores();
    let id = row.id.clone();
    let report = imported(&stores, vec![row]).await;
    assert_eq!(stores.transfer.is_empty().await, Ok(true));
    assert_eq!((report.made, report.user_ids.len()), (0, 0));
    let [NotTaken { id: named, why }] = report.not_taken.as_slice() else { panic!("{report:?}") };
    assert_eq!(*named, id);
    *why
}

#[tokio::test]
async fn a_row_becomes_a_user() {
    let stores = MemoryStore::stores();
    let report = imported(&stores, vec![row(1)]).await;
    let [(legacy_id, user_id)] = report.user_ids.as_slice() else { panic!("{report:?}") };
    let user = stores.accounts.find_user(*user_id).await.unwrap().unwrap();
    assert_eq!(user.legacy_id.as_ref(), Some(legacy_id));
    assert_eq!(legacy_id.as_str(), "5f0000000000000000000001");
    assert_eq!((user.user_type, user.status), (UserType(2), UserStatus::Active));
    assert_eq!(user.nickname, Nickname::parse("Person 1").ok());
    assert_eq!(user.avatar_url.unwrap().as_str(), "https://cdn.example.com/a.png");
    assert_eq!(user.created_at, Timestamp::from_seconds(1_600_000_000));

    let identity = IdentityKey { app_id: app_id(1), open_id: open_id("oPerson1") };
    let key = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap().current;
    let cells = [identity.app_id.as_str().as_bytes(), b"oPerson1"];
    let place = Place { table: "identities", column: "session_key", row: &cells };
    assert_eq!(FakeSealer.open(place, &key.sealed).unwrap().as_slice(), KEY.as_bytes());

    let events = stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.action, event.user_id), (AuditAction::UserImported, Some(*user_id)));
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let stores = MemoryStore::stores();
    let rows = (1..=5).map(row).collect::<Vec<_>>();
    let first = imported(&stores, rows.clone()).await;
    assert_eq!((first.made, first.known), (5, 0));
    let second = imported(&stores, rows).await;
    assert_eq!((second.made, second.known), (0, 5));
    assert_eq!(second.user_ids, first.user_ids);
    assert_eq!(stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap().len(), 5);
}

#[tokio::test]
async fn existing_users_get_their_old_id() {
    let stores = MemoryStore::stores();
    let here = Sample::of("oPerson1").sign_in(&stores).await.user;
    let report = imported(&stores, vec![row(1)]).await;
    assert_eq!((report.joined, report.made), (1, 0));
    assert_eq!(report.user_ids[0].1, here.id);
}

#[tokio::test]
async fn two_accounts_of_a_person_are_one_user() {
    let stores = MemoryStore::stores();
    let second = LegacyUser { open_id: row(1).open_id, ..row(2) };
    let report = imported(&stores, vec![row(1), second]).await;
    assert_eq!((report.made, report.not_taken.len()), (1, 0));
    let [(first_id, first_user), (second_id, second_user)] = report.user_ids.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(first_user, second_user, "the operator's other data refer to both ids");
    assert_eq!(report.second.iter().collect::<Vec<_>>(), [second_id]);
    let user = stores.accounts.find_user(*first_user).await.unwrap().unwrap();
    assert_eq!(user.legacy_id.as_ref(), Some(first_id), "the older account's");
}

#[tokio::test]
async fn an_old_id_is_never_given_to_two_users() {
    let stores = MemoryStore::stores();
    imported(&stores, vec![row(1)]).await;
    let other = LegacyUser { open_id: Some("oOther".into()), ..row(1) };
    let report = imported(&stores, vec![other]).await;
    assert_eq!(report.user_ids, []);
    assert_eq!(report.not_taken[0].why, WhyNot::Taken);
}

#[tokio::test]
async fn a_row_without_a_valid_id_or_openid_is_skipped() {
    for id in ["", "a b", "公众号", &"x".repeat(65)] {
        let why = why_not(LegacyUser { id: id.into(), ..row(1) }).await;
        assert!(matches!(why, WhyNot::Id(_)), "{why:?}");
    }
    assert_eq!(why_not(LegacyUser { open_id: None, ..row(1) }).await, WhyNot::NoOpenId);
    for open_id in ["", "o hunter2", "oHunter2\n", &"hunter2".repeat(10)] {
        let why = why_not(LegacyUser { open_id: Some(open_id.into()), ..row(1) }).await;
        assert!(matches!(why, WhyNot::OpenId(_)), "{why:?}");
        assert!(!why.to_string().to_lowercase().contains("hunter2"), "{why}");
    }
}

#[tokio::test]
async fn a_type_is_any_number_of_32_bits() {
    for (given, taken) in
        [(Absent, 2), (Whole(0), 0), (Whole(-7), -7), (Whole(2_147_483_647), i32::MAX)]
    {
        let user = user_of(LegacyUser { user_type: given, ..row(1) }).await;
        assert_eq!(user.user_type, UserType(taken));
    }
    for given in [Whole(2_147_483_648), Whole(i64::MIN), Other] {
        let why = why_not(LegacyUser { user_type: given, ..row(1) }).await;
        assert_eq!(why, WhyNot::UserType);
    }
}

#[tokio::test]
async fn statuses_have_the_configured_meaning() {
    for (given, taken) in [
        (Absent, UserStatus::Active),
        (Whole(1), UserStatus::Active),
        (Whole(0), UserStatus::Disabled),
    ] {
        let user = user_of(LegacyUser { status: given, ..row(1) }).await;
        assert_eq!(user.status, taken, "{given:?}");
    }
    let with = |number, status| LegacyUser { status: Whole(status), ..row(number) };
    let rows = vec![with(1, 3), with(2, -1), with(3, 3), with(4, 0)];
    let stores = MemoryStore::stores();
    let report = imported(&stores, rows.clone()).await;
    assert_eq!(report.unknown_statuses(), BTreeMap::from([(-1, 1), (3, 2)]));
    assert_eq!((report.made, report.not_taken.len()), (1, 3));

    let said = StatusMeanings::default()
        .with(3, UserStatus::Disabled)
        .with(-1, UserStatus::Active)
        .with(0, UserStatus::Active);
    let report = imported_with(&stores, said.clone(), rows.clone()).await;
    assert_eq!((report.made, report.known, report.not_taken.len()), (3, 1, 0));
    let mut statuses = Vec::new();
    for (_, id) in report.user_ids {
        statuses.push(stores.accounts.find_user(id).await.unwrap().unwrap().status.code());
    }
    assert_eq!(statuses, [0, 1, 0, 0], "whoever was known keeps the status");
    let report = imported_with(&MemoryStore::stores(), said, rows).await;
    assert_eq!(report.made, 4);
}

#[tokio::test]
async fn a_row_with_an_invalid_status_is_skipped() {
    let why = why_not(LegacyUser { status: Other, ..row(1) }).await;
    assert_eq!(why, WhyNot::NoStatus);
}

#[tokio::test]
async fn invalid_profile_fields_are_ignored() {
    for (name, url) in [
        (None, None),
        (Some("微信用户"), Some("http://cdn.example.com/a.png")),
        (Some("a\nb"), Some("/avatars/1.png")),
    ] {
        let user = user_of(LegacyUser {
            user_name: name.map(Into::into),
            avatar_url: url.map(Into::into),
            ..row(1)
        });
        let user = user.await;
        assert_eq!((user.nickname, user.avatar_url), (None, None));
    }
    for key in [None, Some("not a key".to_owned())] {
        let stores = MemoryStore::stores();
        imported(&stores, vec![LegacyUser { session_key: key, ..row(1) }]).await;
        let identity = IdentityKey { app_id: app_id(1), open_id: open_id("oPerson1") };
        assert_eq!(stores.session_keys.find_session_keys(&identity).await, Ok(None));
    }
}

#[tokio::test]
async fn creation_times_in_the_future_become_now() {
    let now = ManualClock::default().now();
    for given in [None, Some(now.plus(Duration::from_hours(1)))] {
        let user = user_of(LegacyUser { created_at: given, ..row(1) }).await;
        assert_eq!((user.created_at, user.last_login_at), (now, now));
    }
}

#[tokio::test]
async fn a_ban_survives_erasure() {
    use crate::ports::{Erasure, ErasureStep, LoginOutcome};

    let stores = MemoryStore::stores();
    let report = imported(&stores, vec![LegacyUser { status: Whole(0), ..row(1) }]).await;
    let user_id = report.user_ids[0].1;
    let now = ManualClock::default().now();
    let event =
        AuditEvent::new(AuditAction::UserErased, user_id, now, &SequenceRandomness::default());
    let erasure = Erasure {
        apps: VisibleApps::All,
        user_id,
        step: ErasureStep::Complete,
        tokens_until: now,
        event,
    };
    assert_eq!(stores.accounts.erase(erasure).await, Ok(true));
    // The tombstone has to be the one that a login looks for.
    let identity = IdentityKey { app_id: app_id(1), open_id: open_id("oPerson1") };
    let mut login = Sample::of("oPerson1").record();
    login.tombstones = tombstones(&FakeSealer, &identity, None);
    assert_eq!(stores.accounts.record_login(login).await, Ok(LoginOutcome::Disabled));
}

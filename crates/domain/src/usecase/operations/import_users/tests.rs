use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::model::{LegacyId, Nickname, Timestamp, User, UserType, VisibleApps};
use crate::ports::LegacyValue::{Null, Other, Text};
use crate::ports::{LegacyValue, Place, Stores};
use crate::testing::contract::{Sample, app_id, open_id};
use crate::testing::{FakeSealer, ManualClock, MemoryStore, SequenceRandomness};

const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";

/// Shared, so that no two imports create the same ids.
static RANDOMNESS: LazyLock<Arc<SequenceRandomness>> = LazyLock::new(Arc::default);

/// The old users, two at a time, and how many have been given.
struct Old(Vec<LegacyUser>, usize);

#[async_trait]
impl LegacyUsers for Old {
    async fn count(&mut self) -> Result<u64, LegacyUsersError> {
        Ok(self.0.len() as u64)
    }

    async fn next(&mut self) -> Result<Vec<LegacyUser>, LegacyUsersError> {
        let rows = self.0.iter().skip(self.1).take(2).cloned().collect::<Vec<_>>();
        self.1 += rows.len();
        Ok(rows)
    }

    fn restart(&mut self) {
        self.1 = 0;
    }
}

struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

#[expect(clippy::unnecessary_wraps, reason = "a field of a row")]
fn text(text: &str) -> Option<LegacyValue> {
    Some(Text(text.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "a field of a row")]
fn number(number: i64) -> Option<LegacyValue> {
    Some(Other(number.to_string()))
}

/// A row as the original back end writes it.
fn row(number: u32) -> LegacyUser {
    LegacyUser {
        id: format!("5f00000000000000000000{number:02}"),
        open_id: text(&format!("oPerson{number}")),
        session_key: text(KEY),
        user_type: self::number(2),
        status: self::number(1),
        user_name: text(&format!("Person {number}")),
        avatar_url: text("https://cdn.example.com/a.png"),
        created_at: Some(Timestamp::from_seconds(1_600_000_000)),
        other_fields: Vec::new(),
    }
}

async fn imported_with(stores: &Stores, mapping: Mapping, rows: Vec<LegacyUser>) -> ImportReport {
    let users = ImportUsers {
        app_id: app_id(1),
        mapping,
        import: stores.import.clone(),
        accounts: stores.accounts.clone(),
        sealer: Arc::new(FakeSealer),
        clock: Arc::new(ManualClock::default()),
        randomness: RANDOMNESS.clone(),
    };
    users.import(&mut Old(rows, 0), &NoProgress).await.unwrap()
}

async fn imported(stores: &Stores, rows: Vec<LegacyUser>) -> ImportReport {
    imported_with(stores, Mapping::default(), rows).await
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
    let [NotTaken { id: named, why, is_disabled: false }] = report.not_taken.as_slice() else {
        panic!("{report:?}")
    };
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
    let other = LegacyUser { open_id: text("oOther"), ..row(1) };
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
    for open_id in [None, Some(Null), number(7)] {
        assert_eq!(why_not(LegacyUser { open_id, ..row(1) }).await, WhyNot::NoOpenId);
    }
    for open_id in ["", "o hunter2", "oHunter2\n", &"hunter2".repeat(10)] {
        let why = why_not(LegacyUser { open_id: text(open_id), ..row(1) }).await;
        assert!(matches!(why, WhyNot::OpenId(_)), "{why:?}");
        assert!(!why.to_string().to_lowercase().contains("hunter2"), "{why}");
    }
}

#[tokio::test]
async fn a_type_is_any_number_of_32_bits() {
    for (given, taken) in [
        (None, 2),
        (number(0), 0),
        (number(-7), -7),
        (number(2_147_483_647), i32::MAX),
        (text("2"), 2),
        (text(" 3.0 "), 3),
    ] {
        let user = user_of(LegacyUser { user_type: given, ..row(1) }).await;
        assert_eq!(user.user_type, UserType(taken));
    }
    for given in [number(2_147_483_648), number(i64::MIN), text("vip"), text(""), Some(Null)] {
        let why = why_not(LegacyUser { user_type: given, ..row(1) }).await;
        assert_eq!(why, WhyNot::UnmappedUserType);
    }
}

#[tokio::test]
async fn types_have_the_configured_meaning() {
    let said = Mapping::default()
        .with_user_type("vip", UserType(9))
        .with_user_type("5000000000", UserType(5))
        .with_user_type("3", UserType(4));
    for (given, taken) in
        [(text("vip"), 9), (number(5_000_000_000), 5), (text("3"), 4), (number(2), 2)]
    {
        let stores = MemoryStore::stores();
        let row = LegacyUser { user_type: given, ..row(1) };
        let report = imported_with(&stores, said.clone(), vec![row]).await;
        let user = stores.accounts.find_user(report.user_ids[0].1).await.unwrap().unwrap();
        assert_eq!(user.user_type, UserType(taken));
    }
}

#[tokio::test]
async fn a_number_is_a_number_whatever_its_type() {
    use UserStatus::{Active, Disabled};

    for (given, taken) in [
        (None, Active),
        (number(1), Active),
        (number(0), Disabled),
        (text("1"), Active),
        (text("0"), Disabled),
        (text(" 0 "), Disabled),
        (text("0.0"), Disabled),
        (Some(Other("0.0".into())), Disabled),
    ] {
        let user = user_of(LegacyUser { status: given.clone(), ..row(1) }).await;
        assert_eq!(user.status, taken, "{given:?}");
    }
    for given in [number(7), text("01x"), text(""), text("NaN"), text("0.5"), Some(Null)] {
        let why = why_not(LegacyUser { status: given, ..row(1) }).await;
        assert_eq!(why, WhyNot::UnmappedStatus);
    }
}

#[tokio::test]
async fn statuses_have_the_configured_meaning() {
    let with = |number, status| LegacyUser { status, ..row(number) };
    let rows = vec![
        with(1, text("frozen")),
        with(2, Some(Other("true".into()))),
        with(3, number(3)),
        with(4, text("3")),
        with(5, Some(Null)),
        with(6, number(0)),
    ];
    let stores = MemoryStore::stores();
    let report = imported(&stores, rows.clone()).await;
    assert_eq!((report.made, report.not_taken.len()), (1, 5));

    let said = Mapping::default()
        .with_status("frozen", UserStatus::Disabled)
        .with_status("true", UserStatus::Active)
        .with_status("3.0", UserStatus::Disabled)
        .with_status("null", UserStatus::Active)
        .with_status("0", UserStatus::Active);
    let report = imported_with(&stores, said.clone(), rows.clone()).await;
    assert_eq!((report.made, report.known, report.not_taken.len()), (5, 1, 0));
    let mut statuses = Vec::new();
    for (_, id) in report.user_ids {
        statuses.push(stores.accounts.find_user(id).await.unwrap().unwrap().status.code());
    }
    assert_eq!(statuses, [0, 1, 0, 0, 1, 0], "whoever was known keeps the status");
    let report = imported_with(&MemoryStore::stores(), said, rows).await;
    assert_eq!(report.made, 6);
}

#[tokio::test]
async fn values_without_a_meaning_are_found_before_the_import() {
    let with = |number, status, user_type| LegacyUser { user_type, status, ..row(number) };
    let mut old = Old(
        vec![
            with(1, text("frozen"), number(2)),
            with(2, number(-1), text("vip")),
            with(3, text("-1"), text("7")),
            with(4, Some(Null), None),
            with(5, None, number(2_147_483_648)),
            // The value is missing in the mapping, whatever else is wrong with the row.
            LegacyUser { open_id: None, ..with(6, text("frozen"), None) },
        ],
        0,
    );
    let unmapped = Mapping::default().unmapped(&mut old, &NoProgress).await.unwrap();
    let counts = |values: &[(&str, u64)]| {
        values.iter().map(|(value, rows)| ((*value).to_owned(), *rows)).collect()
    };
    let expected = Unmapped {
        statuses: counts(&[("-1", 2), ("frozen", 2), ("null", 1)]),
        user_types: counts(&[("2147483648", 1), ("vip", 1)]),
    };
    assert_eq!(unmapped, expected);
    let report = imported(&MemoryStore::stores(), old.0.clone()).await;
    assert_eq!(report.unmapped, expected, "the import skips and names the same values");

    old.restart();
    let said = Mapping::default()
        .with_status("frozen", UserStatus::Disabled)
        .with_status("-1", UserStatus::Disabled)
        .with_status("null", UserStatus::Active)
        .with_user_type("vip", UserType(1))
        .with_user_type("2147483648", UserType(1));
    assert!(said.unmapped(&mut old, &NoProgress).await.unwrap().is_empty());
}

/// The user of a row, and what of the row was not imported.
async fn losses_of(row: LegacyUser) -> (User, Vec<String>) {
    let stores = MemoryStore::stores();
    let report = imported(&stores, vec![row]).await;
    let user = stores.accounts.find_user(report.user_ids[0].1).await.unwrap().unwrap();
    let losses = report.incomplete.iter().flat_map(|row| &row.losses);
    (user, losses.map(ToString::to_string).collect())
}

#[tokio::test]
async fn every_loss_is_reported() {
    let (_, losses) = losses_of(row(1)).await;
    assert_eq!(losses, Vec::<String>::new());
    let incomplete = LegacyUser {
        session_key: text("not a key"),
        user_name: text(&"字".repeat(65)),
        avatar_url: text("/uploads/1.png"),
        created_at: None,
        other_fields: vec!["phone".into(), "unionId".into()],
        ..row(1)
    };
    let (user, losses) = losses_of(incomplete).await;
    assert_eq!((user.nickname, user.avatar_url), (None, None));
    let fields = losses.iter().map(|loss| loss.split_once(": ").unwrap().0).collect::<Vec<_>>();
    assert_eq!(
        fields,
        ["phone", "unionId", "sessionKey", "userName", "avatarUrl", "createdAt"],
        "{losses:?}"
    );
    for other in [number(12), Some(Other("{ \"a\": 1 }".into()))] {
        let row = LegacyUser { user_name: other.clone(), avatar_url: other, ..row(1) };
        let (_, losses) = losses_of(row).await;
        assert_eq!(losses, ["userName: not a string", "avatarUrl: not a string"]);
    }
    // Nothing is lost where nothing was.
    for nothing in [None, Some(Null), text(""), text(" ")] {
        let row = LegacyUser {
            session_key: nothing.clone(),
            user_name: nothing.clone(),
            avatar_url: nothing,
            ..row(1)
        };
        let (user, losses) = losses_of(row).await;
        assert_eq!((user.nickname, losses), (None, Vec::new()));
    }
}

#[tokio::test]
async fn a_name_is_imported_or_reported_as_lost() {
    for name in ["小明\u{14}", "a\nb", "\u{202d}小明\u{202c}", "微信用户", "\u{200b}", "小明"]
    {
        let (user, losses) = losses_of(LegacyUser { user_name: text(name), ..row(1) }).await;
        assert_ne!(user.nickname.is_some(), !losses.is_empty(), "{name:?}: {losses:?}");
    }
}

#[tokio::test]
async fn avatars_of_wechat_become_https() {
    for (given, taken) in [
        ("http://wx.qlogo.cn/mmopen/a/132", "https://wx.qlogo.cn/mmopen/a/132"),
        ("http://thirdwx.qlogo.cn:80/mmopen/a/0?x=1", "https://thirdwx.qlogo.cn/mmopen/a/0?x=1"),
        ("HTTP://QLOGO.CN/a", "https://qlogo.cn/a"),
        ("https://wx.qlogo.cn/mmopen/a/132", "https://wx.qlogo.cn/mmopen/a/132"),
    ] {
        let (user, losses) = losses_of(LegacyUser { avatar_url: text(given), ..row(1) }).await;
        assert_eq!(user.avatar_url.unwrap().as_str(), taken);
        assert!(losses.is_empty());
    }
    for given in [
        "http://cdn.example.com/a.png",
        "http://notqlogo.cn/a",
        "http://qlogo.cn.example.com/a",
        "http://wx.qlogo.cn:8080/a",
        "http://wx.qlogo.cn@example.com/a",
        "http://user:password@wx.qlogo.cn/a",
        "ftp://wx.qlogo.cn/a",
        "/uploads/1.png",
    ] {
        let (user, losses) = losses_of(LegacyUser { avatar_url: text(given), ..row(1) }).await;
        assert_eq!(user.avatar_url, None, "{given}");
        let [loss] = losses.as_slice() else { panic!("{given}: {losses:?}") };
        assert!(loss.starts_with("avatarUrl: an avatar URL is an https URL"), "{loss}");
    }
}

#[tokio::test]
async fn an_invalid_session_key_is_not_stored() {
    for key in [None, text("not a key")] {
        let stores = MemoryStore::stores();
        imported(&stores, vec![LegacyUser { session_key: key, ..row(1) }]).await;
        let identity = IdentityKey { app_id: app_id(1), open_id: open_id("oPerson1") };
        assert_eq!(stores.session_keys.find_session_keys(&identity).await, Ok(None));
    }
}

#[tokio::test]
async fn what_an_existing_user_keeps_is_reported() {
    let stores = MemoryStore::stores();
    Sample::of("oPerson1").named("Here").sign_in(&stores).await;
    let changed = LegacyUser { user_type: number(7), ..row(1) };
    let report = imported(&stores, vec![changed.clone()]).await;
    let [Incomplete { id, losses }] = report.incomplete.as_slice() else { panic!("{report:?}") };
    assert_eq!(id.as_str(), row(1).id);
    assert_eq!(*losses, [Loss::Kept("userName"), Loss::Kept("userType"), Loss::Kept("createdAt")]);
    let again = imported(&stores, vec![changed]).await;
    assert_eq!(again.incomplete, [], "a user may change after an import");
}

#[tokio::test]
async fn a_disabled_row_that_is_not_imported_is_named() {
    let disabled = |number| LegacyUser { status: text("0"), ..row(number) };
    let rows = vec![
        LegacyUser { id: "no id".into(), ..disabled(1) },
        LegacyUser { open_id: text("no openid"), ..disabled(2) },
        LegacyUser { user_type: text("vip"), ..disabled(3) },
        row(4),
        LegacyUser { id: row(4).id, ..disabled(5) },
        LegacyUser { user_type: text("vip"), ..row(6) },
    ];
    let report = imported(&MemoryStore::stores(), rows.clone()).await;
    let named = report.not_taken.iter().filter(|row| row.is_disabled).map(|row| row.id.clone());
    let expected = [0, 1, 2, 4].map(|index: usize| rows[index].id.clone());
    assert_eq!(named.collect::<Vec<_>>(), expected);
    assert_eq!(report.not_taken.len(), 5);
}

#[tokio::test]
async fn a_disabled_row_of_an_active_user_is_named() {
    let stores = MemoryStore::stores();
    Sample::of("oPerson1").sign_in(&stores).await;
    let disabled = |number| LegacyUser { status: self::number(0), ..row(number) };
    let second = LegacyUser { open_id: row(2).open_id, ..disabled(3) };
    let rows = vec![disabled(1), row(2), second, disabled(4)];
    for known in [0, 3] {
        let report = imported(&stores, rows.clone()).await;
        let ids = report.still_active.iter().map(LegacyId::as_str).collect::<Vec<_>>();
        assert_eq!(ids, [row(1).id, row(3).id]);
        assert_eq!(report.known, known);
    }
}

#[tokio::test]
async fn creation_times_in_the_future_become_now() {
    let now = ManualClock::default().now();
    for given in [None, Some(now.plus(Duration::from_hours(1)))] {
        let (user, losses) = losses_of(LegacyUser { created_at: given, ..row(1) }).await;
        assert_eq!((user.created_at, user.last_login_at), (now, now));
        assert!(losses[0].starts_with("createdAt: "), "{losses:?}");
    }
}

#[tokio::test]
async fn a_ban_survives_erasure() {
    use crate::ports::{Erasure, ErasureStep, LoginOutcome};

    let stores = MemoryStore::stores();
    let report = imported(&stores, vec![LegacyUser { status: number(0), ..row(1) }]).await;
    let user_id = report.user_ids[0].1;
    let now = ManualClock::default().now();
    let event =
        AuditEvent::new(AuditAction::UserErased, user_id, now, &SequenceRandomness::default());
    let erasure = Erasure {
        apps: VisibleApps::All,
        user_id,
        step: ErasureStep::Complete,
        tokens_until: Sample::TOKENS_UNTIL,
        event,
    };
    assert_eq!(stores.accounts.erase(erasure).await, Ok(true));
    // The tombstone has to be the one that a login looks for.
    let identity = IdentityKey { app_id: app_id(1), open_id: open_id("oPerson1") };
    let mut login = Sample::of("oPerson1").record();
    login.tombstones = tombstones(&FakeSealer, &identity, None);
    assert_eq!(stores.accounts.record_login(login).await, Ok(LoginOutcome::Disabled));
}

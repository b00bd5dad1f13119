//! What was acknowledged is stored, also after a transaction that the database ended by itself.

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Raw};
use uuid::Uuid;
use wxlogin_domain::model::{
    AuditAction, AuditEvent, LegacyId, Profile, UserId, UserStatus, UserType, VisibleApps,
};
use wxlogin_domain::ports::{
    Cell, ImportOutcome, ImportedUser, Row, Stores, TABLES, Table, UserChange,
};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::Database;

use super::SETTINGS;
use super::instances::{after, event};

fn revocation() -> (&'static Table, Vec<Row>) {
    let table = TABLES.iter().find(|table| table.name == "revocations").unwrap();
    let row = Row(vec![Cell::Id(Uuid::from_u128(7)), Cell::Integer(1), Cell::Integer(i64::MAX)]);
    (table, vec![row])
}

fn imported() -> ImportedUser {
    let record = Sample::of("oImported").record();
    ImportedUser {
        legacy_id: LegacyId::parse("old-1").unwrap(),
        identity: record.identity,
        tombstones: record.tombstones,
        new_user_id: record.new_user_id,
        profile: Profile::default(),
        user_type: UserType(2),
        status: UserStatus::Active,
        session_key: None,
        created_at: Sample::START,
        event: AuditEvent {
            id: record.new_user_id.as_uuid(),
            ..event(AuditAction::UserImported, record.new_user_id)
        },
    }
}

fn ban(user_id: UserId) -> UserChange {
    UserChange {
        apps: VisibleApps::All,
        user_id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![event(AuditAction::UserDisabled, user_id)],
        now: after(5),
    }
}

/// What another process sees is what is in the file.
async fn another(url: &str) -> Stores {
    Database::open(url, SETTINGS).await.unwrap().stores()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_stores_what_follows_a_transaction_that_it_ended_by_itself() {
    let (url, _folder) = super::file::scratch_file();
    let database = Database::open(&url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    let stores = database.stores();
    let alice = Sample::of("oAlice").sign_in(&stores).await.user.id;
    let mut options = ConnectOptions::new(&url);
    options.max_connections(1).sqlx_logging(false);
    let raw = Raw::connect(options).await.unwrap();

    for table in ["sessions", "audit_events", "identities", "revocations"] {
        // As a full disk does, this rolls back without being asked to.
        let trigger = format!(
            "CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        );
        raw.execute_unprepared(&trigger).await.unwrap();
        match table {
            "sessions" => {
                let login = Sample::of("oBob").record();
                assert!(stores.accounts.record_login(login).await.is_err());
            }
            "audit_events" => assert!(stores.accounts.change_user(ban(alice)).await.is_err()),
            "identities" => assert!(stores.import.import_user(imported()).await.is_err()),
            _ => {
                let (table, rows) = revocation();
                assert!(stores.transfer.insert(table, rows).await.is_err());
            }
        }
        raw.execute_unprepared("DROP TRIGGER full").await.unwrap();

        let login = Sample::of(&format!("o{table}")).sign_in(&stores).await;
        let found = another(&url).await.sessions.find_session(login.session.id).await;
        assert_eq!(found, Ok(Some(login.session)), "a login after {table}");
    }

    assert!(stores.accounts.change_user(ban(alice)).await.unwrap().user().is_some());
    let user = another(&url).await.accounts.find_user(alice).await.unwrap().unwrap();
    assert_eq!(user.status, UserStatus::Disabled);
    let outcome = stores.import.import_user(imported()).await.unwrap();
    let ImportOutcome::Made(made) = outcome else { panic!("{outcome:?}") };
    assert!(another(&url).await.accounts.find_user(made).await.unwrap().is_some());
    let (table, rows) = revocation();
    stores.transfer.insert(table, rows).await.unwrap();
    // The ban has revoked a session, too.
    assert_eq!(another(&url).await.transfer.count(table).await, Ok(2));
}

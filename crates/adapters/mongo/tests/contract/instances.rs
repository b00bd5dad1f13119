//! Several instances on one database.

use std::collections::HashMap;

use crate::support::ScratchDatabase;
use futures_util::future::join_all;
use wxlogin_domain::ports::{LoginOutcome, Stores};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn indexes_are_created_once() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let first = scratch.open().await;
    let instances = join_all((0..4).map(|_| scratch.open())).await;
    for instance in instances.iter().chain([&first]) {
        assert_eq!(instance.pending_migrations().await, Ok(0));
        instance.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_empty_database_needs_its_indexes() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let instance = scratch.open_without_indexes().await;
    let pending = instance.pending_migrations().await.unwrap();
    assert!(pending > 0);
    join_all((0..4).map(|_| instance.migrate())).await.into_iter().for_each(|made| made.unwrap());
    assert_eq!(instance.pending_migrations().await, Ok(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_and_five_hundred_people_make_five_hundred_users() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let instances = [scratch.open().await.stores(), scratch.open().await.stores()];
    // Everyone signs in four times, twice in each of two apps with the same unionid.
    let clients = (0..64).map(|client| {
        let stores = instances[client % 2].clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for n in (client..2000).step_by(64) {
                let person = n % 500;
                let app = if n < 1000 { 1 } else { 2 };
                let login = Sample::of(&format!("oPerson{person}"))
                    .in_app(app)
                    .with_union(&format!("uPerson{person}"));
                seen.push((person, login.sign_in(&stores).await));
            }
            seen
        })
    });
    let mut users = HashMap::new();
    let mut new = 0;
    for seen in join_all(clients).await {
        for (person, signed_in) in seen.unwrap() {
            let id = signed_in.user.id;
            assert_eq!(*users.entry(person).or_insert(id), id);
            assert_eq!(signed_in.union_conflict, None);
            new += usize::from(signed_in.is_new);
        }
    }
    assert_eq!((users.len(), new), (500, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_on_all_instances_at_once_keeps_the_limit() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let instances: Vec<Stores> =
        join_all((0..3).map(|_| scratch.open())).await.iter().map(Database::stores).collect();
    let tasks = (0..96_u8).map(|n| {
        let stores = instances[usize::from(n % 3)].clone();
        let login = Sample::of("oAlice").at(u64::from(n % 17)).limited_to(5).replayable(n % 48);
        tokio::spawn(async move { (login.record().session.id, login.outcome(&stores).await) })
    });
    let mut living = 0;
    for done in join_all(tasks).await {
        let (session, outcome) = done.unwrap();
        assert!(matches!(outcome, LoginOutcome::SignedIn { .. } | LoginOutcome::Replayed(_)));
        living += usize::from(instances[0].sessions.find_session(session).await.unwrap().is_some());
    }
    assert_eq!(living, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_login_loses_the_session_of_another() {
    let Some(scratch) = ScratchDatabase::new().await else { return };
    let instances = [scratch.open().await.stores(), scratch.open().await.stores()];
    let tasks = (0..64).map(|n| {
        let stores = instances[n % 2].clone();
        let login = Sample::of("oAlice");
        tokio::spawn(async move { login.sign_in(&stores).await.session })
    });
    for done in join_all(tasks).await {
        let session = done.unwrap();
        let found = instances[0].sessions.find_session(session.id).await;
        assert_eq!(found, Ok(Some(session)));
    }
}

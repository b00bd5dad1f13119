use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::ports::{Cell, Clock, KeyedTag, MockAccountStore, Row, TABLES};
use crate::usecase::harness::Harness;

#[tokio::test]
async fn a_backlog_is_removed_in_one_run() {
    let harness = Harness::new().await;
    let now = harness.clock.now();
    let revocations = TABLES.iter().find(|table| table.name == "revocations").unwrap();
    let rows = (1..=12_000).map(|number| {
        let time = Cell::Integer(now.as_millis() - 1);
        Row(vec![Cell::Id(Uuid::from_u128(number)), time.clone(), time])
    });
    harness.stores.transfer.insert(revocations, rows.collect()).await.unwrap();
    for number in 0..12_000_u32 {
        let mut tag = [0; 32];
        tag[..4].copy_from_slice(&number.to_be_bytes());
        harness.stores.pushes.remember(KeyedTag(tag), now.minus(PUSHES * 2)).await.unwrap();
    }
    assert_eq!(harness.housekeeping.run().await.unwrap().revocations, 12_000);
    let left = harness.stores.sessions.revocations(None, 10).await.unwrap();
    assert_eq!(left.revocations, vec![]);
    let pushes = &harness.stores.pushes;
    assert_eq!(pushes.purge_pushes(now, 10).await, Ok(0), "nothing is left");
}

/// The users who are due, first the one whose erasure fails, and how often that was tried.
struct Due {
    users: BTreeSet<UserId>,
    failing: UserId,
    tries: u32,
}

#[tokio::test]
async fn an_erasure_that_fails_does_not_block_others() {
    let [failing, other] = [1, 2].map(|number| UserId::from_uuid(Uuid::from_u128(number)));
    let due = Due { users: [failing, other].into(), failing, tries: 0 };
    let due = Arc::new(Mutex::new(due));
    let harness = Harness::with(|ports, _| ports.stores.accounts = accounts(&due)).await;
    let state = || {
        let due = due.lock().unwrap();
        (due.users.iter().copied().collect::<Vec<_>>(), due.tries)
    };
    harness.housekeeping.run().await.unwrap();
    assert_eq!(state(), (vec![failing], 1));
    harness.housekeeping.run().await.unwrap();
    assert_eq!(state(), (vec![failing], 1), "it waits");
    for (minutes, tries) in [(1, 2), (1, 2), (1, 3), (3, 3), (1, 4)] {
        harness.clock.advance(Duration::from_mins(minutes));
        harness.housekeeping.run().await.unwrap();
        assert_eq!(state(), (vec![failing], tries), "the pause grows");
    }
    due.lock().unwrap().failing = other;
    harness.clock.advance(LONGEST_PAUSE);
    harness.housekeeping.run().await.unwrap();
    assert_eq!(state().0, vec![], "it works in the end");
}

fn accounts(due: &Arc<Mutex<Due>>) -> Arc<MockAccountStore> {
    let mut accounts = MockAccountStore::new();
    let all = due.clone();
    accounts.expect_due_erasures().returning(move |_, limit| {
        let due = all.lock().unwrap();
        Ok(due.users.iter().copied().take(usize::try_from(limit).unwrap()).collect())
    });
    let all = due.clone();
    accounts.expect_erase().returning(move |erasure| {
        let mut due = all.lock().unwrap();
        if erasure.user_id == due.failing {
            due.tries += 1;
            return Err(StoreError::Unexpected("damaged row".into()));
        }
        Ok(due.users.remove(&erasure.user_id))
    });
    Arc::new(accounts)
}

//! The store contract on MongoDB and FerretDB, and tests of crashes, delays and races, which matter
//! because there are no transactions.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed expectation ends a test")]

mod crashes;
mod delays;
mod harness;
mod instances;
mod interrupting_proxy;
mod legacy;
mod outage;
mod proxy;
mod races;
mod support;

use wxlogin_domain::testing::contract::StoreUnderTest;

async fn open(server: &support::Server) -> Option<StoreUnderTest> {
    let scratch = support::ScratchDatabase::on(server).await?;
    let database = scratch.open().await;
    Some(StoreUnderTest::keeping(database.stores(), (scratch, database)))
}

mod mongodb {
    use super::{StoreUnderTest, open, support};

    async fn store() -> Option<StoreUnderTest> {
        open(&support::MONGODB).await
    }

    wxlogin_domain::store_contract!(store);
}

/// FerretDB, which speaks MongoDB's protocol on SQLite.
mod ferretdb {
    use super::{StoreUnderTest, open, support};

    async fn store() -> Option<StoreUnderTest> {
        open(&support::FERRETDB).await
    }

    wxlogin_domain::store_contract!(store, except: {
        "updates are not atomic, so compare-and-set fails": [
            a_ban_that_is_acknowledged_lets_no_later_login_in,
            an_import_races_logins,
            erasing_races_logins_and_leaves_whole_people,
            of_many_who_want_a_number_one_gets_it,
            the_session_limit_holds_under_concurrency,
            the_session_limit_holds_for_a_user_without_sessions,
        ],
        "array filters and `$elemMatch` are not supported, so refresh and the purge of replays fail": [
            a_ban_that_is_acknowledged_lets_no_later_refresh_through,
            a_purge_removes_what_is_over,
            a_rotation_from_another_generation_changes_nothing,
            a_rotation_moves_generation_and_times,
            a_session_from_before_a_ban_never_comes_back,
            a_session_that_is_not_there_is_gone,
            an_identity_goes_and_the_user_stays,
            disabling_ends_every_session,
            nothing_is_left,
            of_many_rotations_at_once_one_wins,
            sessions_are_listed_latest_used_first,
            what_people_did_moves_away,
        ],
        "a half-merged user is read without the values set aside for the winner": [
            a_ban_is_not_laundered,
            a_conflict_is_with_whoever_owns_the_unionid_now,
            a_losers_sessions_can_still_be_ended,
            a_losers_tombstones_are_the_winners,
            a_merge_calls_off_an_erasure,
            a_merged_user_is_erased_whole,
            a_number_that_has_changed_is_not_taken_over,
            a_settled_conflict_is_gone,
            an_old_id_stays_known_after_a_merge,
            both_are_told_of_a_merge,
            merges_follow_each_other,
            merging_races_logins_and_leaves_one_user,
            of_two_users_who_become_one_a_picture_is_left,
            refresh_tokens_of_both_keep_working,
            two_users_become_one,
            what_the_winner_lacks_comes_from_the_loser,
        ],
        "it scans a whole collection to find one document, which takes minutes here": [
            many_first_logins_of_many_people_make_one_user_each,
        ],
    });
}

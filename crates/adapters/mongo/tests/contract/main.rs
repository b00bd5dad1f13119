//! The store contract on MongoDB and FerretDB, and what MongoDB without transactions makes worth
//! asking besides.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it does not find what it expects"
)]

mod crashes;
mod house;
mod instances;
mod original;
mod outage;
mod proxy;
mod races;
mod slow;
mod stepping;
mod support;

use wxlogin_domain::testing::contract::StoreUnderTest;

async fn open(server: &support::Server) -> Option<StoreUnderTest> {
    let scratch = support::Scratch::on(server).await?;
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

/// Another program that speaks MongoDB's protocol, on SQLite.
mod ferretdb {
    use super::{StoreUnderTest, open, support};

    async fn store() -> Option<StoreUnderTest> {
        open(&support::FERRETDB).await
    }

    wxlogin_domain::store_contract!(store, except: {
        "an update reads and writes in two steps, so no compare-and-set holds": [
            concurrent_erasure_and_logins_leave_no_partial_user,
            concurrent_import_and_logins_create_one_user,
            no_login_succeeds_after_a_ban_returned,
            only_one_of_many_concurrent_users_gets_a_phone_number,
            the_session_limit_holds_for_a_user_without_sessions,
            the_session_limit_holds_under_concurrency,
        ],
        "it knows neither array filters nor `$elemMatch`, so nothing is refreshed and no replay purged": [
            a_purge_removes_expired_rows,
            a_rotation_from_another_generation_changes_nothing,
            a_rotation_updates_generation_and_times,
            disabling_ends_every_session,
            enabling_a_user_does_not_restore_old_sessions,
            erasing_a_user_removes_all_data,
            erasing_one_of_two_identities_keeps_the_user,
            every_row_can_be_copied_out,
            no_refresh_succeeds_after_a_ban_returned,
            only_one_of_many_concurrent_rotations_wins,
            rotating_an_unknown_session_returns_gone,
            sessions_are_listed_most_recently_used_first,
        ],
        "a user who is half merged is read without what was put aside for the other": [
            a_ban_survives_a_merge,
            a_conflict_names_the_current_owner_of_the_unionid,
            a_merge_cancels_a_scheduled_erasure,
            a_merge_is_audited_for_both_users,
            a_merge_keeps_one_picture,
            a_merge_refuses_an_outdated_phone_number,
            a_merge_removes_its_conflict,
            concurrent_merge_and_logins_leave_one_user,
            erasing_the_winner_erases_the_loser,
            legacy_ids_stay_known_after_a_merge,
            merges_can_be_chained,
            missing_profile_fields_come_from_the_loser,
            refresh_tokens_of_both_users_keep_working,
            the_losers_sessions_can_still_be_ended,
            the_losers_tombstones_move_to_the_winner,
            two_users_become_one,
        ],
        "it reads a whole collection to find one document, which takes minutes here": [
            concurrent_first_logins_create_one_user_per_person,
        ],
    });
}

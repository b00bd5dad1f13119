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
            no_login_succeeds_after_a_ban_returned,
            only_one_of_many_concurrent_changes_of_an_api_client_wins,
            concurrent_import_and_logins_create_one_user,
            concurrent_erasure_and_logins_leave_no_partial_user,
            only_one_of_many_concurrent_users_gets_a_phone_number,
            concurrent_users_under_two_master_keys_share_no_phone_number,
            the_session_limit_holds_under_concurrency,
            the_session_limit_holds_for_a_user_without_sessions,
        ],
        "array filters and `$elemMatch` are not supported, so refresh and the purge of replays fail": [
            no_refresh_succeeds_after_a_ban_returned,
            a_purge_removes_expired_rows,
            a_rotation_from_another_generation_changes_nothing,
            a_rotation_updates_generation_and_times,
            enabling_a_user_does_not_restore_old_sessions,
            rotating_an_unknown_session_returns_gone,
            erasing_one_of_two_identities_keeps_the_user,
            disabling_ends_every_session,
            erasing_a_user_removes_all_data,
            only_one_of_many_concurrent_rotations_wins,
            sessions_are_listed_most_recently_used_first,
            every_row_can_be_copied_out,
        ],
        "a half-merged user is read without the values set aside for the winner": [
            a_ban_survives_a_merge,
            a_conflict_names_the_current_owner_of_the_unionid,
            the_losers_sessions_can_still_be_ended,
            the_losers_tombstones_move_to_the_winner,
            a_merge_cancels_a_scheduled_erasure,
            erasing_the_winner_erases_the_loser,
            a_merge_refuses_an_outdated_phone_number,
            a_merge_needs_the_whole_loser,
            users_are_listed_by_app,
            conflicts_are_listed_in_pages,
            a_merge_removes_its_conflict,
            legacy_ids_stay_known_after_a_merge,
            a_merge_is_audited_for_both_users,
            merges_can_be_chained,
            concurrent_merge_and_logins_leave_one_user,
            a_merge_keeps_one_picture,
            refresh_tokens_of_both_users_keep_working,
            two_users_become_one,
            missing_profile_fields_come_from_the_loser,
        ],
        "it scans a whole collection to find one document, which takes minutes here": [
            concurrent_first_logins_create_one_user_per_person,
        ],
    });
}

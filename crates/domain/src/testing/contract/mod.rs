//! What every store must do, whatever database is behind it: one case a sentence of the ports'
//! doc comments.
//!
//! An adapter's tests call [`store_contract!`](crate::store_contract) with an async function that
//! opens an empty store.

#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::any::Any;
use std::io::Write;

use crate::model::IdentityKey;
use crate::ports::{SealedSessionKey, StoreError, Stores};

pub mod account;
pub mod avatar;
pub mod concurrency;
pub mod erasure;
pub mod import;
pub mod login;
pub mod merge;
pub mod phone;
pub mod profile;
pub mod push;
pub mod refresh;
mod sample;
pub mod sessions;
pub mod shared;
pub mod status;
pub mod transfer;
pub mod union_id;

pub use sample::{Sample, SignedIn, app_id, open_id, union_id as sample_union_id};

/// The session key of an identity's latest login.
async fn session_key(
    stores: &Stores,
    identity: &IdentityKey,
) -> Result<Option<SealedSessionKey>, StoreError> {
    Ok(stores.accounts.session_keys(identity).await?.map(|keys| keys.current))
}

/// An empty store, and whatever must live as long as it does.
pub struct StoreUnderTest {
    /// The store.
    pub stores: Stores,
    /// A directory or server that goes when the case is over.
    pub keep: Box<dyn Any + Send>,
}

impl StoreUnderTest {
    /// A store that needs nothing to be kept.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self { stores, keep: Box::new(()) }
    }

    /// A store that lives as long as `keep`.
    #[must_use]
    pub fn keeping(stores: Stores, keep: impl Any + Send) -> Self {
        Self { stores, keep: Box::new(keep) }
    }
}

/// Whether a store is not asked about a case. That it is not is said past the test harness, which
/// keeps what a test that passes has printed.
#[must_use]
pub fn left_out(module: &str, case: &str, exceptions: &[(&str, &str)]) -> bool {
    let exception = exceptions.iter().find(|(name, _)| *name == case);
    if let Some((_, reason)) = exception {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: {module}::{case} ({reason})").unwrap();
    }
    exception.is_some()
}

/// Makes a test of every case of the contract; `$open` is an async function without arguments that
/// gives a [`StoreUnderTest`](crate::testing::contract::StoreUnderTest), or an `Option` of one where
/// the store may be missing and its cases are to be skipped.
///
/// `except: { "reason": [case, …], … }` leaves out by name what a store cannot be asked.
#[macro_export]
macro_rules! store_contract {
    ($open:path $(, except: { $($reason:literal: [$($exception:ident),* $(,)?]),* $(,)? })?) => {
        const EXCEPTIONS: &[(&str, &str)] =
            &[$($($((stringify!($exception), $reason),)*)*)?];
        $crate::store_contract! { @cases $open;
            login: [
                a_new_person_becomes_a_user_with_the_originals_defaults,
                a_returning_person_keeps_their_user,
                openids_that_differ_in_case_are_different_people,
                the_same_openid_in_two_apps_is_two_people,
                closed_sign_up_stores_nothing,
                closed_sign_up_lets_known_people_in,
                the_same_record_twice_is_one_login,
                the_session_key_follows_the_latest_login,
                the_longest_values_come_back_whole,
                times_keep_their_milliseconds,
                what_is_not_there_is_not_found,
            ]
            profile: [
                given_fields_replace_and_absent_ones_stay,
                a_new_person_without_profile_has_none,
                four_byte_characters_come_back,
                updated_at_moves_with_the_profile_only,
                an_older_login_moves_no_time_back,
            ]
            union_id: [
                one_unionid_in_two_apps_is_one_user,
                a_late_unionid_is_owned_by_its_user,
                a_late_unionid_of_another_user_is_a_conflict,
                a_changed_unionid_is_a_conflict,
                a_login_without_unionid_keeps_the_stored_one,
                unionids_that_differ_in_case_are_different,
            ]
            status: [
                a_disabled_user_is_refused_and_nothing_is_written,
                disabling_ends_every_session,
                a_session_from_before_a_ban_never_comes_back,
                status_and_type_change_together_with_their_events,
                an_enabled_user_signs_in_again,
                enabling_lifts_the_ban_on_an_erased_identity,
                a_ban_follows_the_unionid_into_another_app,
                nobody_is_disabled_for_an_unknown_id,
            ]
            sessions: [
                a_login_opens_a_session_that_can_be_found,
                the_oldest_session_goes_first,
                sessions_that_are_over_go_before_living_ones,
                a_limit_of_one_leaves_the_new_session,
                a_replayed_login_opens_no_second_session,
                a_replay_of_a_session_that_is_over_opens_a_new_one,
                a_replay_key_opens_nobody_elses_session,
            ]
            refresh: [
                a_rotation_moves_generation_and_times,
                a_rotation_from_another_generation_changes_nothing,
                of_many_rotations_at_once_one_wins,
                a_session_that_is_not_there_is_gone,
                a_ban_that_is_acknowledged_lets_no_later_refresh_through,
                sessions_are_listed_latest_used_first,
                one_session_ends_and_is_revoked,
                nobody_ends_another_users_session,
                all_other_sessions_end,
                a_session_that_makes_room_is_revoked,
                the_feed_gives_what_is_new,
                a_replay_is_found_by_its_key,
                a_purge_removes_what_is_over,
                a_purge_goes_in_small_steps,
            ]
            erasure: [
                nothing_is_left,
                who_comes_back_is_new,
                others_are_left_alone,
                a_ban_outlives_the_account,
                a_ban_outlives_one_half_of_a_conflict,
                a_buried_identity_gets_no_other_user,
                a_user_who_is_not_banned_leaves_no_ban,
                a_scheduled_erasure_ends_sessions_and_waits,
                who_comes_back_in_time_stays,
                a_banned_user_cannot_come_back,
                erasing_races_logins_and_leaves_whole_people,
            ]
            account: [
                identities_are_listed_in_order,
                users_come_in_pages,
                a_profile_changes_where_it_is_given,
                nobody_has_no_profile,
                audit_comes_in_pages,
                clients_come_and_go,
            ]
            avatar: [
                a_kept_picture_is_in_use_while_a_user_has_it,
                a_picture_that_two_have_is_in_use_until_both_have_none,
                a_kept_picture_goes_with_its_user,
                of_two_users_who_become_one_a_picture_is_left,
            ]
            import: [
                an_imported_user_signs_in_as_the_same,
                an_import_can_be_repeated,
                whoever_was_here_first_is_joined,
                a_second_account_of_a_person_is_told,
                a_banned_user_is_imported_as_banned,
                an_old_id_stays_known_after_a_merge,
                an_import_races_logins,
            ]
            phone: [
                a_phone_number_is_stored_and_replaced,
                a_number_belongs_to_one_user,
                of_many_who_want_a_number_one_gets_it,
                a_cleared_number_is_free,
                what_is_named_is_cleared,
                an_erased_user_gives_the_number_back,
                nobody_who_is_leaving_or_shut_out_gets_a_number,
            ]
            push: [
                an_identity_leads_to_its_user,
                a_replaced_session_key_can_still_be_tried,
                a_reset_session_key_replaces_all,
                an_identity_goes_and_the_user_stays,
                the_last_identity_takes_the_user_with_it,
                a_message_is_remembered_however_often_it_came,
            ]
            merge: [
                two_users_become_one,
                refresh_tokens_of_both_keep_working,
                what_the_winner_lacks_comes_from_the_loser,
                a_ban_is_not_laundered,
                a_conflict_is_with_whoever_owns_the_unionid_now,
                merges_follow_each_other,
                a_settled_conflict_is_gone,
                who_is_not_there_is_not_merged,
                a_number_that_has_changed_is_not_taken_over,
                merging_races_logins_and_leaves_one_user,
                a_merged_user_is_erased_whole,
                a_merge_calls_off_an_erasure,
                a_losers_sessions_can_still_be_ended,
                a_losers_tombstones_are_the_winners,
                both_are_told_of_a_merge,
            ]
            transfer: [
                what_people_did_moves_away,
                what_moves_in_goes_on,
                any_mark_makes_it_not_empty,
                every_table_has_a_row_in_the_sample,
            ]
            concurrency: [
                many_first_logins_of_one_person_make_one_user,
                many_first_logins_of_many_people_make_one_user_each,
                one_unionid_in_two_apps_at_once_is_one_user,
                a_ban_that_is_acknowledged_lets_no_later_login_in,
                replays_at_once_share_one_session,
                the_session_limit_holds_under_concurrency,
                the_session_limit_holds_for_a_user_without_sessions,
            ]
            shared: [
                of_many_first_keys_one_is_stored,
                keys_come_newest_first,
                a_key_that_is_declared_void_stays_so,
                a_key_that_is_removed_is_gone,
                of_many_claims_one_is_remembered,
                what_is_remembered_can_be_read_and_replaced,
                a_task_is_taken_on_by_one_at_a_time,
                of_many_who_want_a_task_one_gets_it,
                a_store_that_is_there_answers,
            ]
        }
    };
    (@cases $open:path; $($group:ident: [$($case:ident,)*])*) => {
        #[test]
        fn every_exception_is_a_case() {
            let cases: &[&str] = &[$($(stringify!($case)),*),*];
            for (exception, _) in EXCEPTIONS {
                assert!(cases.contains(exception), "the contract has no case {exception}");
            }
        }

        $(mod $group {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let under_test: Option<$crate::testing::contract::StoreUnderTest> =
                        $open().await.into();
                    if let Some(under_test) = under_test
                        && !$crate::testing::contract::left_out(
                            module_path!(),
                            stringify!($case),
                            EXCEPTIONS,
                        )
                    {
                        $crate::testing::contract::$group::$case(&under_test.stores).await;
                    }
                }
            )*
        })*
    };
}

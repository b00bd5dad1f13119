//! The contract of every store: one case for each sentence in the doc comments of the ports.
//!
//! The tests of an adapter call [`store_contract!`](crate::store_contract) with an async function that
//! opens an empty store.

#![expect(missing_docs, reason = "the name of a case says what it checks")]

use std::any::Any;
use std::io::Write;

use crate::ports::Stores;

pub mod account;
mod actions;
pub mod avatar;
pub mod clients;
pub mod concurrency;
pub mod erasure;
pub mod import;
pub mod login;
pub mod merge;
pub mod phone;
pub mod profile;
pub mod push;
pub mod refresh;
pub mod rotation;
mod sample;
pub mod session_keys;
pub mod sessions;
pub mod shared;
pub mod status;
pub mod transfer;
pub mod union_id;
pub mod visible_apps;

pub use actions::open_conflicts;
pub use sample::{Sample, SignedIn, app_id, open_id, union_id as sample_union_id};

/// An empty store, and a value that must live as long as the store.
pub struct StoreUnderTest {
    /// The store.
    pub stores: Stores,
    /// A directory or server, which is removed after the case.
    pub keep: Box<dyn Any + Send>,
}

impl StoreUnderTest {
    /// Wraps a store that needs no such value.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self { stores, keep: Box::new(()) }
    }

    /// Wraps a store and the value that must live as long as it.
    #[must_use]
    pub fn keeping(stores: Stores, keep: impl Any + Send) -> Self {
        Self { stores, keep: Box::new(keep) }
    }
}

/// Whether the case is in the list of exceptions. If it is, says so on standard error directly, because
/// the test harness hides the output of passing tests.
#[must_use]
pub fn is_skipped(module: &str, case: &str, exceptions: &[(&str, &str)]) -> bool {
    let exception = exceptions.iter().find(|(name, _)| *name == case);
    if let Some((_, reason)) = exception {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: {module}::{case} ({reason})").unwrap();
    }
    exception.is_some()
}

/// Defines a test for every case of the contract. `$open` is an async function without arguments that
/// returns a [`StoreUnderTest`](crate::testing::contract::StoreUnderTest), or `None` if the store is not
/// available and its cases are skipped.
///
/// `except: { "reason": [case, …], … }` skips cases that the store cannot fulfil.
#[macro_export]
macro_rules! store_contract {
    ($open:path $(, except: { $($reason:literal: [$($exception:ident),* $(,)?]),* $(,)? })?) => {
        const EXCEPTIONS: &[(&str, &str)] =
            &[$($($((stringify!($exception), $reason),)*)*)?];
        $crate::store_contract! { @cases $open;
            login: [
                a_first_login_creates_a_user_with_default_values,
                a_second_login_signs_in_the_same_user,
                openids_are_case_sensitive,
                the_same_openid_in_two_apps_is_two_users,
                closed_sign_up_stores_nothing,
                closed_sign_up_admits_existing_users,
                recording_a_login_twice_changes_nothing,
                the_longest_values_are_stored_unchanged,
                times_keep_their_milliseconds,
                unknown_ids_are_not_found,
            ]
            profile: [
                a_login_replaces_only_the_given_profile_fields,
                a_first_login_without_profile_stores_none,
                four_byte_characters_are_stored_unchanged,
                updated_at_changes_only_with_the_profile,
                the_last_login_is_written_at_most_once_an_hour,
                a_late_login_does_not_set_times_back,
            ]
            union_id: [
                one_unionid_in_two_apps_is_one_user,
                a_unionid_named_later_belongs_to_the_user,
                another_users_unionid_named_later_is_a_conflict,
                a_changed_unionid_that_nobody_owns_is_adopted,
                a_changed_unionid_of_another_user_is_a_conflict,
                an_accepted_unionid_belongs_to_the_user,
                another_users_unionid_cannot_be_accepted,
                conflicts_are_listed_in_pages,
                a_login_without_unionid_keeps_the_stored_one,
                unionids_are_case_sensitive,
            ]
            status: [
                a_disabled_user_is_refused_and_nothing_is_written,
                disabling_ends_every_session,
                enabling_a_user_does_not_restore_old_sessions,
                status_and_type_change_together_and_are_audited,
                an_enabled_user_can_sign_in_again,
                enabling_lifts_the_ban_on_an_erased_identity,
                a_ban_applies_in_every_app_of_the_unionid,
                disabling_an_unknown_user_changes_nothing,
            ]
            sessions: [
                a_login_stores_its_session,
                the_session_limit_ends_the_oldest_session,
                the_session_limit_removes_expired_sessions_first,
                a_session_limit_of_one_keeps_the_new_session,
                a_replayed_login_opens_no_second_session,
                a_replay_after_the_session_expired_opens_a_new_one,
                a_replay_key_finds_only_the_users_own_session,
            ]
            refresh: [
                a_rotation_updates_generation_and_times,
                a_rotation_from_another_generation_changes_nothing,
                only_one_of_many_concurrent_rotations_wins,
                rotating_an_unknown_session_returns_gone,
                no_refresh_succeeds_after_a_ban_returned,
                sessions_are_listed_most_recently_used_first,
                ending_a_session_revokes_it,
                another_users_session_cannot_be_ended,
                all_sessions_but_one_can_be_ended,
                a_session_ended_by_the_limit_is_revoked,
                the_feed_returns_new_revocations,
                the_feed_is_read_in_pages,
                a_replay_is_found_by_its_key,
                a_purge_removes_expired_rows,
                a_purge_removes_no_more_than_its_limit,
            ]
            erasure: [
                erasing_a_user_removes_all_data,
                a_login_after_an_erasure_creates_a_new_user,
                erasing_a_user_leaves_others_unchanged,
                an_erasure_whose_answer_was_lost_can_be_repeated,
                a_ban_survives_an_erasure,
                a_conflict_does_not_lift_the_ban_of_an_erased_owner,
                an_identity_with_a_tombstone_cannot_join_another_user,
                erasing_an_active_user_leaves_no_tombstone,
                a_scheduled_erasure_ends_sessions_and_keeps_the_user,
                signing_in_again_cancels_a_scheduled_erasure,
                a_banned_user_cannot_cancel_a_scheduled_erasure,
                concurrent_erasure_and_logins_leave_no_partial_user,
                erasing_one_of_two_identities_keeps_the_user,
                erasing_the_last_identity_erases_the_user,
            ]
            account: [
                identities_are_listed_in_order,
                users_are_listed_in_pages,
                a_profile_change_keeps_absent_fields,
                a_profile_change_can_clear_fields,
                an_unknown_users_profile_cannot_be_changed,
                audit_events_are_listed_in_pages,
                an_audit_event_with_an_earlier_id_is_not_missed,
                who_follows_the_audit_log_gets_each_event_once,
                a_user_is_found_by_identity,
            ]
            clients: [
                api_clients_are_stored_and_removed,
                an_api_client_is_replaced_in_every_field,
                an_outdated_change_of_an_api_client_writes_nothing,
                only_one_of_many_concurrent_changes_of_an_api_client_wins,
                changes_of_api_clients_are_audited,
            ]
            avatar: [
                a_hosted_picture_is_in_use_while_a_user_has_it,
                a_shared_picture_is_in_use_until_no_user_has_it,
                erasing_a_user_frees_the_picture,
                a_merge_keeps_one_picture,
            ]
            import: [
                an_imported_user_can_sign_in,
                importing_twice_creates_one_user,
                importing_an_existing_user_adds_the_legacy_id,
                a_second_account_of_an_identity_is_reported,
                a_banned_user_is_imported_as_banned,
                an_import_keeps_a_ban_that_outlived_the_account,
                legacy_ids_stay_known_after_a_merge,
                concurrent_import_and_logins_create_one_user,
            ]
            phone: [
                a_phone_number_is_stored_and_replaced,
                a_phone_number_belongs_to_one_user,
                only_one_of_many_concurrent_users_gets_a_phone_number,
                a_cleared_phone_number_is_free,
                only_the_named_fields_are_cleared,
                an_erasure_frees_the_phone_number,
                a_leaving_or_banned_user_gets_no_phone_number,
            ]
            session_keys: [
                the_session_key_follows_the_latest_login,
                a_login_keeps_the_previous_session_key_for_a_while,
                a_reset_replaces_both_session_keys,
            ]
            push: [
                a_message_is_remembered_until_it_is_purged,
            ]
            merge: [
                two_users_become_one,
                refresh_tokens_of_both_users_keep_working,
                missing_profile_fields_come_from_the_loser,
                a_ban_survives_a_merge,
                a_conflict_names_the_current_owner_of_the_unionid,
                merges_can_be_chained,
                a_merge_removes_its_conflict,
                a_merge_needs_two_existing_users,
                a_merge_refuses_an_outdated_phone_number,
                concurrent_merge_and_logins_leave_one_user,
                erasing_the_winner_erases_the_loser,
                a_merge_cancels_a_scheduled_erasure,
                the_losers_sessions_can_still_be_ended,
                the_losers_tombstones_move_to_the_winner,
                a_merge_is_audited_for_both_users,
            ]
            rotation: [
                values_under_a_previous_master_key_are_encrypted_again,
                a_concurrent_change_is_not_overwritten,
                logins_go_on_while_everything_is_encrypted_again,
                a_phone_number_has_one_user_under_two_master_keys,
                concurrent_users_under_two_master_keys_share_no_phone_number,
                a_ban_outlives_a_rotation,
            ]
            transfer: [
                every_row_can_be_copied_out,
                a_copy_behaves_like_the_original,
                a_store_with_a_deployment_mark_is_not_empty,
                the_sample_fills_every_column,
            ]
            visible_apps: [
                users_are_listed_by_app,
                audit_events_are_listed_by_app,
                users_of_other_apps_stay_as_they_are,
                an_erasure_in_one_app_keeps_the_others,
                a_ban_is_lifted_in_the_visible_apps_only,
                a_merge_needs_the_whole_loser,
            ]
            concurrency: [
                concurrent_first_logins_of_one_person_create_one_user,
                concurrent_first_logins_create_one_user_per_person,
                concurrent_logins_with_one_unionid_create_one_user,
                no_login_succeeds_after_a_ban_returned,
                concurrent_replays_share_one_session,
                the_session_limit_holds_under_concurrency,
                the_session_limit_holds_for_a_user_without_sessions,
            ]
            shared: [
                only_one_of_many_concurrent_signing_keys_is_stored,
                signing_keys_are_listed_newest_first,
                a_revoked_signing_key_stays_revoked,
                a_removed_signing_key_is_gone,
                only_one_of_many_concurrent_claims_is_stored,
                the_deployment_can_be_read_and_replaced,
                a_lease_has_one_holder_at_a_time,
                only_one_of_many_concurrent_lease_requests_succeeds,
                an_open_store_answers_a_ping,
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
                        && !$crate::testing::contract::is_skipped(
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

//! Whatever happens to accounts, in whatever order.

use proptest::collection::vec;
use proptest::prelude::*;

use super::world::{IDENTITIES, Step, UNION_IDS, World};
use crate::account::{ErasureStep, OnErasing};
use crate::model::{Timestamp, UserId, UserStatus};

/// A step before it is known which users there are: a kind, and numbers to choose with.
type Choice = (u8, usize, usize, u8);

/// Turns a choice into a step of this world; users are chosen among those who are there.
fn step(world: &World, (kind, one, other, flag): Choice) -> Step {
    let users = world.user_ids().into_iter().collect::<Vec<_>>();
    let user = |number: usize| -> UserId {
        if users.is_empty() { super::world::user_id(99) } else { users[number % users.len()] }
    };
    let identity = one % IDENTITIES;
    match kind {
        0..=5 => Step::LogIn {
            identity,
            union_id: (other % (UNION_IDS + 1)).checked_sub(1),
            on_erasing: if flag % 4 == 0 { OnErasing::Refuse } else { OnErasing::Restore },
            replay: (flag / 4 % 3).checked_sub(1),
        },
        6 => Step::Ban(user(one)),
        7 => Step::Unban(user(one)),
        8 => Step::Erase(user(one), ErasureStep::Complete),
        9 => {
            let at = world.now().as_millis() + i64::from(flag % 4) * 2_000;
            Step::Erase(user(one), ErasureStep::Schedule(Timestamp::from_millis(at)))
        }
        10 => Step::Erase(user(one), ErasureStep::CompleteIfDue),
        11 => Step::EraseIdentity(identity),
        12 => Step::Merge { winner: user(one), loser: user(other) },
        13 => Step::Import {
            identity,
            legacy_id: flag % 3,
            status: if flag % 2 == 0 { UserStatus::Active } else { UserStatus::Disabled },
        },
        14 => Step::Rename(user(one)),
        15 => Step::SetPhone(user(one), flag % 3),
        16 => Step::ClearPhone(user(one)),
        17 => Step::ReplaceSessionKey(identity),
        18 => Step::AcceptUnionId { identity, union_id: other % UNION_IDS },
        _ => Step::EndSessions(user(one)),
    }
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    vec((0..20_u8, 0..12_usize, 0..12_usize, any::<u8>()), 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// [`World::take`] checks after each step: one user per identity, one owner per unionid, a banned
    /// person never gets a session, a ban outlives erasure, merge and import, the limit of sessions, and
    /// that a step taken twice comes to the same as once.
    #[test]
    fn the_rules_hold_in_any_order(choices in choices(), max_sessions in 1..4_u32) {
        let mut world = World::new(max_sessions, true);
        for choice in choices {
            let step = step(&world, choice);
            world.take(step);
        }
    }
}

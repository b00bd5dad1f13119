//! Every sequence of up to six commands in a small world, without exception.

use std::collections::HashSet;

use super::world::{IDENTITIES, Step, UNION_IDS, World, identity, union_id};
use crate::account::{ConflictKey, ErasureStep, OnErasing};
use crate::model::{SessionId, Timestamp, UserId, UserStatus};

/// The longest sequence.
const COMMANDS: usize = 6;

/// What can happen next.
fn steps(world: &World) -> Vec<Step> {
    let mut steps = Vec::new();
    for identity in 0..IDENTITIES {
        for union_id in [None, Some(0), Some(1)] {
            let (on_erasing, replay) = (OnErasing::Restore, None);
            steps.push(Step::LogIn { identity, union_id, on_erasing, replay });
        }
        let (legacy_id, status) = (0, UserStatus::Active);
        steps.push(Step::Import { identity, legacy_id, status });
        steps.push(Step::EraseIdentity(identity));
    }
    for (number, union) in (0..IDENTITIES).flat_map(|it| (0..UNION_IDS).map(move |id| (it, id))) {
        let key = ConflictKey { identity: identity(number), union_id: union_id(union) };
        if world.rows.conflicts.contains_key(&key) {
            steps.push(Step::AcceptUnionId { identity: number, union_id: union });
        }
    }
    let ids = world.user_ids();
    for user in &ids {
        steps.extend([Step::Ban(*user), Step::Unban(*user)]);
        let at = Timestamp::from_millis(world.now().as_millis());
        let erasures = [ErasureStep::Complete, ErasureStep::Schedule(at)];
        steps.extend(erasures.map(|step| Step::Erase(*user, step)));
        let others = ids.iter().filter(|other| *other != user);
        steps.extend(others.map(|loser| Step::Merge { winner: *user, loser: *loser }));
    }
    steps
}

/// A renaming of apps, openids and unionids that changes nothing about what can happen.
type Renaming = ([usize; IDENTITIES], [usize; UNION_IDS]);

fn renamings() -> Vec<Renaming> {
    let mut renamings = Vec::new();
    for bits in 0..16_usize {
        let [apps, first, second, unions] = [bits & 1, bits >> 1 & 1, bits >> 2 & 1, bits >> 3];
        let identities = [first, 1 - first, 2 + second, 3 - second].map(|own| (own + 2 * apps) % 4);
        renamings.push((identities, [unions, 1 - unions]));
    }
    renamings
}

/// The world in few bytes, the same for worlds that differ in names only.
fn canonical(world: &World, renamings: &[Renaming]) -> Vec<u8> {
    let small = Small::of(world);
    renamings.iter().map(|renaming| small.renamed(*renaming)).min().unwrap()
}

/// A world with numbers for names. Users are numbered from one.
struct Small {
    users: Vec<(UserId, [u8; 4])>,
    identities: [Option<(u8, u8, u8)>; IDENTITIES],
    owners: [u8; UNION_IDS],
    identity_tombstones: [u8; IDENTITIES],
    union_tombstones: [u8; UNION_IDS],
    /// By identity and unionid: the user, and the owner plus one.
    conflicts: [[Option<(u8, u8)>; UNION_IDS]; IDENTITIES],
    /// In the order of their ids: the user and the identity.
    sessions: Vec<(SessionId, u8, usize)>,
}

impl Small {
    fn of(world: &World) -> Self {
        let rows = &world.rows;
        let mut ids = rows.users.keys().copied().collect::<Vec<_>>();
        ids.extend(rows.tombstones.values().map(|tombstone| tombstone.user_id));
        ids.sort_unstable();
        ids.dedup();
        let number =
            |id: UserId| u8::try_from(ids.iter().position(|it| *it == id).unwrap() + 1).unwrap();
        let users = ids.iter().map(|id| {
            let Some(stored) = rows.users.get(id) else { return (*id, [0; 4]) };
            let status = 1 + u8::from(stored.user.status == UserStatus::Disabled);
            let erasing = u8::from(stored.user.erase_at.is_some());
            let is_imported = u8::from(stored.user.legacy_id.is_some());
            (*id, [status, erasing, is_imported, stored.merged_into.map_or(0, number)])
        });
        let names = std::array::from_fn::<_, IDENTITIES, _>(identity);
        let unions = std::array::from_fn::<_, UNION_IDS, _>(union_id);
        let union_number = |id: &_| unions.iter().position(|it| it == id).unwrap();
        let tombstone = |kind: usize, it: usize| {
            let byte = u8::try_from(kind * 16 + it).unwrap();
            let found = rows.tombstones.values().find(|tombstone| tombstone.tag.0[0] == byte);
            found.map_or(0, |tombstone| number(tombstone.user_id))
        };
        let conflict = |identity: usize, union_id: usize| {
            let found = rows.conflicts.values().find(|conflict| {
                conflict.identity == names[identity] && conflict.union_id == unions[union_id]
            });
            found.map(|it| (number(it.user_id), it.owner.map_or(0, number)))
        };
        let sessions = rows.sessions.values().map(|stored| &stored.session).map(|session| {
            let through = names.iter().position(|name| {
                (&name.app_id, &name.open_id) == (&session.app_id, &session.open_id)
            });
            (session.id, number(session.user_id), through.unwrap())
        });
        Self {
            users: users.collect(),
            identities: std::array::from_fn(|it| {
                let found = rows.identities.get(&names[it])?;
                let union_id = found.union_id.as_ref().map_or(0, |id| union_number(id) + 1);
                let has_key = u8::from(found.session_key.is_some());
                Some((number(found.user_id), u8::try_from(union_id).unwrap(), has_key))
            }),
            owners: std::array::from_fn(|it| {
                rows.union_owners.get(&unions[it]).map_or(0, |owner| number(owner.user_id))
            }),
            identity_tombstones: std::array::from_fn(|it| tombstone(1, it)),
            union_tombstones: std::array::from_fn(|it| tombstone(2, it)),
            conflicts: std::array::from_fn(|it| std::array::from_fn(|own| conflict(it, own))),
            sessions: sessions.collect(),
        }
    }

    /// The world under other names. Users are numbered as they are met.
    fn renamed(&self, (identities, unions): Renaming) -> Vec<u8> {
        let mut order = [0_u8; 16];
        let mut met = 0;
        let mut meet = |user: u8| {
            if user == 0 {
                return 0;
            }
            let place = &mut order[usize::from(user)];
            if *place == 0 {
                met += 1;
                *place = met;
            }
            *place
        };
        let mut bytes = Vec::with_capacity(64);
        for it in identities {
            let (user, union_id, has_key) = self.identities[it].unwrap_or_default();
            let union_id = match union_id {
                0 => 0,
                own => {
                    let own = usize::from(own) - 1;
                    u8::try_from(unions.iter().position(|it| *it == own).unwrap() + 1).unwrap()
                }
            };
            bytes.extend([meet(user), union_id, has_key, meet(self.identity_tombstones[it])]);
            for own in unions {
                let conflict = self.conflicts[it][own];
                bytes.push(u8::from(conflict.is_some()));
                let (user, owner) = conflict.unwrap_or_default();
                bytes.extend([meet(user), meet(owner)]);
            }
        }
        for own in unions {
            bytes.extend([meet(self.owners[own]), meet(self.union_tombstones[own])]);
        }
        for (_, user, through) in &self.sessions {
            let through = identities.iter().position(|it| it == through).unwrap();
            bytes.extend([meet(*user), u8::try_from(through).unwrap() + 1]);
        }
        bytes.push(u8::MAX);
        // Those who were merged are met last, and in the order of those they are now.
        let mut users = self.users.iter().enumerate().collect::<Vec<_>>();
        users.sort_by_key(|(number, (_, [.., winner]))| {
            let own = order[number + 1];
            (if own == 0 { u8::MAX } else { own }, order[usize::from(*winner)])
        });
        let rest = users.into_iter().map(|(_, (_, [status, erasing, imported, winner]))| {
            [*status, *erasing, *imported, order[usize::from(*winner)]]
        });
        bytes.extend(rest.flatten());
        bytes
    }
}

#[test]
fn every_short_sequence_of_commands_keeps_the_rules() {
    let renamings = renamings();
    let mut seen = HashSet::new();
    let empty = World::new(1, false);
    seen.insert(canonical(&empty, &renamings));
    let mut frontier = vec![empty];
    let mut counts = Vec::new();
    for _ in 0..COMMANDS {
        let mut next = Vec::new();
        for world in &frontier {
            for step in steps(world) {
                let mut after = world.clone();
                after.take(step);
                after.written.clear();
                if seen.insert(canonical(&after, &renamings)) {
                    next.push(after);
                }
            }
        }
        counts.push(next.len());
        frontier = next;
    }
    println!("new states after each command: {counts:?}, {} in all", seen.len());
}

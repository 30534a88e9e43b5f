//! Founds what was made with stand-in keys, so that nothing is written which could not stand.

use std::collections::BTreeMap;

use folkmoot_protocol::{
    cbor,
    charter::{Host, RawCharter, RawError},
    federation::RawSeat,
    id::Hash,
    key::{PublicKey, SecretKey},
    limits::ENTRY_BYTES,
    name::Name,
    time::Timestamp,
};

use super::{ImportError, Largest, charters::Plan, rust_team::Data};

/// Room in a first entry for its envelope and one founder's signature, in bytes; they take about 400.
const FOUNDING_BYTES: usize = 1024;

/// Checks that every charter and the agreement can stand once somebody brings keys, and finds the largest.
///
/// # Errors
/// The first that cannot.
pub(super) fn plan(data: &Data, plan: &Plan<'_>) -> Result<Largest, ImportError> {
    let keys: BTreeMap<&Name, PublicKey> =
        plan.people().into_iter().map(|name| (name, stand_in("member", name))).collect();
    let mut largest: Option<Largest> = None;
    for (name, raw) in &plan.charters {
        let file = || data.teams[name].file.clone();
        let bytes = length(raw, &keys).map_err(|source| ImportError::Charter { file: file(), source })?;
        if bytes + FOUNDING_BYTES > ENTRY_BYTES {
            return Err(ImportError::TooLarge { file: file(), bytes });
        }
        if largest.as_ref().is_none_or(|largest| largest.bytes < bytes) {
            largest = Some(Largest { group: name.clone(), members: raw.members.len(), bytes });
        }
    }
    agreement(data, plan)?;
    largest.ok_or_else(|| ImportError::Data {
        file: data.folder.join("teams"),
        place: "all files".to_owned(),
        problem: "no team has a member: give a copy of rust-lang/team".to_owned(),
    })
}

fn length(raw: &RawCharter, keys: &BTreeMap<&Name, PublicKey>) -> Result<usize, RawError> {
    let host = Host { log_key: stand_in("log", &raw.name), node: stand_in("node", &raw.name) };
    let charter = raw.resolve(Timestamp::ZERO, host, &|name| keys.get(name).copied())?;
    Ok(cbor::encode(&charter).len())
}

fn agreement(data: &Data, plan: &Plan<'_>) -> Result<(), ImportError> {
    let mut agreement = plan.agreement.clone();
    for (name, group) in &mut agreement.groups {
        group.log = Some(hash("group", name).into());
        group.node = Some(stand_in("node", name));
    }
    let seats = agreement.groups.iter().take(1);
    agreement.panel =
        seats.map(|(name, group)| (name.clone(), RawSeat { node: group.node, ..RawSeat::default() })).collect();
    match agreement.resolve() {
        Ok(_) => Ok(()),
        Err(source) => Err(ImportError::Agreement { folder: data.folder.clone(), source }),
    }
}

/// A key that anybody can make: it never leaves this check.
fn stand_in(kind: &str, name: &Name) -> PublicKey {
    SecretKey::from_seed(hash(kind, name).0).public()
}

fn hash(kind: &str, name: &Name) -> Hash {
    Hash::of(kind.as_bytes()).chain(name.as_str().as_bytes())
}

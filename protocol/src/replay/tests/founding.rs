//! Which first entry starts a group.

use crate::{
    charter::Charter,
    entry::{Entry, EntryAct, EntryContent, Raw},
    envelope::EnvelopeError,
    error::{Forged, Refusal},
    fixture::{assert_refused, charter, first, foundings, key, public, start},
    id::Hash,
    replay::Replica,
    statement::Act,
};

/// Founds from the bytes of a first entry that `by` signs.
fn found(content: EntryContent, by: &str) -> Result<Replica, Refusal> {
    Replica::found(&Entry::decode(Entry::sign(content, &key(by)).bytes()).unwrap())
}

fn found_with(change: impl FnOnce(&mut EntryContent)) -> Result<Replica, Refusal> {
    let charter = charter();
    let mut content = first(&charter, foundings(&charter, &["ana"]));
    change(&mut content);
    found(content, "host")
}

fn found_by(charter: &Charter, founders: &[&str]) -> Result<Replica, Refusal> {
    found(first(charter, foundings(charter, founders)), "host")
}

#[test]
fn a_group_starts_with_a_charter_that_a_person_signed() {
    let entry = Entry::sign(first(&charter(), foundings(&charter(), &["ben"])), &key("host"));
    let group = Replica::found(&entry).unwrap();
    assert_eq!(group.charter(), &charter());
    assert_eq!(group.log().0, entry.id().0, "its id is the hash of its first entry");
    assert_eq!((group.head().number, group.head().id, group.head().time), (0, entry.id(), start()));
}

#[test]
fn all_people_may_found_together() {
    assert!(found_by(&charter(), &["cem", "ana", "ben"]).is_ok());
}

#[test]
fn a_first_entry_has_number_0_and_nothing_before_it() {
    let other = Hash::of(b"other");
    assert_refused!(found_with(|entry| entry.number = 1), Malformed::NotAFirstEntry);
    assert_refused!(found_with(|entry| entry.log = Some(crate::id::LogId(other.0))), Malformed::NotAFirstEntry);
    assert_refused!(found_with(|entry| entry.previous = Some(other.into())), Malformed::NotAFirstEntry);
    assert_refused!(found_with(|entry| entry.cites = vec![other.into()]), Malformed::NotAFirstEntry);
}

#[test]
fn a_first_entry_holds_a_charter() {
    let admit = EntryAct::Admit { statements: Vec::new() };
    assert_refused!(found_with(|entry| entry.act = admit), Malformed::NotAFirstEntry);
}

#[test]
fn a_group_joins_a_federation_by_decision_only() {
    let mut charter = charter();
    charter.federation = Some(Hash::of(b"federation").into());
    assert_refused!(found_by(&charter, &["ana"]), Malformed::NotAFirstEntry);
}

#[test]
fn a_first_entry_is_signed_by_the_log_key_of_its_charter() {
    let content = first(&charter(), foundings(&charter(), &["ana"]));
    assert_refused!(found(content.clone(), "node"), Forged::NotTheLogKey { .. });
    assert_refused!(found(content, "ana"), Forged::NotTheLogKey { .. });
}

#[test]
fn somebody_must_found() {
    assert_refused!(found_by(&charter(), &[]), Malformed::Size { .. });
}

#[test]
fn founders_are_people_of_the_charter_each_once() {
    for founders in [&["bot"][..], &["dan"], &["host"], &["ana", "ana"], &["ana", "bot"]] {
        assert_refused!(found_by(&charter(), founders), Unauthorised::NotAFounder(_));
    }
    let mut charter = charter();
    let ana = charter.members.find_mut(&crate::fixture::name("ana")).unwrap();
    ana.keys.push(public("ana/2"));
    ana.keys.sort();
    assert!(found_by(&charter, &["ana/2"]).is_ok());
    assert_refused!(found_by(&charter, &["ana", "ana/2"]), Unauthorised::NotAFounder(_));
}

#[test]
fn a_founding_is_under_this_very_charter() {
    let mut other = charter();
    other.purpose.push('!');
    let content = first(&charter(), foundings(&other, &["ana"]));
    assert_refused!(found(content, "host"), Forged::OtherCharter(_));
}

#[test]
fn a_forged_founding_is_the_log_keys_fault() {
    let mut raw = foundings(&charter(), &["ana"]);
    *raw[0].0.last_mut().unwrap() ^= 1;
    let refusal = found(first(&charter(), raw), "host").unwrap_err();
    let forged = matches!(refusal, Refusal::Forged(Forged::Inside { source: EnvelopeError::Forged { .. }, .. }));
    assert!(forged, "{refusal:?}");
}

#[test]
fn a_statement_passes_for_no_founding() {
    let group = crate::fixture::Group::new();
    let raw = Raw(group.statement("ana", Act::Seen {}).bytes().to_vec());
    assert_refused!(found(first(&charter(), vec![raw]), "host"), Forged::Inside { .. });
}

#[test]
fn a_charter_that_cannot_stand_founds_nothing() {
    let mut charter = charter();
    charter.domains.take(&crate::fixture::name("charter"));
    assert_refused!(found_by(&charter, &["ana"]), Malformed::Charter(_));
}

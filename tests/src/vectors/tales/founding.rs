//! First entries.

use folkmoot_protocol::{
    charter::Charter,
    entry::{Entry, EntryAct, EntryContent, Raw},
    id::Hash,
    key::SecretKey,
    replay::Replica,
};

use super::file;
use crate::vectors::{
    story::Told,
    tale::{Tale, charter, first, founding, key, name, rule},
};

pub(super) fn tell() -> Tale {
    let good = charter(&file());
    let mut refused = Vec::new();
    let mut refuse = |expected: &str, content: EntryContent, by: &SecretKey| {
        let entry = Entry::decode(Entry::sign(content, by).bytes()).expect("a record");
        let refusal = Replica::found(&entry).expect_err(expected);
        assert_eq!(rule(&refusal), expected, "{refusal}");
        refused.push(Told { entry, bodies: Vec::new(), end: Err(refusal) });
    };
    let by_ana = |charter: &Charter| first(charter, vec![founding(charter, "ana")]);
    let log = key("log");

    let later = EntryContent { number: 1, ..by_ana(&good) };
    refuse("not-a-first-entry", later, &log);
    let follows = EntryContent { log: Some(Hash::of(b"log").into()), ..by_ana(&good) };
    refuse("not-a-first-entry", follows, &log);
    let cites = EntryContent { cites: vec![Hash::of(b"entry").into()], ..by_ana(&good) };
    refuse("not-a-first-entry", cites, &log);
    let seen = EntryContent { act: EntryAct::Admit { statements: Vec::new() }, ..by_ana(&good) };
    refuse("not-a-first-entry", seen, &log);
    let with = |change: &dyn Fn(&mut Charter)| {
        let mut charter = good.clone();
        change(&mut charter);
        by_ana(&charter)
    };
    refuse("not-a-first-entry", with(&|charter| charter.federation = Some(Hash::of(b"street").into())), &log);
    refuse("charter", with(&|charter| charter.purpose.clear()), &log);
    refuse("charter", with(&|charter| drop(charter.domains.take(&name("charter")))), &log);
    let own_key = |charter: &mut Charter| charter.host.log_key = key("ana").public();
    refuse("charter", with(&own_key), &key("ana"));
    refuse("not-the-log-key", by_ana(&good), &key("node"));

    let mut other = good.clone();
    other.purpose.push('!');
    refuse("other-charter", first(&good, vec![founding(&other, "ana")]), &log);
    refuse("not-a-founder", first(&good, vec![founding(&good, "bot")]), &log);
    refuse("not-a-founder", first(&good, vec![founding(&good, "eve")]), &log);
    refuse("not-a-founder", first(&good, vec![founding(&good, "ana"), founding(&good, "ana")]), &log);
    refuse("size", first(&good, Vec::new()), &log);
    let mut forged = founding(&good, "ana");
    if let Some(last) = forged.0.last_mut() {
        *last ^= 1;
    }
    refuse("inside", first(&good, vec![Raw(forged.0)]), &log);

    let mut tale = Tale::found(&good);
    tale.told.splice(..0, refused);
    tale
}

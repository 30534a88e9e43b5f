//! Groups that decide together: logs that open, answer, cite and enact matters, that negotiate about resources and divide
//! them; and what they refuse.

mod adopted;
mod amended;
mod assembly;
mod dealing;
mod divided;
mod dividing;
mod doubt;
mod drawn;
pub mod forged;
mod lapsed;
mod liaison;
mod promised;
pub(super) mod proven;
mod replaced;
mod settled;
mod split;
mod street;
mod undivided;
mod used;
mod weighed;

use serde_json::Value;

use self::street::Street;
use super::logs;

/// The log of each group of each story: the path of its file, and what stands in it.
pub(super) fn all() -> Vec<(String, Value)> {
    let stories = [
        ("matter-adopted", adopted::ABOUT, adopted::story(), &["attic", "brook", "cellar"][..]),
        ("matter-amended", amended::ABOUT, amended::story(), &["attic", "brook", "cellar", "dairy"]),
        ("matter-assembly", assembly::ABOUT, assembly::story(), &["attic", "brook", "cellar", "dairy"]),
        ("liaison", liaison::ABOUT, liaison::story(), &["attic", "brook"]),
        ("terms-promised", promised::ABOUT, promised::story(), &["attic", "brook", "cellar"]),
        ("terms-lapsed", lapsed::ABOUT, lapsed::story(), &["attic", "brook", "cellar"]),
        ("round-divided", divided::ABOUT, divided::story(), &["attic", "brook", "cellar", "dairy"]),
        ("round-lot", drawn::ABOUT, drawn::story(), &["attic", "brook", "cellar"]),
        ("round-lapsed", undivided::ABOUT, undivided::story(), &["attic", "brook", "cellar"]),
        ("terms-settled", settled::ABOUT, settled::story(), &["attic", "brook", "cellar"]),
        ("terms-used", used::ABOUT, used::story(), &["attic", "brook", "cellar"]),
        ("matter-in-doubt", doubt::ABOUT, doubt::story(), &["attic", "brook", "cellar"]),
        ("matter-replaced", replaced::ABOUT, replaced::story(), &["attic", "brook", "cellar"]),
        ("matter-weighed", weighed::ABOUT, weighed::story(), &["attic", "brook", "cellar", "dairy"]),
        ("matter-split", split::ABOUT, split::story(), &["attic", "brook", "cellar", "dairy"]),
    ];
    let files = stories.into_iter().flat_map(|(name, about, street, groups)| {
        let file = |group: &&str| (format!("logs/{name}.{group}.json"), file(about, group, &street));
        groups.iter().map(file).collect::<Vec<_>>()
    });
    files.collect()
}

fn file(about: &str, group: &str, street: &Street) -> Value {
    logs::file(about, group, street.replica(group), street.told(group))
}

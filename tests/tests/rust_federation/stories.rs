//! What the teams decide: threads that are public, and what they would need between groups.

use super::story::Story;

const COMPILER: &str = "compiler-fcp";
const LIBS: &str = "libs-fcp";
const TYPES: &str = "types-fcp";
const LANG: &str = "lang";
const INFRA: &str = "infra";
const COUNCIL: &str = "leadership-council";
const OPS: &str = "compiler-ops";

/// Those who approved the promotion of wasm32-wasip3 (compiler-team#1001) besides who proposed it: 9 of 11 in all.
const APPROVED: [&str; 8] =
    ["mark-simulacrum", "tako8ki", "jieyouxu", "nnethercote", "oli-obk", "petrochenkov", "spastorino", "wesleywiser"];

/// A matter that touches these groups, each in one domain, with a text for each.
fn matter(title: &str, by: [&str; 3], parts: &[(&str, &str, &str)]) -> String {
    let mut text = format!(
        "[[steps.effects]]\n[steps.effects.open_matter]\ntitle = \"{title}\"\ntext = \"{title}.\"\nby = {by:?}\n"
    );
    for (group, domain, more) in parts {
        text += &format!(
            "[steps.effects.open_matter.parts.{group}]\ndomains = [\"{domain}\"]\n\
             effects = [{{ text = {{ domain = \"{domain}\", text = \"{title}.\" }} }}]\n{more}\n"
        );
    }
    text
}

fn consent(matter: &str) -> String {
    format!("effects = [{{ stance = {{ matter = \"{matter}\", consents = true }} }}]")
}

fn accept(terms: &str) -> String {
    format!("effects = [{{ accept_terms = {{ terms = \"{terms}\" }} }}]")
}

fn expect(text: &str) -> String {
    format!("[[expect]]\n{text}\n")
}

/// The first level ends when the longest window is over: the year for which a sign-off may be open, and half a year for which
/// a concern may hold it up. Nobody has to wait that long.
const LONG: [&str; 3] = ["+600d", "+1200d", "+1800d"];
/// The same where a window is ten days, and one more for a late objection.
const SHORT: [&str; 3] = ["+13d", "+25d", "+37d"];

/// compiler-team#1001, with the library team, whose standard library has to run there: 9 of 11 and 5 of 7 approve, and
/// two each are outstanding.
pub(crate) fn tier_two() -> Story {
    let opens = matter("Promote wasm32-wasip3 to Tier 2", LONG, &[(COMPILER, "sign-off", ""), (LIBS, "sign-off", "")]);
    Story::new("tier-two", 40, &[COMPILER, LIBS, COUNCIL])
        .propose("1d", (COMPILER, "davidtwco"), "wasip3", &opens)
        .approve("3d", COMPILER, "wasip3", &APPROVED)
        .propose("14d", (LIBS, "amanieu"), "wasip3-libs", &consent("wasip3"))
        .approve("15d", LIBS, "wasip3-libs", &["burntsushi", "cuviper", "dtolnay"])
        .approve("17d", LIBS, "wasip3-libs", &["thomcc"])
        .add(&expect("proposal = \"wasip3\"\noutcome = \"passed\"\nclosed_after = \"13d\"\nclosed_before = \"13d1h\""))
        .add(&expect(
            "proposal = \"wasip3-libs\"\noutcome = \"passed\"\nclosed_after = \"27d\"\nclosed_before = \"28d\"",
        ))
        .add(&expect(
            "matter = \"wasip3\"\nstanding = \"adopted\"\nlevel = 1\nenacted_by = [\"compiler-fcp\", \"libs-fcp\"]",
        ))
}

/// rust#96709 was decided by the language and the types teams; here the former waits for the latter.
pub(crate) fn stages() -> Story {
    let opens = matter(
        "Stabilise generic associated types",
        LONG,
        &[(TYPES, "sign-off", ""), (LANG, "sign-off", "after = [\"types-fcp\"]\ndue = \"+300d\"")],
    );
    Story::new("stages", 40, &[LIBS, LANG, TYPES, COUNCIL])
        .propose("1d", (LIBS, "dtolnay"), "gats", &opens)
        .approve("1d12h", LIBS, "gats", &["amanieu", "burntsushi", "cuviper", "joshtriplett", "the8472", "thomcc"])
        .propose("4d", (LANG, "scottmcm"), "gats-too-early", &consent("gats"))
        .refused("whose stage comes before")
        .propose("5d", (TYPES, "lcnr"), "gats-types", &consent("gats"))
        .approve("6d", TYPES, "gats-types", &["boxyuwu", "jackh726"])
        .propose("20d", (LANG, "scottmcm"), "gats-lang", &consent("gats"))
        .approve("21d", LANG, "gats-lang", &["joshtriplett", "nikomatsakis", "tmandry"])
        .add(&expect("proposal = \"gats-lang\"\noutcome = \"passed\"\nclosed_after = \"31d\""))
        .add(&expect("matter = \"gats\"\nstanding = \"adopted\"\nlevel = 1\nenacted_by = [\"lang\", \"types-fcp\"]"))
}

/// leadership-council#244: $55,000 for the compiler-ops program in 2026, asked for by those who run it.
pub(crate) fn budget() -> Story {
    let resource = "effects = [{ set_resource = { name = \"budget\", purpose = \"What the council gives.\", \
                    unit = \"cent\", domain = \"council\", kind = \"stock\", capacity = 20100000 } }]";
    let asks = |amount: u64, by: &str| {
        format!(
            "[[steps.effects]]\n[steps.effects.terms]\ntitle = \"Renew the compiler-ops program for 2026\"\n\
             text = \"As issue 244 says.\"\nby = \"{by}\"\ndomains = [\"work\"]\n\
             lines = [{{ steward = \"leadership-council\", resource = \"budget\", amount = {amount} }}]"
        )
    };
    let purse = ["lqd", "m-ou-se", "oli-obk", "joshtriplett", "traviscross", "manishearth"];
    Story::new("budget", 60, &[COUNCIL, OPS, COMPILER])
        .propose("1d", (COUNCIL, "kobzol"), "purse", resource)
        .approve("1d1h", COUNCIL, "purse", &purse)
        .propose("20d", (OPS, "apiraino"), "renew", &asks(5_500_000, "+36d"))
        .decide("20d1h", OPS, "renew", "apiraino")
        .propose("20d2h", (OPS, "apiraino"), "too-much", &asks(15_000_000, "+60d"))
        .decide("20d3h", OPS, "too-much", "apiraino")
        .propose("23d", (COUNCIL, "traviscross"), "renew-yes", &accept("renew"))
        .approve("24d", COUNCIL, "renew-yes", &["kobzol", "m-ou-se", "lqd", "oli-obk"])
        .add(
            "[[steps]]\nat = \"26d\"\nas = \"manishearth\"\ngroup = \"leadership-council\"\ndo = \"object\"\n\
             proposal = \"renew-yes\"\nobjection = \"terms\"\nwhy = \"Which months does it cover?\"\n\
             [[steps]]\nat = \"29d\"\nas = \"manishearth\"\ngroup = \"leadership-council\"\ndo = \"withdraw\"\n\
             objection = \"terms\"\n",
        )
        .propose("47d", (COUNCIL, "kobzol"), "too-much-yes", &accept("too-much"))
        .refused("400000 too few")
        .add(&expect("proposal = \"renew-yes\"\noutcome = \"passed\"\nclosed_after = \"34d\"\nclosed_before = \"35d\""))
        .add(&expect("terms = \"renew\"\ndeal = \"in force\""))
        .add(&expect("resource = \"leadership-council/budget\"\npromised = 5500000"))
}

/// leadership-council#325: whether who is trusted by all teams is for the council to decide. One team it touches does not
/// answer; the question goes up to all groups, and binds who consented.
pub(crate) fn jurisdiction() -> Story {
    let opens = matter(
        "Who is trusted by all teams is for the council to decide",
        SHORT,
        &[(COUNCIL, "charter", ""), (INFRA, "charter", "")],
    );
    Story::new("jurisdiction", 50, &[COUNCIL, INFRA, LANG, COMPILER, LIBS, TYPES])
        .propose("1h", (COUNCIL, "traviscross"), "trusted", &opens)
        .approve("2h", COUNCIL, "trusted", &["kobzol", "m-ou-se", "lqd", "oli-obk", "joshtriplett", "manishearth"])
        .propose("2d", (INFRA, "jieyouxu"), "infra", &consent("trusted"))
        .approve("3d", INFRA, "infra", &["kobzol", "mark-simulacrum", "marcoieni", "emilyalbini"])
        .add(
            "[[steps]]\nat = \"4d\"\nas = \"jdno\"\ngroup = \"infra\"\ndo = \"object\"\nproposal = \"infra\"\n\
             why = \"Who may deploy is for infra to say.\"\n",
        )
        .propose("14d", (LANG, "scottmcm"), "lang", &consent("trusted"))
        .approve("15d", LANG, "lang", &["joshtriplett", "tmandry"])
        .propose("14d", (COMPILER, "davidtwco"), "compiler", &consent("trusted"))
        .approve("15d", COMPILER, "compiler", &APPROVED)
        .propose("14d", (LIBS, "amanieu"), "libs", &consent("trusted"))
        .approve("15d", LIBS, "libs", &["burntsushi", "cuviper", "dtolnay"])
        .add(&expect("proposal = \"infra\"\noutcome = \"not passed\""))
        .add(&expect("matter = \"trusted\"\nstanding = \"adopted\"\nlevel = 3\nenacted_by = [\"leadership-council\"]"))
}

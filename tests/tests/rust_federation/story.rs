//! A story about imported groups, as the file of a scenario.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use folkmoot_sim::{Scenario, scenario::parse};
use folkmoot_tests::harness::moot;
use toml::{Table, Value};

/// The imported charters, a file each.
fn charters() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let data = PathBuf::from(env::var("FOLKMOOT_DATA").expect("FOLKMOOT_DATA names a directory"));
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-federation");
        if out.exists() {
            fs::remove_dir_all(&out).expect("what an earlier run imported can go");
        }
        let mut import = Command::new(moot());
        import.args(["import", "rust-team"]).arg(data.join("rust-team")).arg("--out").arg(&out);
        assert!(import.output().expect("moot runs").status.success(), "the teams cannot be imported");
        out.join("charters")
    })
}

/// A story about imported groups.
pub(crate) struct Story {
    file: String,
    groups: Vec<&'static str>,
}

impl Story {
    /// A story of so many days with these groups; each of the first five is on a node of its own, with a seat.
    pub(crate) fn new(name: &str, days: u32, groups: &[&'static str]) -> Self {
        let mut file = format!("name = \"{name}\"\ndescription = \"Real teams.\"\nduration = \"{days}d\"\n");
        let nodes: Vec<String> = (0..groups.len().min(5)).map(|at| format!("node{at}")).collect();
        nodes.iter().for_each(|node| writeln!(file, "[nodes.{node}]").expect("a text can grow"));
        let _ = write!(
            file,
            "[federation]\nname = \"rust-project\"\npurpose = \"Rust.\"\npanel = {nodes:?}\n\
             timing = {{ news = \"6h\", skew = \"10m\", notes = \"1m\" }}\n"
        );
        Self { file, groups: groups.to_vec() }
    }

    /// Somebody proposes something.
    pub(crate) fn propose(mut self, at: &str, who: (&str, &str), label: &str, effect: &str) -> Self {
        let (group, member) = who;
        let _ = write!(
            self.file,
            "[[steps]]\nat = \"{at}\"\nas = \"{member}\"\ngroup = \"{group}\"\ndo = \"propose\"\nproposal = \"{label}\"\n\
             title = \"{label}\"\nwhy = \"As the thread says.\"\n{effect}\n"
        );
        self
    }

    /// The last step must be refused, for a reason with these words.
    pub(crate) fn refused(mut self, words: &str) -> Self {
        let at = self.file.rfind("do = \"").expect("there is a step");
        self.file.insert_str(at, &format!("refused = \"{words}\"\n"));
        self
    }

    /// Members say something to a proposal.
    pub(crate) fn say(mut self, at: &str, group: &str, label: &str, what: &str, members: &[&str]) -> Self {
        for member in members {
            let _ = write!(
                self.file,
                "[[steps]]\nat = \"{at}\"\nas = \"{member}\"\ngroup = \"{group}\"\ndo = \"{what}\"\nproposal = \"{label}\"\n"
            );
        }
        self
    }

    /// Members approve a proposal.
    pub(crate) fn approve(self, at: &str, group: &str, label: &str, members: &[&str]) -> Self {
        self.say(at, group, label, "agree", members)
    }

    /// Who holds the role decides alone.
    pub(crate) fn decide(self, at: &str, group: &str, label: &str, member: &str) -> Self {
        self.approve(at, group, label, &[member]).add("why = \"It is my role.\"\n")
    }

    /// Adds what the other ways do not cover: other steps, expectations.
    pub(crate) fn add(mut self, text: &str) -> Self {
        self.file.push_str(text);
        self
    }

    /// The scenario, with the charters of its groups as they were imported.
    pub(crate) fn scenario(&self) -> Scenario {
        let mut file: Table = self.file.parse().unwrap_or_else(|error| panic!("{error}\n{}", self.file));
        let mut groups = Table::new();
        for (at, name) in self.groups.iter().enumerate() {
            let text = fs::read_to_string(charters().join(format!("{name}.toml"))).expect("the team was imported");
            let mut charter: Table = text.parse().expect("a charter is TOML");
            charter.remove("name");
            charter.insert("node".into(), Value::String(format!("node{}", at % 5)));
            groups.insert((*name).to_owned(), Value::Table(charter));
        }
        file.insert("groups".into(), Value::Table(groups));
        parse(&file.to_string(), Path::new("rust.toml")).unwrap_or_else(|error| panic!("{error}"))
    }
}

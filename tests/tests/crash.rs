//! A node that is killed on the spot while many write: whatever it has acknowledged is there when it comes back.

use std::{
    collections::BTreeMap,
    env,
    sync::{
        Mutex,
        mpsc::{self, Sender},
    },
    thread,
    time::Instant,
};

use folkmoot_node::control::view::ProposalView;
use folkmoot_protocol::{
    body::Body,
    effect::Effect,
    id::{LogId, StatementId},
    key::{PublicKey, SecretKey},
    statement::{Act, Answer, Proposal, Response, Statement},
};
use folkmoot_tests::harness::{Api, CallError, Home, NodeProcess, Submission, key, text};

/// How often the node is killed in the test that runs by itself.
const ROUNDS: usize = 12;
/// How often in the long one, if `FOLKMOOT_ROUNDS` does not say.
const MANY_ROUNDS: usize = 100;
/// Members who write at the same time.
const MEMBERS: [&str; 4] = ["ana", "ben", "cleo", "dia"];

/// Nothing closes while the test runs: the load is proposals and responses.
const CHARTER: &str = r#"
name = "club"
purpose = "To write a lot."
times = { digest_every = 50 }
participation = { open_proposals = 4096 }

[members]
ana = {}
ben = {}
cleo = {}
dia = {}

[domains.charter]
purpose = "The charter."
people_only = true
rule = { consent = { quorum = "1/1" } }
[domains.work]
purpose = "How we work."
rule = { consent = { quorum = "1/1" } }
"#;

/// A group on a node, and what the node has acknowledged so far.
struct Club {
    api: Api,
    id: String,
    log: LogId,
    log_key: PublicKey,
    /// Each statement with the text that came with it.
    acknowledged: Mutex<BTreeMap<StatementId, String>>,
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    kill_again_and_again(ROUNDS);
}

#[test]
#[ignore = "takes minutes; FOLKMOOT_ROUNDS says how many kills"]
fn what_was_acknowledged_survives_many_kills() {
    let rounds = env::var("FOLKMOOT_ROUNDS").ok();
    kill_again_and_again(rounds.map_or(MANY_ROUNDS, |rounds| rounds.parse().expect("FOLKMOOT_ROUNDS is a number")));
}

fn kill_again_and_again(rounds: usize) {
    let start = Instant::now();
    let home = Home::new();
    let mut node = home.node();
    let id = home.api().found(CHARTER, &key("ana")).unwrap();
    let (replica, _) = home.api().replay(&id).unwrap();
    let club = Club {
        api: home.api(),
        log: replica.log(),
        log_key: replica.charter().host.log_key,
        id,
        acknowledged: Mutex::default(),
    };
    let mut entries = 0;
    for round in 0..rounds {
        // From the first few statements on to some way into the load.
        club.load_until_killed(node, 4 + round * 13 % 61);
        if round % 4 == 3 {
            NodeProcess::start_and_kill(&home);
        }
        node = home.node();
        entries = club.look_whether_all_is_there();
    }
    let acknowledged = club.acknowledged.lock().unwrap().len();
    println!(
        "{rounds} kills: {acknowledged} statements acknowledged and each there once with its text, {entries} entries, {:?}",
        start.elapsed()
    );
    node.stop();
}

impl Club {
    /// Lets all members write, and kills the node once it has acknowledged so many statements of this round.
    fn load_until_killed(&self, node: NodeProcess, statements: usize) {
        let (acknowledged, heard) = mpsc::channel();
        thread::scope(|scope| {
            for member in MEMBERS {
                let acknowledged = acknowledged.clone();
                scope.spawn(move || self.write(&key(member), &acknowledged));
            }
            drop(acknowledged);
            assert_eq!(heard.iter().take(statements).count(), statements, "the members stopped before the node");
            node.kill9();
        });
    }

    /// Writes as a member until the node is gone: proposals, and to each of them a response, all with a text.
    fn write(&self, member: &SecretKey, acknowledged: &Sender<()>) {
        let mut last = None;
        for n in 0.. {
            let words = format!("{} {n}", self.acknowledged.lock().unwrap().len());
            let body = text(&words);
            let act = match last.take() {
                None => propose(&words, &body),
                Some(proposal) => Act::Respond(Response {
                    proposal,
                    version: 1,
                    answer: Answer::Concern,
                    reason: Some(body.id()),
                    weighs: Vec::new(),
                }),
            };
            let proposes = matches!(act, Act::Propose(_));
            match self.api.submit(&self.id, member, [act], &[body]) {
                Ok(taken) => {
                    last = proposes.then(|| taken.statements[0].id().into());
                    self.acknowledge(&taken, words);
                    // Nobody counts any more once the node is to be killed.
                    let _ = acknowledged.send(());
                }
                Err(CallError::Broken(_)) => return,
                Err(refusal) => panic!("{refusal}"),
            }
        }
    }

    /// Remembers what the node has promised, by a receipt that the log key signed.
    fn acknowledge(&self, taken: &Submission, words: String) {
        let receipt = &taken.receipts[0];
        assert_eq!((receipt.signer(), receipt.content().log), (self.log_key, self.log));
        self.acknowledged.lock().unwrap().insert(receipt.content().statement, words);
    }

    /// Replays the log with all its signatures, and looks for every statement and text that was acknowledged.
    fn look_whether_all_is_there(&self) -> u64 {
        let (replica, log) = self.api.replay(&self.id).unwrap();
        let group = self.api.group(&self.id).unwrap().expect("the group is there");
        assert_eq!((replica.digest().to_string(), replica.head().number), (group.digest, group.number));
        let statements: Vec<StatementId> =
            log.iter().flat_map(|entry| &entry.inside().unwrap().statements).map(Statement::id).collect();
        let proposals: Vec<ProposalView> = self.api.get("/v1/proposals").unwrap();
        let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
        for view in proposals {
            texts.insert(view.versions[0].statement.clone(), view.why);
            texts.extend(view.responses.into_iter().map(|given| (given.statement, given.reason)));
        }
        for (id, words) in self.acknowledged.lock().unwrap().iter() {
            let times = statements.iter().filter(|statement| *statement == id).count();
            assert_eq!(times, 1, "{} was acknowledged and is in the log {times} times", id.short());
            assert_eq!(texts.get(&id.to_string()), Some(&Some(words.clone())), "the text of {}", id.short());
        }
        replica.head().number
    }
}

fn propose(words: &str, why: &Body) -> Act {
    let effects =
        vec![Effect::Text { domain: "work".parse().expect("a name"), text: words.to_owned(), replaces: None }];
    Act::Propose(Proposal { title: words.to_owned(), why: why.id(), effects, options: Vec::new(), review: None })
}

//! `moot`: the command line of Folkmoot, for members and for operators.
//!
//! # Layout
//! - `args`: the command line; `cmd`: one file per command: parse → statement or call → print
//! - `demo`: real nodes that decide together, told as a story
//! - `client`: talks to a node over its socket; `identity`: members' keys, which never reach a node
//! - `doctor`: what may be wrong with a home and its node
//! - `editor`: texts from a flag, standard input or an editor
//! - `complete`: completion in the shell; `next`: the command that helps after an error
//! - `logs`: a whole log from a node or a file, replayed
//! - `import`: charters and federations from elsewhere; `output`: words for people, JSON for programs
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod args;
mod client;
mod cmd;
mod complete;
mod demo;
mod doctor;
mod editor;
mod identity;
mod import;
mod logs;
mod next;
mod output;
mod tally;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use folkmoot_node::config::{Home, default_home};
use folkmoot_protocol::statement::Answer;

use crate::{
    args::{Args, Command},
    cmd::{CliError, Ctx, act, backup, charter, federation, group, id, inbox, log, node, propose, show, simulate},
    output::Output,
};

/// Exit codes: 0 done, 1 refused or failed, 2 wrong usage or a proof that is unresolved.
fn main() -> ExitCode {
    complete::answer();
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let command = next::named(&Args::command(), words.iter().map(String::as_str));
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error, &words, &command),
    };
    let json = args.json;
    match context(&args).and_then(|ctx| start(args.command, &ctx)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has gone: nothing is left to say.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(json, error.kind(), &message(&error), &next::next(&error, &command));
            match error {
                CliError::Unresolved(_) => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Says what went wrong and which command helps, if the words do not name it already.
fn complain(json: bool, kind: &str, message: &str, next: &str) {
    if json {
        eprintln!("{}", serde_json::json!({"error": {"kind": kind, "message": message, "next": next}}));
    } else if message.contains(next) {
        eprintln!("moot: {message}");
    } else {
        eprintln!("moot: {message}\nNext: {next}");
    }
}

/// Wrong usage: clap's text for people, an error like others for programs. Help and version are no errors.
fn usage(error: &clap::Error, words: &[String], command: &str) -> ExitCode {
    let options = words.iter().take_while(|word| *word != "--");
    if !error.use_stderr() || !options.into_iter().any(|word| word == "--json") {
        // Standard output may be gone, and then nothing is left to say.
        let _ = error.print();
        return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
    }
    let text = error.render().to_string();
    let said = text.split("\n\nUsage:").next().unwrap_or(&text);
    let said = said.strip_prefix("error: ").unwrap_or(said).split_whitespace().collect::<Vec<_>>().join(" ");
    complain(true, "usage", &said, &format!("{command} --help"));
    ExitCode::from(2)
}

/// What went wrong, with its causes as far as it does not name them itself.
fn message(error: &CliError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(&format!(": {words}"));
        }
        cause = inner.source();
    }
    text
}

fn context(args: &Args) -> Result<Ctx, CliError> {
    let home = args.home.clone().or_else(default_home);
    let home = home.ok_or_else(|| CliError::Input("say where your data live: --home DIR or MOOT_HOME".into()))?;
    Ok(Ctx {
        socket: args.node.clone().unwrap_or_else(|| Home::new(&home).socket()),
        home,
        json: args.json,
        out: Output::new(args.json),
        identity: args.identity.clone(),
        passphrase: args.passphrase.clone(),
    })
}

fn start(command: Command, ctx: &Ctx) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(command, ctx))
}

async fn run(command: Command, ctx: &Ctx) -> Result<(), CliError> {
    let respond = async |args: act::RespondArgs, answer| act::respond(&args, answer, ctx).await;
    match command {
        Command::Id(args) => id::run(args, ctx),
        Command::Charter(command) => charter::run(command, ctx).await,
        Command::Group(command) => group::run(command, ctx).await,
        Command::Node(command) => node::run(command, ctx).await,
        Command::Backup { file } => backup::backup(&file, ctx).await,
        Command::Restore(args) => backup::restore(args, ctx).await,
        Command::Federation(command) => federation::run(command, ctx).await,
        Command::Matter(command) => cmd::matter::run(command, ctx).await,
        Command::Liaison(command) => cmd::liaison::run(command, ctx).await,
        Command::Resource(command) => cmd::resource::run(command, ctx).await,
        Command::Who(args) => cmd::who::run(&args, ctx).await,
        Command::Propose(args) => propose::propose(args, ctx).await,
        Command::Amend(args) => propose::amend(args, ctx).await,
        Command::Withdraw(args) => act::withdraw(args, ctx).await,
        Command::Agree(args) => respond(args, Answer::Agree).await,
        Command::Concern(args) => respond(args, Answer::Concern).await,
        Command::Object(args) => respond(args, Answer::Object).await,
        Command::Aside(args) => respond(args, Answer::Aside).await,
        Command::Abstain(args) => respond(args, Answer::Abstain).await,
        Command::Advise(args) => respond(args, Answer::Advice).await,
        Command::Rank(args) => cmd::rank::rank(args, ctx).await,
        Command::Nominate(args) => cmd::rank::nominate(args, ctx).await,
        Command::Decide(args) => propose::decide(args, ctx).await,
        Command::CallIn { proposal, why } => act::call_in(&proposal, why.as_deref(), ctx).await,
        Command::Test(args) => cmd::test::test(args, ctx).await,
        Command::Review(args) => cmd::review::review(args, ctx).await,
        Command::Seen { group } => act::seen(group.as_deref(), ctx).await,
        Command::Inbox(args) => inbox::run(&args, ctx).await,
        Command::List(args) => show::list(args, ctx).await,
        Command::Show(args) => show::show(args, ctx).await,
        Command::Why(args) => cmd::why::run(&args, ctx).await,
        Command::Verify(args) => cmd::proof::verify(&args, ctx),
        Command::Log(args) => log::run(args, ctx).await,
        Command::Export(args) => cmd::export::run(&args, ctx).await,
        Command::Doctor => cmd::doctor::run(ctx).await,
        Command::Help { words } => cmd::help::run(&words, ctx),
        Command::Completions { shell } => complete::script(shell),
        Command::Man { dir } => cmd::man::run(&dir, ctx),
        Command::Tally(args) => cmd::tally::run(&args, ctx),
        Command::Simulate(args) => simulate::run(&args, ctx).await,
        Command::Import(command) => cmd::import::run(command, ctx),
        Command::Demo(args) => demo::run(args, ctx).await,
    }
}

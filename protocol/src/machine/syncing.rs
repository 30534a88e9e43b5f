//! Syncing: comparing heads, asking for what is missing, answering. Bounded per peer, resumable at any entry.

use super::{Effect, Event, Log, Machine, Token};
use crate::{
    entry::Raw,
    id::{Hash, LogId},
    key::PublicKey,
    limits::{ANSWER_BYTES, HEADS, RANGES_PER_PEER},
    sync::{Answer, Have, Request, VerifiedAnswer},
    time::Timestamp,
};

impl Machine {
    pub(super) fn connected(&mut self, peer: PublicKey, out: &mut Vec<Effect>) {
        self.peers.entry(peer).or_default();
        out.push(Effect::Notify(Event::Peer { peer, connected: true }));
        self.want(peer, Request::Heads {}, out);
    }

    /// Compares heads with the next peer in turn.
    pub(super) fn compare_heads(&mut self, out: &mut Vec<Effect>) {
        if self.peers.is_empty() {
            return;
        }
        self.turn = (self.turn + 1) % self.peers.len();
        if let Some(peer) = self.peers.keys().nth(self.turn).copied() {
            self.want(peer, Request::Heads {}, out);
        }
    }

    /// Asks a peer, once at a time for the same thing and for a bounded number of things.
    pub(super) fn want(&mut self, peer: PublicKey, request: Request, out: &mut Vec<Effect>) {
        let Some(state) = self.peers.get_mut(&peer) else { return };
        match &request {
            Request::Heads {} if state.asked_heads => return,
            Request::Heads {} => state.asked_heads = true,
            Request::Entries { log, .. } | Request::Notes { log } => {
                let key = (*log, matches!(request, Request::Notes { .. }));
                if state.asked.contains(&key) {
                    return;
                }
                if state.asked.len() >= RANGES_PER_PEER {
                    if !state.queue.contains(&request) && state.queue.len() < 2 * HEADS {
                        state.queue.push_back(request);
                    }
                    return;
                }
                state.asked.insert(key);
            }
        }
        out.push(Effect::Ask(peer, request));
    }

    /// Takes an answer, and asks for more where there is more.
    pub(super) fn answered(
        &mut self,
        from: PublicKey,
        request: &Request,
        answer: Option<VerifiedAnswer>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let Some(state) = self.peers.get_mut(&from) else { return };
        match request {
            Request::Heads {} => state.asked_heads = false,
            Request::Entries { log, .. } => drop(state.asked.remove(&(*log, false))),
            Request::Notes { log } => drop(state.asked.remove(&(*log, true))),
        }
        match (answer, request) {
            (Some(VerifiedAnswer::Heads(heads)), Request::Heads {}) => {
                for have in heads.iter().take(HEADS) {
                    self.report(from, have);
                    self.compare(from, have, out);
                }
            }
            (Some(VerifiedAnswer::Entries(log, entries)), Request::Entries { log: asked, .. }) if log == *asked => {
                let before = self.next_number(&log);
                let some = !entries.is_empty();
                for arrival in entries {
                    if arrival.entry.log() == log {
                        self.take_entry(arrival, None, now, out);
                    }
                }
                let next = self.next_number(&log);
                if some && next > before {
                    self.want(from, Request::Entries { log, from: next }, out);
                    self.want(from, Request::Notes { log }, out);
                } else {
                    self.shown_all(from, &log, out);
                }
            }
            (Some(VerifiedAnswer::Notes(log, notes)), Request::Notes { log: asked }) if log == *asked => {
                for note in &notes {
                    if note.content().log == log {
                        self.take_note(note.clone(), None, now, out);
                    }
                }
                self.report_notes(from, &log, &notes);
            }
            // No answer, or one to another question: the next comparison of heads asks again.
            (_, Request::Entries { log, .. }) => self.showed_nothing(from, log, out),
            _ => {}
        }
        self.ask_queued(from, out);
    }

    /// Answers a peer, about logs that it may see.
    pub(super) fn serve(&mut self, from: PublicKey, request: &Request, token: Token, out: &mut Vec<Effect>) {
        match request {
            Request::Heads {} => {
                let visible = self.logs.values().filter(|log| self.may_see(&from, &log.replica)).take(HEADS);
                let heads = visible
                    .map(|log| {
                        let head = log.replica.head();
                        let (number, entry) = (head.number, head.id);
                        Have { log: log.replica.log(), number, entry, notes: self.fingerprint(log) }
                    })
                    .collect();
                out.push(Effect::Serve(token, Answer::Heads(heads)));
            }
            Request::Entries { log, from: number } => {
                if self.logs.get(log).is_some_and(|log| self.may_see(&from, &log.replica)) {
                    out.push(Effect::ServeEntries(token, *log, *number));
                } else {
                    out.push(Effect::Serve(token, Answer::Entries { log: *log, entries: Vec::new() }));
                }
            }
            Request::Notes { log } => {
                let notes = self.logs.get(log).filter(|log| self.may_see(&from, &log.replica));
                let notes = notes.map(|log| notes_to_send(&log.notes)).unwrap_or_default();
                out.push(Effect::Serve(token, Answer::Notes { log: *log, notes }));
            }
        }
    }

    fn compare(&mut self, peer: PublicKey, have: &Have, out: &mut Vec<Effect>) {
        if self.leaves_out(&have.log) {
            return;
        }
        let Some(log) = self.logs.get(&have.log) else {
            self.want(peer, Request::Entries { log: have.log, from: 0 }, out);
            return;
        };
        let head = log.replica.head().number;
        // Of a log whose panel is not known here no note is taken, however often they are shown.
        let notes_differ = self.fingerprint(log) != have.notes && !self.heard(&log.replica).is_empty();
        let same = log.replica.entry(have.number) == Some(have.entry);
        if let Some(stop) = &log.stopped {
            // Notes may yet say which of two entries is the one that counts.
            if stop.twice.is_some() && notes_differ {
                self.want(peer, Request::Notes { log: have.log }, out);
            }
            return;
        }
        // First the notes: if own ones are among them that are not here, nothing may be signed for what follows.
        if notes_differ {
            self.want(peer, Request::Notes { log: have.log }, out);
        }
        if have.number > head {
            self.want(peer, Request::Entries { log: have.log, from: head + 1 }, out);
        } else if !same {
            // Another entry of the same number: fetch the proof.
            self.want(peer, Request::Entries { log: have.log, from: have.number }, out);
        }
    }

    /// A hash of the latest notes by those whose notes of the log are taken now.
    pub(super) fn fingerprint(&self, log: &Log) -> Hash {
        log.notes.fingerprint(&self.heard(&log.replica))
    }

    fn next_number(&self, log: &LogId) -> u64 {
        self.logs.get(log).map_or(0, |log| log.replica.head().number + 1)
    }

    fn ask_queued(&mut self, peer: PublicKey, out: &mut Vec<Effect>) {
        while let Some(state) = self.peers.get_mut(&peer) {
            if state.asked.len() >= RANGES_PER_PEER {
                return;
            }
            let Some(request) = state.queue.pop_front() else { return };
            self.want(peer, request, out);
        }
    }
}

/// The latest notes first, as many as fit, then in the order of their chains.
fn notes_to_send(notes: &crate::witness::Notes) -> Vec<Raw> {
    let mut all: Vec<_> = notes.iter().collect();
    all.sort_by_key(|note| std::cmp::Reverse((note.content().number, note.content().time)));
    let mut bytes = 0;
    let fits = all.into_iter().take_while(|note| {
        bytes += note.bytes().len() + 8;
        bytes <= ANSWER_BYTES
    });
    let mut chosen: Vec<_> = fits.take(crate::limits::ITEMS).map(|note| Raw(note.bytes().to_vec())).collect();
    chosen.reverse();
    chosen
}

//! What holds of every branch, by whatever replica it is followed, and between the logs.

use stateright::Property;

use super::{
    Capacity, State, Until, WINDOWS,
    books::{Books, LAST, Stand},
};

pub(super) const ENOUGH: &str = "never more than there is";
pub(super) const COUNTED: &str = "the ledger is what its own word promises";
pub(super) const ENDS: &str = "a hold ends with the one whose place it takes";
pub(super) const ONE_TEXT: &str = "one of the terms of a negotiation is promised";
pub(super) const ROOM: &str = "what has ended blocks nobody";
pub(super) const CLOSES: &str = "who holds can end it by itself";
pub(super) const ONE_BRANCH: &str = "what others rely on stands on one branch";
pub(super) const ALONE: &str = "nobody is bound alone unseen";

pub(super) fn all() -> Vec<Property<Capacity>> {
    vec![
        Property::always(ENOUGH, |model: &Capacity, state: &State| {
            every(state, |log, books| (0..WINDOWS).all(|at| model.rules(log).promised(books, at) <= books.capacity))
        }),
        Property::always(COUNTED, |model: &Capacity, state: &State| {
            every(state, |log, books| (0..WINDOWS).all(|at| model.rules(log).promised(books, at) == books.ledger[at]))
        }),
        Property::always(ENDS, |model: &Capacity, state: &State| every(state, |_, books| keeps_ends(model, books))),
        Property::always(ONE_TEXT, |model: &Capacity, state: &State| every(state, |_, books| is_one(model, books))),
        Property::always(ROOM, |model: &Capacity, state: &State| {
            every(state, |log, books| (0..model.terms.len()).all(|terms| has_room(model, log, books, terms)))
        }),
        Property::always(CLOSES, |model: &Capacity, state: &State| {
            every(state, |log, books| (0..model.terms.len()).all(|terms| closes(model, log, books, terms)))
        }),
        Property::always(ONE_BRANCH, |model: &Capacity, state: &State| {
            [0, 1].into_iter().all(|log| stands_on_one(model, state, log))
        }),
        Property::always(ALONE, |model: &Capacity, state: &State| {
            (0..model.terms.len()).all(|terms| is_seen(model, state, terms))
        }),
        Property::sometimes("all took", |_, state: &State| {
            (0..state.logs[0].branches[0].stands.len()).any(|terms| took_all(state, terms))
        }),
        Property::sometimes("a split, and a release", |model: &Capacity, state: &State| {
            some(model, state, |closer, holder| closer == Stand::Released && holder == Stand::Lapsed)
        }),
        Property::sometimes("let go by the closer", |model: &Capacity, state: &State| {
            some(model, state, |closer, holder| closer == Stand::LetGo && holder == Stand::LetGo)
        }),
        Property::sometimes("what has ended makes room", |_, state: &State| {
            !every(state, |_, books| {
                let lapsed = books.stands.contains(&Stand::Lapsed);
                !(lapsed && books.stands.iter().any(|stand| stand.promises()))
            })
        }),
        Property::sometimes("a steward has room for one more, or not", |model: &Capacity, state: &State| {
            let beside = |books: &Books| books.stands.iter().filter(|stand| **stand == Stand::Taken).count();
            match model.fits_all() {
                // Of a negotiation one comes into force, however much room there is.
                true if model.terms.iter().any(|terms| terms.counters.is_some()) => {
                    !every(state, |_, books| !books.stands.iter().any(|stand| matches!(stand, Stand::Countered(_))))
                }
                true => !every(state, |_, books| beside(books) < books.stands.len()),
                false => !every(state, |log, books| !is_full(model, log, books)),
            }
        }),
        Property::sometimes("both branches are shown", |model: &Capacity, state: &State| {
            state
                .logs
                .iter()
                .zip(model.liars)
                .all(|(log, lies)| !lies || log.decided && log.branches[0].stands != log.branches[1].stands)
        }),
    ]
}

fn every(state: &State, holds: impl Fn(usize, &Books) -> bool) -> bool {
    state.logs.iter().enumerate().all(|(log, of)| of.branches.iter().all(|books| holds(log, books)))
}

/// Whether the closer and the other steward stand so in some terms, in the branches that others cite.
fn some(model: &Capacity, state: &State, stand: impl Fn(Stand, Stand) -> bool) -> bool {
    let at = |log: usize, terms: usize| state.logs[log].branches[0].stands[terms];
    (0..model.terms.len()).any(|terms| {
        let closer = model.terms[terms].closer;
        stand(at(closer, terms), at(1 - closer, terms))
    })
}

fn took_all(state: &State, terms: usize) -> bool {
    state.logs.iter().all(|log| log.branches[0].stands[terms] == Stand::Taken)
}

/// Whether it is asked for what it has no room for.
fn is_full(model: &Capacity, log: usize, books: &Books) -> bool {
    let lacks = |terms: usize, at: usize| {
        model.rules(log).promised(books, at) + model.terms[terms].amounts[at] > books.capacity
    };
    let asked = (0..books.stands.len()).filter(|terms| books.stands[*terms] == Stand::Known);
    asked.into_iter().any(|terms| (0..WINDOWS).any(|at| lacks(terms, at)))
}

fn keeps_ends(model: &Capacity, books: &Books) -> bool {
    let keeps = |until: Until, terms: usize| {
        model.beside(terms).all(|beside| !matches!(books.stands[beside], Stand::Countered(end) if until > end))
    };
    books.stands.iter().enumerate().all(|(terms, stand)| !matches!(stand, Stand::Held(until) if !keeps(*until, terms)))
}

/// Whether at most one of the terms of each negotiation is promised.
fn is_one(model: &Capacity, books: &Books) -> bool {
    let promised = |terms: usize| books.stands[terms].promises();
    (0..model.terms.len()).filter(|terms| promised(*terms)).all(|terms| !model.beside(terms).any(promised))
}

/// Whether nothing else of the negotiation stands in the way of terms, nor makes room for them.
fn is_free(model: &Capacity, books: &Books, terms: usize) -> bool {
    let mut beside = model.beside(terms).map(|beside| books.stands[beside]);
    model.terms[terms].counters.is_none() && !beside.any(|stand| stand.promises() || matches!(stand, Stand::Released))
}

/// Whether a steward that has room, by what is held at this date and taken, may accept.
fn has_room(model: &Capacity, log: usize, books: &Books, terms: usize) -> bool {
    let text = &model.terms[terms];
    let counts = |stand: Stand| stand == Stand::Taken || matches!(stand, Stand::Held(until) if until > books.now);
    let left = |at: usize| {
        let used = books.stands.iter().zip(&model.terms).filter(|(stand, _)| counts(**stand));
        books.capacity - used.map(|(_, other)| other.amounts[at]).sum::<i8>()
    };
    let asked = books.stands[terms] == Stand::Known && books.now <= text.by && is_free(model, books, terms);
    let enough = (0..WINDOWS).all(|at| text.amounts[at] <= left(at));
    !asked
        || !enough
        || model.rules(log).ends(terms).any(|until| model.rules(log).accept(books, terms, until).is_some())
}

/// Whether what is held and over, at the latest at the last date, can be said to be over without anybody else.
fn closes(model: &Capacity, log: usize, books: &Books, terms: usize) -> bool {
    let (rules, stand) = (model.rules(log), books.stands[terms]);
    let closer = model.terms[terms].closer == log;
    let may = || if closer { rules.let_go(books, terms) } else { rules.lapse(books, terms, false) }.is_some();
    let is_held = matches!(stand, Stand::Held(_)) && !stand.is_over(books.now);
    (!stand.is_over(books.now) || may()) && !(is_held && books.now == LAST)
}

/// Whether one branch of a log says all that the other log relies on, in each of its branches.
fn stands_on_one(model: &Capacity, state: &State, log: usize) -> bool {
    let says = |branch: &Books, terms: usize, relied: Stand| {
        let (closer, stand) = (model.terms[terms].closer == log, branch.stands[terms]);
        match (closer, relied) {
            (true, Stand::Taken) => matches!(stand, Stand::Taken | Stand::Released),
            (true, Stand::LetGo) => stand == Stand::LetGo,
            (false, Stand::Taken | Stand::Released) => stand.accepted(),
            _ => true,
        }
    };
    let fits = |branch: &Books, other: &Books| {
        other.stands.iter().enumerate().all(|(terms, relied)| says(branch, terms, *relied))
    };
    let others = &state.logs[1 - log].branches;
    others.iter().all(|other| state.logs[log].branches.iter().any(|branch| fits(branch, other)))
}

/// Whether a closer that is bound while the holder is out sees that, and may release: the holder has said that it lapsed,
/// or may.
fn is_seen(model: &Capacity, state: &State, terms: usize) -> bool {
    let closer = model.terms[terms].closer;
    let bound = |books: &&Books| books.stands[terms] == Stand::Taken;
    let mut bound = state.logs[closer].branches.iter().filter(bound).peekable();
    let hidden = |books: &Books| match books.stands[terms] {
        Stand::Withdrew => true,
        stand => stand.is_over(books.now) && model.rules(1 - closer).lapse(books, terms, false).is_none(),
    };
    bound.peek().is_none()
        || !state.logs[1 - closer].branches.iter().any(hidden)
            && bound.all(|books| model.rules(closer).release(books, terms, false).is_some())
}
